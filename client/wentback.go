package client

import (
	"context"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// A relay may be put back to a backup. Then it does not know what devices have
// read, positions and sequences are given out again, and members may be in an
// epoch that it has not reached. A device notices by an acknowledgement that the
// relay has lost, or by its list of conversations. It reads its feed from where the
// relay says it stood, gives the conversations with which the relay is behind
// another group (reset.go), sends again what no contact is known to have, and asks
// its siblings for what it may have missed.

// mostSentAgain bounds how many messages of a chat are sent again.
const mostSentAgain = 500

// noteWentBack looks whether the relay knows less than it told this device.
func (w *worker) noteWentBack(ctx context.Context, r *wire.AuthenticateResult) error {
	w.mu.Lock()
	p := w.progress
	w.mu.Unlock()
	if r.FeedHead >= p.Feed && r.FeedCursor >= p.Acknowledged {
		return nil
	}
	list, err := request[*wire.ListConversationsResult](ctx, w.s, &wire.ListConversations{})
	if err != nil {
		return err
	}
	w.log.Warn("the relay has gone back: it may have been restored from a backup",
		"read", p.Feed, "acknowledged", p.Acknowledged, "relay_acknowledged", r.FeedCursor)
	return w.update(ctx, func(tx *tx) error { return tx.goBack(r.FeedCursor, list) })
}

func (tx *tx) goBack(position uint64, list *wire.ListConversationsResult) error {
	tx.progress.Feed, tx.progress.Acknowledged, tx.progress.Receipts = position, position, 0
	listed := map[string]*wire.Conversation{}
	for _, c := range list.Conversations {
		listed[string(c.ConversationID)] = c
	}
	all, err := tx.FindConversations()
	if err != nil {
		return err
	}
	for _, c := range all {
		if l := listed[string(c.ID[:])]; l != nil {
			if _, err := tx.noteBehind(c, l); err != nil {
				return err
			}
		}
		c.Reread, c.Ahead = true, max(c.Ahead, c.LastSequence)
		if err := tx.sendAgain(c); err != nil {
			return err
		}
		if err := tx.SaveConversation(c); err != nil {
			return err
		}
	}
	return tx.refillHistory()
}

// noteBehind has a conversation reset if the relay's log or group is behind what
// this device has read. The caller saves it.
func (tx *tx) noteBehind(c *store.Conversation, listed *wire.Conversation) (behind bool, err error) {
	if c.Replace != nil || isResetting(c) || !wire.IsGroupOf(listed.GroupID, c.ID[:]) {
		return false, nil
	}
	if listed.LastSequence < c.LastSequence {
		behind, c.Reread, c.Ahead = true, true, max(c.Ahead, c.LastSequence)
	} else if c.Joined {
		g, err := tx.group(c)
		if err != nil || g == nil {
			return false, err
		}
		behind = string(g.ID()) == string(listed.GroupID) && g.Epoch() > listed.Epoch
	}
	if !behind {
		return false, nil
	}
	c.Replace = listed.GroupID
	return true, tx.sendAgain(c)
}

// sendAgain sends texts of this account again, under the same id, that no device of
// the contact is known to have: if the relay still has one, it is taken once.
func (tx *tx) sendAgain(c *store.Conversation) error {
	if c.Kind != store.KindDirect || c.Peer.IsZero() {
		return nil
	}
	chat := ident.ChatWith(c.Peer)
	receipt, err := tx.FindReceipt(c.ID, c.Peer)
	if err != nil {
		return err
	}
	lost, err := tx.FindOwnWritten(chat, receipt.Delivered)
	if err != nil {
		return err
	}
	for _, m := range lost[max(0, len(lost)-mostSentAgain):] {
		again, ok := contentOf(m)
		if !ok {
			continue
		}
		tx.sign(again, m.SentAt)
		if err := tx.CreateOutgoing(store.Outgoing{ID: m.ID, Chat: &chat, Content: content.Encode(again)}); err != nil {
			return err
		}
	}
	own, err := tx.FindOwnAmendments(chat, tx.identity.Account, receipt.Delivered)
	if err != nil {
		return err
	}
	for _, a := range own[max(0, len(own)-mostSentAgain):] {
		if err := tx.CreateOutgoing(store.Outgoing{ID: a.ID, Chat: &chat, Content: a.Content}); err != nil {
			return err
		}
	}
	return nil
}

// forgetUnknown gives up a conversation that the relay has lost: its backup is
// older. The chat stays; a new conversation is made when there is something to say. A group is left.
func (w *worker) forgetUnknown(ctx context.Context, id ident.ConversationID) error {
	return w.update(ctx, func(tx *tx) error {
		conversation, err := tx.findUnjoined(id)
		if err != nil || conversation == nil {
			return err
		}
		if conversation.Kind == store.KindGroup { // or this account was taken out of it, which it could not read
			return tx.leftGroup(conversation, store.GroupLeft, tx.identity.Account, tx.c.relayNow().UnixMilli())
		}
		tx.c.log.Warn("the relay does not know a conversation")
		if err := tx.sendAgain(conversation); err != nil {
			return err
		}
		if err := tx.lost(conversation); err != nil {
			return err
		}
		return tx.DeleteConversation(id)
	})
}
