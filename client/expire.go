package client

import (
	"context"
	"time"

	"parley/client/content"
	"parley/client/store"
)

// expireBatch is how many messages are deleted in one transaction.
const expireBatch = 200

// expireMessages deletes what was to disappear by now, at the next look at it or when
// it is due, whichever is first.
func (tx *tx) expireMessages() (did bool, err error) {
	due, err := tx.FindExpired(tx.c.relayNow().UnixMilli(), expireBatch)
	if err != nil {
		return false, err
	}
	for _, m := range due {
		if err := tx.forgetMessage(m.ID); err != nil {
			return false, err
		}
	}
	return len(due) > 0, nil
}

// expire is the job that deletes what is due, and notes when the next is.
func (w *worker) expire(ctx context.Context) (did bool, err error) {
	w.expireIn = -1
	err = w.update(ctx, func(tx *tx) error {
		if did, err = tx.expireMessages(); err != nil || did {
			return err
		}
		at, err := tx.FindNextExpiry()
		if at > 0 {
			w.expireIn = max(time.UnixMilli(at).Sub(w.relayNow()), time.Second)
		}
		return err
	})
	return did, err
}

// takeTimer has a chat follow the last timer that was set in it.
func (tx *tx) takeTimer(m *store.Message) error {
	if m.Kind != store.KindTimer || m.Sequence == 0 {
		return nil
	}
	c, ok := contentOf(m)
	if !ok {
		return nil
	}
	timer, ok := c.Body.(*content.Timer)
	chat, err := tx.FindChat(m.Chat)
	if err != nil || chat == nil || !ok || chat.TimerSequence >= m.Sequence {
		return err
	}
	chat.Timer, chat.TimerSequence = timer.Seconds, m.Sequence
	tx.chatChanged(chat.ID)
	return tx.SaveChat(chat)
}
