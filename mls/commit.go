package mls

// CommitOptions says what a commit changes. Pending proposals that are still
// valid are committed by reference in any case.
type CommitOptions struct {
	MessageOptions
	// Add holds key packages, MLSMessages, of members to add.
	Add [][]byte
	// Remove holds the leaves of members to remove.
	Remove []LeafIndex
	// Extensions, if not nil, replaces the group's extensions. (A nil slice
	// keeps them; an empty one removes them all.)
	Extensions []Extension
	// PSKs are mixed into the next epoch. An empty Nonce is drawn.
	PSKs []PreSharedKeyID
	// Leaf changes one's own leaf. Its encryption key is renewed in any case.
	Leaf LeafOptions
	// NoPath leaves out the update path where RFC 9420 section 12.4 allows it:
	// cheaper, and heals nothing. It is ignored where a path is required.
	NoPath bool
}

// CommitResult is what a commit produces. Nothing of it may be sent on to new
// members before the delivery service accepted Message.
type CommitResult struct {
	// Message is the commit, for the delivery service.
	Message []byte
	// Welcome is for all the new members at once; nil without any.
	Welcome []byte
	// GroupInfo is what somebody needs to join from outside, in the new epoch:
	// an MLSMessage with the ratchet_tree and external_pub extensions.
	GroupInfo []byte
	// Epoch is the one the commit leads to.
	Epoch uint64
}

// Commit makes a commit of the options and the pending proposals. It stays
// pending, also in saved state, until MergePendingCommit or ClearPendingCommit;
// meanwhile the group goes on in the old epoch, and a commit of somebody else,
// once merged, replaces it. Errors: ErrPendingCommit, ErrInvalidProposal,
// ErrInvalidLeaf, ErrExpired, ErrUnknownPSK, ErrClosed.
func (g *Group) Commit(opt CommitOptions) (*CommitResult, error) { return nil, errNotYet }

// PendingCommit is one's own commit that is neither merged nor cleared, nil if
// there is none: send it again after a restart.
func (g *Group) PendingCommit() *CommitResult { return nil }

// MergePendingCommit enters the epoch of one's own commit. Call it when the
// delivery service has accepted the commit. Errors: ErrNoPendingCommit.
func (g *Group) MergePendingCommit() error { return errNotYet }

// ClearPendingCommit forgets one's own commit: the delivery service took
// another. Without one it does nothing.
func (g *Group) ClearPendingCommit() {}

// StagedCommit is a commit that has been checked and not yet taken. Look who
// did what, then call Group.Merge, or drop it.
type StagedCommit struct {
	// Committer is the member who committed; for an external commit, the new leaf.
	Committer Member
	// External tells that the committer joined by this commit (RFC 9420 section 12.4.3.2).
	External bool
	// Previous is, for an external commit that replaces the joiner's old leaf
	// (a resync), that leaf; nil otherwise.
	Previous *Member
	// Proposals are all the changes, in the commit's order.
	Proposals []CommittedProposal
	// Added are the new members, with the leaves they get.
	Added []Member
	// Removed are the members that go, with the leaves they had.
	Removed []Member
	// Updated are the members with new leaves by Update proposals.
	Updated []Member
	// Extensions are the group's extensions after the commit; ExtensionsChanged
	// tells that a proposal set them.
	Extensions        []Extension
	ExtensionsChanged bool
	// SelfRemoved tells that this member is removed: after Merge the group is closed.
	SelfRemoved bool
	// ReInit tells that the group ends: after Merge it is closed.
	ReInit *ReInit
	// Epoch is the one the commit leads to.
	Epoch uint64
	// AuthenticatedData is what the committer sent along.
	AuthenticatedData []byte
}

// CommittedProposal is one proposal of a commit.
type CommittedProposal struct {
	Proposal    Proposal
	Sender      Sender // who proposed it; for ByReference false, the committer
	ByReference bool
}

// Merge takes a staged commit of somebody else: the group enters its epoch.
// A pending commit of one's own and the pending proposals are dropped. Errors: ErrStale, ErrClosed.
func (g *Group) Merge(staged *StagedCommit) error { return errNotYet }
