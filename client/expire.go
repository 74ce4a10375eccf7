package client

import (
	"context"
	"time"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
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

// applyTimer has a message disappear as the chat it is written in says. In a chat that
// begins with it, the person's default holds, which a message before it sets.
func (tx *tx) applyTimer(chat *store.Chat, c *content.Content) error {
	switch body := c.Body.(type) {
	case *content.Timer:
		chat.Timer = body.Seconds // for what is written before the relay has it
		return tx.SaveChat(chat)
	case *content.Pin:
		return nil
	}
	if err := tx.beginWithTimer(chat); err != nil || chat.Timer == 0 {
		return err
	}
	if c.Context == nil {
		c.Context = &content.Context{}
	}
	c.Context.ExpiresAfterS = chat.Timer
	return nil
}

// defaultTimers are the values of timerSetting, seconds.
var defaultTimers = map[string]uint64{"24h": 24 * 3600, "7d": 7 * 24 * 3600, "90d": 90 * 24 * 3600}

// beginWithTimer sets the person's default timer in a chat with somebody else in which
// nothing was ever written.
func (tx *tx) beginWithTimer(chat *store.Chat) error {
	if chat.Kind != store.ChatDirect || chat.Conversation != (ident.ConversationID{}) || chat.Timer > 0 || chat.TimerSequence > 0 || tx.isOwn(chat.ID) {
		return nil
	}
	seconds, err := tx.defaultTimer()
	if err != nil || seconds == 0 {
		return err
	}
	written, err := tx.FindMessages(store.MessagePage{Chat: chat.ID, Limit: 1})
	if err != nil || len(written) > 0 {
		return err
	}
	return tx.setDefaultTimer(chat, seconds)
}

// beginGroupWithTimer is beginWithTimer for a group that the person has made.
func (c *Client) beginGroupWithTimer(ctx context.Context, id ident.ChatID) error {
	err := c.update(ctx, func(tx *tx) error {
		seconds, err := tx.defaultTimer()
		if err != nil || seconds == 0 {
			return err
		}
		chat, err := tx.FindChat(id)
		if err != nil || chat == nil {
			return err
		}
		return tx.setDefaultTimer(chat, seconds)
	})
	c.nudge()
	return err
}

func (tx *tx) setDefaultTimer(chat *store.Chat, seconds uint64) error {
	chat.Timer = seconds
	id, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	_, err = tx.queueMessage(chat.ID, id, &content.Content{Body: &content.Timer{Seconds: seconds}})
	return err
}

// defaultTimer is the timer of chats that the person begins, seconds, 0 for none.
func (tx *tx) defaultTimer() (uint64, error) {
	value, err := tx.setting(timerSetting)
	return defaultTimers[value], err
}

// timerOf is the timer that a message sets, and its chat; nil of any other message.
func (tx *tx) timerOf(m *store.Message) (*content.Timer, *store.Chat, error) {
	if m.Kind != store.KindTimer {
		return nil, nil, nil
	}
	c, ok := contentOf(m)
	if !ok {
		return nil, nil, nil
	}
	timer, ok := c.Body.(*content.Timer)
	if !ok {
		return nil, nil, nil
	}
	chat, err := tx.FindChat(m.Chat)
	if err != nil || chat == nil {
		return nil, nil, err
	}
	return timer, chat, nil
}

// takeTimer has a chat follow the last timer that was set in it.
func (tx *tx) takeTimer(m *store.Message) error {
	timer, chat, err := tx.timerOf(m)
	if err != nil || timer == nil || m.Sequence == 0 || chat.TimerSequence >= m.Sequence {
		return err
	}
	chat.Timer, chat.AgreedTimer, chat.TimerSequence = timer.Seconds, timer.Seconds, m.Sequence
	tx.chatChanged(chat.ID)
	return tx.SaveChat(chat)
}

// refuseTimer has a chat follow the timer from before one that the relay did not take,
// unless another was set since.
func (tx *tx) refuseTimer(m *store.Message) error {
	if m == nil {
		return nil
	}
	timer, chat, err := tx.timerOf(m)
	if err != nil || timer == nil || chat.Timer != timer.Seconds {
		return err
	}
	chat.Timer = chat.AgreedTimer
	tx.chatChanged(chat.ID)
	return tx.SaveChat(chat)
}
