package client

import (
	"context"
	"errors"
	"slices"

	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// confirmCommit takes our own commit, external join or creation now that the
// relay has put it into the feed. Groups advance here and nowhere else, so a
// crash at any point finds its way back.
func (tx *tx) confirmCommit(conversation *store.Conversation, e *wire.Entry) error {
	p := conversation.Pending
	if p == nil && e.Sequence <= conversation.Ahead {
		return nil // read before the relay went back
	}
	if p == nil || string(p.MessageID[:]) != string(e.MessageID) {
		return tx.lost(conversation)
	}
	conversation.Pending = nil
	conversation.CommitDue = false
	if p.State != nil {
		return tx.confirmJoin(conversation, p, e)
	}
	g, err := tx.mergePending(conversation)
	if err != nil || g == nil {
		return err
	}
	if !conversation.Joined {
		conversation.Joined, conversation.JoinSequence = true, e.Sequence
	}
	if conversation.Kind == store.KindGroup {
		if err := tx.SaveConversation(conversation); err != nil {
			return err
		}
		return tx.confirmGroup(conversation, p, g, e)
	}
	return tx.noteKeys(conversation, g)
}

// mergePending takes a group into the epoch of this device's own commit. It returns
// nil if there is no group, or none any more.
func (tx *tx) mergePending(conversation *store.Conversation) (*openGroup, error) {
	g, err := tx.group(conversation)
	if err != nil || g == nil {
		return nil, err
	}
	g.stateChanged = true
	if err := g.MergePendingCommit(); err != nil {
		return nil, tx.lost(conversation)
	}
	return g, nil
}

func (tx *tx) confirmJoin(conversation *store.Conversation, p *store.PendingCommit, e *wire.Entry) error {
	join, err := mls.RestoreExternalJoin(tx.mlsConfig(conversation), p.State)
	if err != nil {
		return tx.lost(conversation)
	}
	g, err := tx.openNewGroup(conversation.ID, join.Group())
	if err != nil {
		return err
	}
	conversation.Joined, conversation.JoinSequence, conversation.Group = true, e.Sequence, groupOf(conversation, g)
	if err := tx.noteKeys(conversation, g); err != nil {
		return err
	}
	switch conversation.Kind {
	case store.KindSelf:
		return tx.joinedSelf(conversation)
	case store.KindGroup:
		return tx.noteGroup(conversation, g, groupMoves{}, e)
	}
	return nil
}

// lost gives up the group's state: the relay has gone on without this device.
// It joins again from outside, which replaces its old leaf.
func (tx *tx) lost(conversation *store.Conversation) error {
	tx.closeGroup(conversation.ID)
	conversation.Joined, conversation.Rewound = false, false
	conversation.Pending = nil
	if err := tx.unseal(conversation); err != nil {
		return err
	}
	return tx.DeleteGroup(conversation.ID)
}

// unseal has what waits to be sent encrypted anew: another group may be in the
// same epoch.
func (tx *tx) unseal(conversation *store.Conversation) error {
	if chat, ok := tx.chatOf(conversation); ok {
		if err := tx.UnsealOutgoing(&chat); err != nil {
			return err
		}
	}
	if conversation.Kind == store.KindSelf {
		return tx.UnsealOutgoing(nil)
	}
	return nil
}

// applyCommit takes somebody else's commit, or joins by its Welcome.
func (tx *tx) applyCommit(conversation *store.Conversation, e *wire.Entry) error {
	g, err := tx.group(conversation)
	if err != nil {
		return err
	}
	if g == nil || !conversation.Joined {
		return tx.joinByWelcome(conversation, e, nil)
	}
	if e.Epoch < g.Epoch() {
		return nil // before this device joined
	}
	received, err := g.Process(e.Message)
	if err == nil && received.Commit == nil {
		err = mls.ErrUnexpectedMessage
	}
	var taken []ident.AccountID
	if err == nil {
		if conversation.Kind == store.KindGroup {
			taken, err = tx.authorizeGroup(conversation, g, received.Commit)
		} else {
			err = authorize(received.Commit)
		}
	}
	if err != nil {
		tx.skip("commit", err)
		if conversation.Kind == store.KindGroup && errors.Is(err, errNotAllowed) {
			return tx.refuseGroup(conversation, g)
		}
		return tx.lost(conversation)
	}
	by, _ := ident.CertificateAccount(received.Commit.Committer.Credential.Identity)
	came := received.Commit.Added
	if received.Commit.External {
		came = []mls.Member{received.Commit.Committer}
	}
	removed := received.Commit.SelfRemoved
	if received.Commit.External {
		tx.c.rejoined.Store(true)
	}
	g.stateChanged = true
	if err := g.Merge(received.Commit); err != nil {
		tx.skip("commit", err)
		return tx.lost(conversation)
	}
	conversation.Pending = nil
	conversation.CommitDue = false
	switch {
	case removed && conversation.Kind == store.KindGroup:
		why := store.GroupLeft // by the relay's proposal
		if slices.Contains(taken, tx.identity.Account) {
			why = store.GroupRemoved
		}
		return tx.leftGroup(conversation, why, by, e.TimeMS)
	case removed:
		return tx.lost(conversation)
	case conversation.Kind == store.KindGroup:
		if err := tx.noteKeysOf(conversation, members(came)); err != nil {
			return err
		}
		return tx.noteGroup(conversation, g, groupMoves{by: by, came: accountsIn(came, nil), taken: taken}, e)
	}
	return tx.noteKeys(conversation, g)
}

// errNotAllowed: a commit changes what its author may not change.
var errNotAllowed = errors.New("the commit is not authorised")

// authorize judges a commit by role (DESIGN section 5, rule 6). In direct and
// self conversations devices come by their own external commit or at the
// creation, go by the relay's proposal or replace themselves, and nothing else
// changes.
func authorize(staged *mls.StagedCommit) error {
	for _, p := range staged.Proposals {
		switch p.Proposal.Type {
		case mls.ProposalRemove:
			byRelay := p.ByReference && p.Sender.Type == mls.SenderExternal
			if !byRelay && !replacesItself(staged) {
				return errNotAllowed
			}
		case mls.ProposalExternalInit:
		default:
			return errNotAllowed
		}
	}
	return nil
}

// replacesItself reports whether an external commit takes away only the former
// leaf of the very device that joins.
func replacesItself(staged *mls.StagedCommit) bool {
	if !staged.External || staged.Previous == nil {
		return false
	}
	before, err := ident.ReadVerifiedCertificate(staged.Previous.Credential.Identity)
	if err != nil {
		return false
	}
	now, err := ident.ReadVerifiedCertificate(staged.Committer.Credential.Identity)
	return err == nil && before.Account == now.Account && before.Device == now.Device
}

// commitDue commits pending removals this device is to finish, and this device's
// new certificate among own devices. Elsewhere, where it says nothing new, the
// certificate comes with the next commit there is.
func (w *worker) commitDue(ctx context.Context) (did bool, err error) {
	err = w.update(ctx, func(tx *tx) error {
		all, err := tx.FindConversations()
		if err != nil {
			return err
		}
		for _, c := range all {
			check := c.Kind == store.KindSelf && !w.leafChecked
			if !c.CommitDue && !check || c.Pending != nil || !c.Joined || c.Rewound || c.Replace != nil {
				continue
			}
			c.CommitDue = false
			g, err := tx.group(c)
			if err != nil {
				return err
			}
			if g != nil && (len(g.PendingProposals()) > 0 || check && !tx.leafIsCurrent(g)) {
				did = true
				return tx.commitProposals(c, g)
			}
			w.leafChecked = w.leafChecked || check
			if err := tx.SaveConversation(c); err != nil {
				return err
			}
		}
		return nil
	})
	return did, err
}

// commitProposals makes a commit of the pending proposals, to be sent by
// sendPending.
func (tx *tx) commitProposals(conversation *store.Conversation, g *openGroup) error {
	removed := removedDevices(g)
	epoch := g.Epoch()
	result, err := g.Commit(mls.CommitOptions{Leaf: tx.leafOptions()})
	if err != nil {
		return err
	}
	g.stateChanged = true
	id, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	conversation.Pending = &store.PendingCommit{MessageID: id, Request: encodePending(&wire.Send{
		ConversationID: conversation.ID[:], MessageID: id[:], Kind: wire.EntryCommit, Epoch: epoch,
		Message: result.Message, GroupInfo: result.GroupInfo, Removed: removed,
	})}
	return tx.SaveConversation(conversation)
}

// removedDevices are the devices whose removal is proposed.
func removedDevices(g *openGroup) [][]byte {
	var ids [][]byte
	for _, p := range g.PendingProposals() {
		if p.Proposal.Type != mls.ProposalRemove {
			continue
		}
		if m, ok := g.Member(p.Proposal.Removed); ok {
			if certificate, err := ident.ReadVerifiedCertificate(m.Credential.Identity); err == nil {
				ids = append(ids, certificate.Device[:])
			}
		}
	}
	return ids
}
