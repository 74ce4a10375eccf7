package client

import (
	"bytes"
	"context"
	"errors"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// sendNext sends what can be sent, until something else is to be done first.
func (w *worker) sendNext(ctx context.Context) (did bool, err error) {
	var waiting []*store.Outgoing
	err = w.view(ctx, func(tx *tx) (err error) {
		waiting, err = tx.FindOutgoing()
		return err
	})
	if err != nil {
		return false, err
	}
	for _, o := range waiting {
		sent, err := w.sendChat(ctx, o)
		did = did || sent
		if err != nil || len(w.s.events) > 0 || w.needPull {
			return did, err
		}
	}
	return did, nil
}

// sendChat sends what waits in one chat, beginning with o. A chat that cannot
// send now is tried again later and does not hold up the others.
func (w *worker) sendChat(ctx context.Context, o *store.Outgoing) (did bool, err error) {
	key := "outbox"
	if o.Chat != nil {
		key += " " + o.Chat.String()
	}
	for o != nil && !w.delayed(key) {
		sent, err := w.sendOutgoing(ctx, o)
		if err != nil {
			return did, w.handleFailure(key, err)
		}
		if !sent {
			return did, nil
		}
		did = true
		delete(w.delays, key)
		if len(w.s.events) > 0 || w.needPull {
			return did, nil
		}
		if o, err = w.nextOutgoing(ctx, o); err != nil {
			return did, err
		}
	}
	return did, nil
}

// nextOutgoing is what waits in the same chat.
func (w *worker) nextOutgoing(ctx context.Context, o *store.Outgoing) (next *store.Outgoing, err error) {
	err = w.view(ctx, func(tx *tx) (err error) {
		next, err = tx.FindNextOutgoing(o.Chat)
		return err
	})
	return next, err
}

// sendOutgoing takes one step with a message: makes its conversation, commits
// what must come first, or sends it. It does nothing while it must wait.
func (w *worker) sendOutgoing(ctx context.Context, o *store.Outgoing) (bool, error) {
	step, err := w.prepare(ctx, o)
	if err != nil {
		return false, err
	}
	switch {
	case step.create:
		err := w.createDirect(ctx, step.peer)
		if hasCode(err, wire.ErrorAccountUnknown) {
			return true, w.fail(ctx, o, wire.ErrorAccountUnknown.String())
		}
		return true, err
	case step.refused != nil:
		return true, w.fail(ctx, o, step.refused.Code)
	case step.committed:
		return true, nil
	case step.request == nil:
		return false, nil
	}
	r, err := request[*wire.SendResult](ctx, w.s, step.request)
	switch {
	case err == nil:
		return true, w.update(ctx, func(tx *tx) error { return tx.sent(o.ID, r.Sequence, r.TimeMS) })
	case hasCode(err, wire.ErrorTooLarge, wire.ErrorMalformed):
		return true, w.fail(ctx, o, wire.ErrorTooLarge.String())
	case hasCode(err, wire.ErrorConversationUnknown):
		return true, w.giveUpGroup(ctx, step.request.ConversationID)
	case hasCode(err, wire.ErrorStaleEpoch, wire.ErrorProposalsPending, wire.ErrorGroupChanged):
		// The feed brings what came first; then it is encrypted anew.
		if err := w.update(ctx, func(tx *tx) error { return tx.SealOutgoing(o.ID, nil, 0) }); err != nil {
			return false, err
		}
		if err := w.catchUp(ctx, step.request.ConversationID, err); err != nil {
			return false, err
		}
	}
	return false, err
}

// catchUp reads the feed to its end. A group that is still behind the epoch the
// relay named, or still not the one the relay has, can never get there: what led to
// it has been retired while this device was away. It joins anew. Whether the relay is
// the one that is behind, its list of conversations tells.
func (w *worker) catchUp(ctx context.Context, conversationID []byte, refusal error) error {
	var before []byte
	err := w.view(ctx, func(tx *tx) error {
		conversation, err := tx.FindConversation(ident.ConversationID(conversationID))
		if conversation != nil {
			before = groupIDOf(conversation)
		}
		return err
	})
	if err != nil {
		return err
	}
	w.listed = false
	for w.needPull = true; w.needPull; {
		if _, err := w.pull(ctx); err != nil {
			return err
		}
	}
	var named *wire.Error
	if !errors.As(refusal, &named) {
		return nil
	}
	return w.update(ctx, func(tx *tx) error {
		conversation, err := tx.FindConversation(ident.ConversationID(conversationID))
		if err != nil || conversation == nil || !conversation.Joined {
			return err
		}
		g, err := tx.group(conversation)
		if err != nil || g == nil {
			return err
		}
		if g.Epoch() >= named.Epoch && (named.Code != wire.ErrorGroupChanged || !bytes.Equal(before, groupIDOf(conversation))) {
			return nil
		}
		if err := tx.lost(conversation); err != nil {
			return err
		}
		return tx.SaveConversation(conversation)
	})
}

// errUnverified holds a chat's messages back; the relay's proposal to remove the
// device, or the person, ends it.
var errUnverified = &api.Error{
	Code:    "device_unverified",
	Message: "A device in this chat is not certified by its account, so nothing is sent there. Ask your contact to check the linked devices.",
}

// sendStep is what is to be done for a message.
type sendStep struct {
	create bool
	// peer is whom the conversation is to be made with.
	peer ident.AccountID
	// refused is why it may not be sent, nil if it may: it is for a group that this account is in no
	// more, or whose members would not take it.
	refused   *api.Error
	committed bool
	request   *wire.Send
}

// prepare encrypts a message for sending, or finds out what must come first.
func (w *worker) prepare(ctx context.Context, o *store.Outgoing) (step sendStep, err error) {
	err = w.update(ctx, func(tx *tx) error {
		conversation, err := tx.conversationOf(o)
		if err != nil {
			return err
		}
		if conversation == nil {
			if o.Chat == nil || tx.isOwn(*o.Chat) {
				return nil // the primary makes the self conversation
			}
			step.peer, err = tx.forgetConversation(*o.Chat)
			if step.create = err == nil && !step.peer.IsZero(); err == nil && !step.create {
				step.refused = api.ErrGroupGone
			}
			return err
		}
		if !conversation.Joined || conversation.Pending != nil || conversation.Rewound || conversation.Replace != nil {
			return nil
		}
		g, err := tx.group(conversation)
		if err != nil || g == nil {
			return err
		}
		if len(g.PendingProposals()) > 0 {
			step.committed = true
			return tx.commitProposals(conversation, g)
		}
		why, wait, err := tx.unverifiedIn(conversation.ID, g)
		switch {
		case err != nil:
			return err
		case why != nil && !isDeviceLists(o):
			if wait {
				return nil
			}
			return why
		}
		if step.refused, err = tx.refusesOutgoing(o, conversation); err != nil || step.refused != nil {
			return err
		}
		step.request, err = tx.seal(o, conversation, g)
		return err
	})
	return step, err
}

func (tx *tx) conversationOf(o *store.Outgoing) (*store.Conversation, error) {
	if o.Chat == nil || tx.isOwn(*o.Chat) {
		return tx.FindSelfConversation()
	}
	chat, err := tx.FindChat(*o.Chat)
	if err != nil || chat == nil || chat.Conversation == (ident.ConversationID{}) {
		return nil, err
	}
	return tx.FindConversation(chat.Conversation)
}

// forgetConversation unties a direct chat from a conversation that the relay does
// not list, so that another one can be made with peer; zero for any other chat.
func (tx *tx) forgetConversation(id ident.ChatID) (peer ident.AccountID, err error) {
	chat, err := tx.FindChat(id)
	if err != nil || chat == nil || chat.Kind != store.ChatDirect || chat.Conversation == (ident.ConversationID{}) {
		if chat != nil {
			peer = chat.Account
		}
		return peer, err
	}
	chat.Conversation = ident.ConversationID{}
	return chat.Account, tx.SaveChat(chat)
}

// seal encrypts a message, or takes the encryption a crash left behind: the
// same bytes under the same id are taken once.
func (tx *tx) seal(o *store.Outgoing, conversation *store.Conversation, g *openGroup) (*wire.Send, error) {
	if o.Sealed == nil || o.Epoch != g.Epoch() {
		var err error
		if o.Sealed, err = g.Encrypt(o.Content, o.ID[:]); err != nil {
			return nil, err
		}
		o.Epoch = g.Epoch()
		if err := tx.SealOutgoing(o.ID, o.Sealed, o.Epoch); err != nil {
			return nil, err
		}
	}
	return &wire.Send{
		ConversationID: conversation.ID[:], MessageID: o.ID[:], Kind: wire.EntryApplication, Epoch: o.Epoch, Message: o.Sealed,
	}, nil
}

// sent gives a message its place; the answer and the feed both tell it.
func (tx *tx) sent(id ident.MessageID, sequence uint64, at int64) error {
	found, err := tx.DeleteOutgoing(id)
	if err != nil || !found {
		return err
	}
	tx.status = true
	m, err := tx.FindMessage(id)
	if err != nil {
		return err
	}
	if m == nil {
		return tx.placeAmendment(id, sequence, at)
	}
	tx.messageChanged(id)
	if m.Sequence > 0 { // sent again: the relay had lost it
		_, err = tx.MoveMessage(id, m.Sender, sequence, at)
	} else {
		err = tx.PlaceMessage(id, sequence, at)
	}
	if err != nil {
		return err
	}
	m.Sequence = sequence
	if err := tx.takeTimer(m); err != nil {
		return err
	}
	if err := tx.settle(m.Chat, id); err != nil {
		return err
	}
	if err := tx.readByWriting(m.Chat, sequence); err != nil {
		return err
	}
	return tx.touchChat(m.Chat, at)
}

// readByWriting moves the read mark as our other devices do when they read our
// message. The relay is told if that makes a difference to the contact.
func (tx *tx) readByWriting(id ident.ChatID, sequence uint64) error {
	chat, err := tx.FindChat(id)
	if err != nil || chat == nil {
		return err
	}
	unread, err := tx.CountUnread(chat)
	if err != nil {
		return err
	}
	chat.ReadSequence, chat.ToldSelf = max(chat.ReadSequence, sequence), max(chat.ToldSelf, sequence)
	if unread == 0 {
		chat.ToldRelay = max(chat.ToldRelay, sequence)
	}
	return tx.SaveChat(chat)
}

// confirmSent takes our own message from the feed.
func (tx *tx) confirmSent(conversation *store.Conversation, e *wire.Entry) error {
	if err := tx.checkOwn(conversation, e); err != nil {
		return err
	}
	id, err := ident.IDFromBytes[ident.MessageID](e.MessageID)
	if err != nil {
		return nil //nolint:nilerr // a malformed entry is skipped
	}
	return tx.sent(id, e.Sequence, e.TimeMS)
}

// fail marks a message that will never be taken; the person may try again.
func (w *worker) fail(ctx context.Context, o *store.Outgoing, code string) error {
	return w.update(ctx, func(tx *tx) error {
		if _, err := tx.DeleteOutgoing(o.ID); err != nil {
			return err
		}
		m, err := tx.FindMessage(o.ID)
		if err != nil || m != nil && m.Sequence > 0 {
			return err // another device was first to send it again
		}
		if err := tx.refuseTimer(m); err != nil {
			return err
		}
		tx.status = true
		tx.messageChanged(o.ID)
		if err := tx.dropAmendment(o.ID); err != nil {
			return err
		}
		return tx.FailMessage(o.ID, code)
	})
}

// giveUpGroup joins a conversation anew that does not count this device in.
func (w *worker) giveUpGroup(ctx context.Context, conversationID []byte) error {
	return w.update(ctx, func(tx *tx) error {
		conversation, err := tx.FindConversation(ident.ConversationID(conversationID))
		if err != nil || conversation == nil {
			return err
		}
		if err := tx.lost(conversation); err != nil {
			return err
		}
		return tx.SaveConversation(conversation)
	})
}

// tell puts content for our own other devices into the outbox.
func (tx *tx) tell(c *content.Content) error { return tx.tellIn(nil, c) }

// tellIn puts content that people do not see into the outbox: of a chat, or,
// with nil, of the self conversation.
func (tx *tx) tellIn(chat *ident.ChatID, c *content.Content) error {
	id, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	c.WrittenMS = tx.c.relayNow().UnixMilli()
	return tx.CreateOutgoing(store.Outgoing{ID: id, Chat: chat, Content: content.Encode(c)})
}
