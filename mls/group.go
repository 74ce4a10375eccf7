package mls

import "errors"

var errNotYet = errors.New("mls: not built yet")

// Group is a member's view of a group: one epoch, and what is needed to leave
// it for the next. It prints as redacted. Not safe for concurrent use.
type Group struct{}

// Member is a leaf of the tree that is taken.
type Member struct {
	Index        LeafIndex
	Credential   Credential
	SignatureKey []byte
	// Leaf is the whole leaf node, read-only.
	Leaf *LeafNode
}

// GroupOptions describes a group to create.
type GroupOptions struct {
	CipherSuite CipherSuite // 0 is DefaultSuite
	GroupID     []byte
	Leaf        LeafOptions
	Extensions  []Extension
}

// NewGroup creates a group whose only member is this one, in epoch 0.
// Errors: ErrConfig, ErrUnsupported, ErrInvalidLeaf.
func NewGroup(cfg Config, opt GroupOptions) (*Group, error) { return nil, errNotYet }

// ID is the group id.
func (g *Group) ID() []byte { return nil }

// Epoch counts the commits since the group was made.
func (g *Group) Epoch() uint64 { return 0 }

// CipherSuite is the group's suite.
func (g *Group) CipherSuite() CipherSuite { return 0 }

// OwnLeaf is this member's leaf.
func (g *Group) OwnLeaf() LeafIndex { return 0 }

// Members lists the members in the order of their leaves.
func (g *Group) Members() []Member { return nil }

// Member is the member at a leaf, if it is taken.
func (g *Group) Member(leaf LeafIndex) (Member, bool) { return Member{}, false }

// Extensions are those of the group context.
func (g *Group) Extensions() []Extension { return nil }

// ExternalSenders decodes the external_senders extension, nil without one.
func (g *Group) ExternalSenders() ([]ExternalSender, error) { return nil, errNotYet }

// Closed tells that this member was removed or the group re-initialised:
// nothing can be sent any more, past application messages can still be opened.
func (g *Group) Closed() bool { return false }

// EpochAuthenticator is equal for all members of an epoch (RFC 9420 section 8.7).
func (g *Group) EpochAuthenticator() []byte { return nil }

// TreeHash is the hash of the ratchet tree, equal for all members of an epoch.
func (g *Group) TreeHash() []byte { return nil }

// Export derives a secret of this epoch for the application (RFC 9420 section
// 8.5). length is in bytes. Errors: ErrConfig, ErrClosed.
func (g *Group) Export(label string, context []byte, length int) ([]byte, error) {
	return nil, errNotYet
}
