package client

import (
	"cmp"
	"context"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// queueMessage stores a message of our own in a chat and puts it into the outbox; the
// same id does so once. Everything that people see as a message is sent through it.
func (tx *tx) queueMessage(chatID ident.ChatID, id ident.MessageID, c *content.Content) (*api.Message, error) {
	if err := tx.needAccount(); err != nil {
		return nil, err
	}
	chat, err := tx.FindChat(chatID)
	if err != nil {
		return nil, err
	}
	if chat == nil {
		return nil, api.ErrChatUnknown
	}
	if chat.Kind == store.ChatDirect {
		if blocked, err := tx.isBlocked(chat.Account); err != nil || blocked {
			return nil, cmp.Or(err, error(api.ErrContactBlocked))
		}
	}
	if err := tx.refuseWriting(chat); err != nil {
		return nil, err
	}
	if err := tx.applyTimer(chat, c); err != nil {
		return nil, err
	}
	m := &store.Message{ID: id, Chat: chatID, Sender: tx.identity.Account, Mine: true, SentAt: tx.c.relayNow().UnixMilli()}
	if !fillMessage(m, c) {
		return nil, api.ErrBadParams
	}
	created, err := tx.CreateMessage(m)
	if err != nil {
		return nil, err
	}
	if created {
		if err := tx.queue(chat, id, c, m.SentAt); err != nil {
			return nil, err
		}
		if err := tx.dropDraft(chatID, c); err != nil {
			return nil, err
		}
	}
	return tx.showAgain(id)
}

// dropDraft ends the draft of a chat when a text was written in it.
func (tx *tx) dropDraft(chat ident.ChatID, c *content.Content) error {
	if _, text := c.Body.(*content.Text); !text || c.Context != nil && c.Context.Forwarded {
		return nil
	}
	return cmp.Or(tx.setAppState(stateKey(draftState, chat), nil), tx.setAppState(stateKey(draftReplyState, chat), nil))
}

// queue puts a message into the outbox, behind what the contact has to know first.
func (tx *tx) queue(chat *store.Chat, id ident.MessageID, c *content.Content, now int64) error {
	tx.messageChanged(id)
	tx.status = true
	if waits, err := tx.waitsForMedia(id, c); err != nil || waits {
		return cmp.Or(err, tx.touchChat(chat.ID, now))
	}
	tx.sign(c, now)
	if err := tx.queueContent(chat, id, c); err != nil {
		return err
	}
	return tx.touchChat(chat.ID, now)
}

func (tx *tx) queueContent(chat *store.Chat, id ident.MessageID, c *content.Content) error {
	if err := tx.tellList(chat); err != nil {
		return err
	}
	if err := tx.tellPicture(chat); err != nil {
		return err
	}
	return tx.CreateOutgoing(store.Outgoing{ID: id, Chat: &chat.ID, Content: content.Encode(c)})
}

// retryMessage implements api.Retry.
func (c *Client) retryMessage(ctx context.Context, p api.MessageID) (api.Message, error) {
	id, err := ident.ParseID[ident.MessageID](p.ID)
	if err != nil {
		return api.Message{}, api.ErrBadParams
	}
	return c.showAfter(ctx, func(tx *tx) (*api.Message, error) {
		m, err := tx.FindMessage(id)
		if err != nil {
			return nil, err
		}
		if m == nil || !m.Mine {
			return nil, api.ErrBadParams
		}
		if m.Sequence == 0 && m.Error != "" {
			if err := tx.queueAgain(m); err != nil {
				return nil, err
			}
		}
		return tx.showAgain(id)
	})
}

// queueAgain puts a message that failed into the outbox once more.
func (tx *tx) queueAgain(m *store.Message) error {
	if err := tx.FailMessage(m.ID, ""); err != nil {
		return err
	}
	chat, err := tx.FindChat(m.Chat)
	if err != nil || chat == nil {
		return cmp.Or(err, error(api.ErrChatUnknown))
	}
	again, ok := contentOf(m)
	if !ok {
		return api.ErrBadParams
	}
	if m.Kind == store.KindTimer {
		if err := tx.applyTimer(chat, again); err != nil {
			return err
		}
	}
	return tx.queue(chat, m.ID, again, tx.c.relayNow().UnixMilli())
}
