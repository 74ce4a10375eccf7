package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// A conversation that cannot be joined is reset: a device gives it another MLS
// group, the log goes on, and everybody keeps what was said. That is done when
// what the relay keeps of the group is damaged, when there is a leaf in it that no
// device accepts, and when the relay was put back to a backup (wentback.go). It is
// not done because of a network, or a relay that cannot answer, or a suite that this
// app does not know.

const (
	// unjoinableTries is how often a group must refuse to be joined before it is
	// replaced.
	unjoinableTries = 5
	// unjoinableForgotten is after what time a failure does not count any more.
	unjoinableForgotten = 10 * time.Minute
)

// unjoinablePatience is for how long at least it must refuse. Tests are less patient.
var unjoinablePatience = 20 * time.Second

// Reasons why a group that was joined is not the conversation's.
var (
	errUnjoinable  = errors.New("the group cannot be joined as the relay has it")
	errOtherGroup  = errors.New("the group is of another conversation")
	errFormerGroup = errors.New("the group was replaced by another one")
	errOtherSuite  = errors.New("the group has another cipher suite than it must")
)

// unjoinable is how often a conversation's group could not be joined.
type unjoinable struct {
	group       []byte
	tries       int
	first, last time.Time
}

// asUnjoinable marks failures that another try does not mend, unless it is this app
// that is too old for the group.
func asUnjoinable(ctx context.Context, err error) error {
	for _, other := range []error{ctx.Err(), mls.ErrUnsupported, mls.ErrConfig, mls.ErrLimit, mls.ErrUnknownPSK} {
		if other != nil && errors.Is(err, other) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", errUnjoinable, err)
}

// noteUnjoinable counts, and has the group replaced when it was enough.
func (w *worker) noteUnjoinable(ctx context.Context, id ident.ConversationID, group []byte) error {
	now := time.Now()
	u := w.unjoinable[id]
	if u == nil || string(u.group) != string(group) || now.Sub(u.last) > unjoinableForgotten {
		u = &unjoinable{group: group, first: now}
		w.unjoinable[id] = u
	}
	u.tries++
	u.last = now
	if u.tries < unjoinableTries || now.Sub(u.first) < unjoinablePatience || !wire.IsGroupOf(group, id[:]) {
		return nil
	}
	delete(w.unjoinable, id)
	return w.update(ctx, func(tx *tx) error {
		conversation, err := tx.findUnjoined(id)
		if err != nil || conversation == nil {
			return err
		}
		if may, err := tx.mayReset(conversation); err != nil || !may {
			return err
		}
		tx.c.log.Warn("a conversation cannot be joined and gets another group")
		conversation.Replace = group
		return tx.SaveConversation(conversation)
	})
}

// noteRefusedJoin counts a join that the relay refuses for good: what it keeps of
// the group does not fit its members.
func (w *worker) noteRefusedJoin(ctx context.Context, c *store.Conversation, refusal *wire.Error) error {
	if c.Pending.State == nil || refusal.Code != wire.ErrorMalformed {
		return nil
	}
	r, err := request[*wire.FetchGroupInfoResult](ctx, w.s, &wire.FetchGroupInfo{ConversationID: c.ID[:]})
	if err != nil {
		return nil //nolint:nilerr // it is tried again
	}
	return w.noteUnjoinable(ctx, c.ID, r.GroupID)
}

// fitsConversation checks that a group that was joined is one of the conversation.
// After a reset it has the suite of new groups, and the first one does not come back:
// a relay must not lead devices into a weaker group (X13).
func fitsConversation(conversation *store.Conversation, g *mls.Group) error {
	switch {
	case !wire.IsGroupOf(g.ID(), conversation.ID[:]):
		return errOtherGroup
	case groupOf(conversation, g) == nil && conversation.Group != nil:
		return errFormerGroup
	case groupOf(conversation, g) != nil && g.CipherSuite() != suiteOf(conversation.Kind):
		return errOtherSuite
	}
	return nil
}

// groupOf is store.Conversation.Group for a group.
func groupOf(conversation *store.Conversation, g interface{ ID() []byte }) []byte {
	if id := g.ID(); wire.IsResetGroupOf(id, conversation.ID[:]) {
		return id
	}
	return nil
}

// groupIDOf is the id of the group that this device was last in.
func groupIDOf(conversation *store.Conversation) []byte {
	if conversation.Group != nil {
		return conversation.Group
	}
	return conversation.ID[:]
}

// isReset reports whether an entry gives its conversation another group.
func isReset(e *wire.Entry) bool { return e.Kind == wire.EntryCommit && e.FormerSequence > 0 }

// isResetting and isCreation report what commit of a new group is on its way.
func isResetting(c *store.Conversation) bool {
	if c.Joined || c.Pending == nil || c.Pending.State != nil {
		return false
	}
	call, err := decodePending(c.Pending.Request)
	_, is := call.(*wire.ResetConversation)
	return err == nil && is
}

func isCreation(c *store.Conversation) bool {
	return !c.Joined && c.Pending != nil && c.Pending.State == nil && !isResetting(c)
}

// resetNext makes a new group for a conversation that needs one. The request is
// sent by sendPending.
func (w *worker) resetNext(ctx context.Context) (bool, error) {
	var next *store.Conversation
	err := w.view(ctx, func(tx *tx) error {
		all, err := tx.FindConversations()
		for _, c := range all {
			if next == nil && c.Replace != nil && c.Pending == nil && !w.delayed(commitKey(c)) {
				next = c
			}
		}
		return err
	})
	if err != nil || next == nil {
		return false, err
	}
	packages, err := w.claimPackages(ctx, next)
	if err == nil {
		err = w.update(ctx, func(tx *tx) error { return tx.beginReset(next.ID, packages) })
	}
	if err != nil {
		return true, w.handleFailure(commitKey(next), err)
	}
	return true, nil
}

// beginReset makes the group, in place of what this device has.
func (tx *tx) beginReset(id ident.ConversationID, packages []*wire.DeviceKeyPackage) error {
	conversation, err := tx.FindConversation(id)
	if err != nil || conversation == nil || conversation.Replace == nil || conversation.Pending != nil {
		return err
	}
	message, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	group := make([]byte, wire.GroupIDSize)
	if _, err := io.ReadFull(tx.c.cfg.Rand, group[copy(group, id[:]):]); err != nil {
		return err
	}
	g, result, list, err := tx.foundGroup(conversation, group, packages)
	if err != nil {
		return err
	}
	if err := tx.lost(conversation); err != nil {
		return err
	}
	conversation.CommitDue = false
	conversation.Pending = &store.PendingCommit{MessageID: message, Request: encodePending(&wire.ResetConversation{
		ConversationID: id[:], MessageID: message[:], FormerGroupID: conversation.Replace, GroupID: group,
		Commit: result.Message, Welcome: result.Welcome, GroupInfo: result.GroupInfo, Members: list,
		AfterSequence: max(conversation.Ahead, conversation.LastSequence),
	})}
	if err := tx.SaveConversation(conversation); err != nil {
		return err
	}
	_, err = tx.openNewGroup(id, g)
	return err
}

// dropReset forgets a new group that the relay did not take: another device was
// first, or it is made again with other key packages.
func (w *worker) dropReset(ctx context.Context, id ident.ConversationID) error {
	return w.update(ctx, func(tx *tx) error {
		conversation, err := tx.FindConversation(id)
		if err != nil || conversation == nil || !isResetting(conversation) {
			return err
		}
		if err := tx.lost(conversation); err != nil {
			return err
		}
		conversation.Replace = nil
		return tx.SaveConversation(conversation)
	})
}

// applyReset takes the new group of a conversation, by what this device has made
// or by the Welcome; otherwise it is joined from outside.
func (tx *tx) applyReset(conversation *store.Conversation, e *wire.Entry) error {
	p := conversation.Pending
	before, err := tx.beforeReset(conversation)
	if err != nil {
		return err
	}
	conversation.Replace = nil
	if p != nil && string(p.MessageID[:]) == string(e.MessageID) && isResetting(conversation) {
		err = tx.confirmReset(conversation, e)
	} else if err = tx.lost(conversation); err == nil {
		err = tx.joinByWelcome(conversation, e, before)
	}
	if err != nil {
		return err
	}
	if before != nil && before.Refused != nil && !conversation.Joined {
		conversation.LastSequence = e.Sequence
		return nil
	}
	conversation.Replace, conversation.Ahead, conversation.CommitDue = nil, 0, false
	conversation.LastSequence = e.Sequence
	if conversation.Kind == store.KindSelf {
		if conversation.Joined {
			return tx.joinedSelf(conversation)
		}
		return nil
	}
	if conversation.Kind == store.KindGroup {
		return tx.groupReset(conversation, e)
	}
	if conversation.Peer.IsZero() {
		return nil
	}
	if err := tx.forgetTold(conversation.Peer); err != nil {
		return err
	}
	return tx.notice(conversation, conversation.Peer, store.KindReset)
}

// forgetTold has the contact told anew which devices there are.
func (tx *tx) forgetTold(contact ident.AccountID) error {
	chat, err := tx.chatWith(contact)
	if err != nil {
		return err
	}
	chat.ToldList = 0
	return tx.SaveChat(chat)
}

func (tx *tx) confirmReset(conversation *store.Conversation, e *wire.Entry) error {
	conversation.Pending = nil
	g, err := tx.mergePending(conversation)
	if err != nil || g == nil {
		return err
	}
	conversation.Joined, conversation.JoinSequence, conversation.Group = true, e.Sequence, groupOf(conversation, g)
	if conversation.Kind == store.KindGroup {
		return tx.noteGroup(conversation, g, groupMoves{by: tx.identity.Account, fresh: true}, e)
	}
	return tx.noteKeys(conversation, g)
}
