package mls

import (
	"fmt"
	"io"
)

// StagedCommit is a commit that has been checked and not yet taken (RFC 9420
// section 12.4.2). Look who did what, then call Group.Merge, or Drop.
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

	base *epoch
	next *nextEpoch
	used *usedKey
}

// usedKey names the message key a staged commit came under; Merge deletes it.
type usedKey struct {
	leaf       LeafIndex
	generation uint32
}

// CommittedProposal is one proposal of a commit (RFC 9420 section 12.4).
type CommittedProposal struct {
	Proposal    Proposal
	Sender      Sender // who proposed it; for ByReference false, the committer
	ByReference bool
}

// Merge takes a staged commit of somebody else (RFC 9420 section 12.4.2): the
// group enters its epoch. A pending commit of one's own and the pending
// proposals are dropped. Errors: ErrStale, ErrClosed.
func (g *Group) Merge(staged *StagedCommit) error {
	if g.closed {
		return ErrClosed
	}
	if staged == nil || staged.base != g.epoch || staged.next == nil {
		return ErrStale
	}
	if staged.used != nil {
		// The key was there when the commit was staged, and nothing but this commit uses it.
		if use, err := g.ratchets.key(staged.used.leaf, true, staged.used.generation, &g.cfg); err == nil {
			use.take()
			use.wipe()
		}
	}
	next := staged.next
	staged.next = nil
	g.enter(next)
	return nil
}

// Drop wipes the secrets of a commit that will not be merged (RFC 9420 section
// 9.2: what is of no use is deleted). It does nothing to one that was.
func (s *StagedCommit) Drop() {
	if s.next != nil {
		s.next.discard(s.base)
		s.next = nil
	}
}

// String names the commit without the secrets of its epoch.
func (s StagedCommit) String() string {
	return fmt.Sprintf("mls.StagedCommit{epoch %d, by leaf %d, %d proposals}", s.Epoch, s.Committer.Index, len(s.Proposals))
}

func (s StagedCommit) GoString() string           { return s.String() }
func (s StagedCommit) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }
