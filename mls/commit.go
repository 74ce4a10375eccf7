package mls

import (
	"bytes"
)

// CommitOptions says what a commit changes (RFC 9420 section 12.4). Pending
// proposals that are still valid are committed by reference in any case.
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
	// ReInit, if not nil, ends the group (see ProposeReInit). It goes with no
	// other change; pending proposals are left out.
	ReInit *ReInit
	// Leaf changes one's own leaf. Its encryption key is renewed in any case.
	Leaf LeafOptions
	// NoPath leaves out the update path where RFC 9420 section 12.4 allows it:
	// cheaper, and heals nothing. It is ignored where a path is required.
	NoPath bool
}

// CommitResult is what a commit produces (RFC 9420 section 12.4). Nothing of it
// may be sent on to new members before the delivery service accepted Message.
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

// pendingCommit is one's own commit, made and not yet taken.
type pendingCommit struct {
	result CommitResult
	next   *nextEpoch
}

// Commit makes a commit of the options and the pending proposals (RFC 9420
// section 12.4.1). It stays pending, also in saved state, until
// MergePendingCommit or ClearPendingCommit; meanwhile the group goes on in the
// old epoch, and a commit of somebody else, once merged, replaces it. Pending
// proposals that cannot be committed (of oneself, made void by others, invalid
// by now) are left out. Errors: ErrPendingCommit, ErrInvalidProposal,
// ErrInvalidLeaf, ErrExpired, ErrUnknownPSK, ErrUnsupported, ErrConfig,
// ErrLimit, ErrClosed, ErrRewound, and those of ParseKeyPackage.
func (g *Group) Commit(opt CommitOptions) (*CommitResult, error) {
	return g.commit(opt, g.pskValues)
}

func (g *Group) commit(opt CommitOptions, psks func([]PreSharedKeyID) ([]secret, error)) (*CommitResult, error) {
	if err := g.checkSend(); err != nil {
		return nil, err
	}
	if g.pending != nil {
		return nil, ErrPendingCommit
	}
	byValue, err := g.byValue(&opt)
	if err != nil {
		return nil, err
	}
	ch, list, err := g.selectProposals(byValue)
	if err != nil {
		return nil, err
	}
	b := &commitBuilder{cfg: &g.cfg, epoch: g.epoch, changes: ch, proposals: list}
	defer b.done()
	if err := b.build(&opt, psks); err != nil {
		return nil, err
	}
	message, take, err := g.protect(b.signed, opt.Public)
	if err != nil {
		return nil, err
	}
	result, err := b.result(message)
	if err != nil {
		return nil, err
	}
	take()
	g.pending = &pendingCommit{result: *result, next: b.nextEpoch()}
	return result.clone(), nil
}

// PendingCommit is one's own commit that is neither merged nor cleared, nil if
// there is none (RFC 9420 section 12.4.1): send it again after a restart.
// Process answers it with ErrOwnMessage; compare Message with what came to know
// whether it was accepted.
func (g *Group) PendingCommit() *CommitResult {
	if g.pending == nil {
		return nil
	}
	return g.pending.result.clone()
}

// MergePendingCommit enters the epoch of one's own commit (RFC 9420 section
// 12.4.1). Call it when the delivery service has accepted the commit. Errors:
// ErrNoPendingCommit.
func (g *Group) MergePendingCommit() error {
	if g.pending == nil {
		return ErrNoPendingCommit
	}
	g.enter(g.pending.next)
	return nil
}

// ClearPendingCommit forgets one's own commit (RFC 9420 section 14): the
// delivery service took another. Without one it does nothing. The pending
// proposals stay.
func (g *Group) ClearPendingCommit() { g.dropPending(nil) }

func (r *CommitResult) clone() *CommitResult {
	return &CommitResult{
		Message: bytes.Clone(r.Message), Welcome: bytes.Clone(r.Welcome),
		GroupInfo: bytes.Clone(r.GroupInfo), Epoch: r.Epoch,
	}
}

// byValue makes the proposals of the options, the committer's own.
func (g *Group) byValue(opt *CommitOptions) (list []CommittedProposal, err error) {
	self := Sender{Type: SenderMember, Leaf: g.epoch.own}
	add := func(p Proposal) { list = append(list, CommittedProposal{Proposal: p, Sender: self}) }
	if err := checkExtensions(opt.Extensions); err != nil {
		return nil, err
	}
	if opt.Extensions != nil {
		add(Proposal{Type: ProposalGroupContextExtensions, Extensions: cloneExtensions(opt.Extensions)})
	}
	for _, leaf := range opt.Remove {
		add(Proposal{Type: ProposalRemove, Removed: leaf})
	}
	for _, data := range opt.Add {
		kp, err := ParseKeyPackage(data)
		if err != nil {
			return nil, err
		}
		add(Proposal{Type: ProposalAdd, KeyPackage: kp})
	}
	for _, id := range opt.PSKs {
		if id.Nonce, err = g.epoch.suite.pskNonce(&g.cfg, id.Nonce); err != nil {
			return nil, err
		}
		add(Proposal{Type: ProposalPSK, PSK: id})
	}
	if opt.ReInit != nil {
		next, err := g.newReInit(opt.ReInit)
		if err != nil {
			return nil, err
		}
		add(Proposal{Type: ProposalReInit, ReInit: next})
	}
	return list, nil
}

func (s *suite) pskNonce(cfg *Config, given []byte) ([]byte, error) {
	if len(given) > 0 {
		return given, nil
	}
	return randomSecret(cfg.Rand, s.hashLen)
}
