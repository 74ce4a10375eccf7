package mls

// MarshalState encodes what changes with epochs, proposals and one's own
// commits: tree, key schedule, past epochs, pending commit. Save it, with
// MarshalRatchets in the same transaction, after NewGroup, a join, Process of
// a proposal, Propose…, Commit, MergePendingCommit, ClearPendingCommit and Merge.
// It holds private keys, but not the signature key.
func (g *Group) MarshalState() []byte { return nil }

// MarshalRatchets encodes what changes with every message: a few hundred bytes
// in a small group. Save it after Encrypt and Process, and with MarshalState.
func (g *Group) MarshalRatchets() []byte { return nil }

// Restore brings back a group from both parts. Errors: ErrState, ErrConfig.
func Restore(cfg Config, state, ratchets []byte) (*Group, error) { return nil, errNotYet }
