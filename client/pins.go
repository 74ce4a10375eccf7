package client

import (
	"cmp"
	"context"
	"slices"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// Bounds of pins.
const (
	// maxPins is how many messages of a chat are pinned; the earliest gives way.
	maxPins = 3
	// longestPin is the longest time for which one is, seconds.
	longestPin = 30 * 24 * 3600
	// pinsRead is how many pins are looked through, the last that came.
	pinsRead = 200
)

// A Pin is a message, like a Timer: everybody sees who pinned what, it is handed on as
// all messages are, and its place in the order tells which three were pinned last. What
// is pinned follows from the pins of the last 30 days on each device.

// pinned is a message that a pin names, and until when, Unix milliseconds.
type pinned struct {
	target ident.MessageID
	until  int64
}

// findPinned returns what is pinned in a chat, the earliest pin first; the messages need
// not be here.
func (tx *tx) findPinned(chat ident.ChatID) (all []pinned, err error) {
	if pins, err := tx.hasPins(chat); err != nil || !pins {
		return nil, err
	}
	now := tx.c.relayNow().UnixMilli()
	messages, err := tx.FindPins(chat, now-longestPin*1000, pinsRead)
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		pin, target, ok := pinOf(m)
		if !ok {
			continue
		}
		all = slices.DeleteFunc(all, func(p pinned) bool { return p.target == target || p.until <= m.SentAt })
		if pin.Seconds > 0 {
			all = append(all, pinned{target, m.SentAt + int64(pin.Seconds)*1000})
		}
		if len(all) > maxPins {
			all = all[1:]
		}
	}
	return slices.DeleteFunc(all, func(p pinned) bool { return p.until <= now }), nil
}

// hasPins reports whether something may have been pinned in a chat. It is held in memory:
// each change of a chat tells it, and most have no pins.
func (tx *tx) hasPins(chat ident.ChatID) (bool, error) {
	if tx.c.pinChats == nil {
		chats, err := tx.FindPinChats()
		if err != nil {
			return false, err
		}
		tx.c.pinChats = map[ident.ChatID]bool{}
		for _, id := range chats {
			tx.c.pinChats[id] = true
		}
	}
	return tx.c.pinChats[chat], nil
}

// CreateMessage is that of the store.
func (tx *tx) CreateMessage(m *store.Message) (changed bool, err error) {
	if m.Kind == store.KindPin && tx.c.pinChats != nil {
		tx.c.pinChats[m.Chat] = true
	}
	return tx.Tx.CreateMessage(m)
}

// pinOf reads a message of kind pin.
func pinOf(m *store.Message) (pin *content.Pin, target ident.MessageID, ok bool) {
	c, ok := contentOf(m)
	if !ok {
		return nil, target, false
	}
	if pin, ok = c.Body.(*content.Pin); !ok {
		return nil, target, false
	}
	target, err := ident.IDFromBytes[ident.MessageID](pin.MessageID)
	return pin, target, err == nil
}

// showPins adds to a chat what is pinned and still there.
func (tx *tx) showPins(shown *api.Chat, chat *store.Chat) error {
	shown.MayPin = !shown.Blocked
	if chat.Kind == store.ChatGroup {
		may, err := tx.mayPin(ident.ConversationID(chat.ID), tx.identity.Account)
		if err != nil {
			return err
		}
		shown.MayPin = may && shown.MayWrite
	}
	all, err := tx.findPinned(chat.ID)
	if err != nil {
		return err
	}
	for _, p := range slices.Backward(all) {
		m, err := tx.FindMessage(p.target)
		if err != nil {
			return err
		}
		if m == nil || m.Chat != chat.ID || !pinnable(m) {
			continue
		}
		quote, err := tx.showQuote(chat.ID, &content.Quote{MessageID: m.ID[:], SenderAccount: m.Sender[:]})
		if err != nil {
			return err
		}
		shown.Pins = append(shown.Pins, api.Pinned{Message: *quote, Until: p.until})
	}
	return nil
}

// showPin adds to a message of kind pin which one it is about.
func (tx *tx) showPin(shown *api.Message, m *store.Message, pin *content.Pin) (err error) {
	shown.KeptFor = int64(pin.Seconds)
	shown.Quote, err = tx.showQuote(m.Chat, &content.Quote{MessageID: pin.MessageID, SenderAccount: m.Sender[:]})
	return err
}

// pinnable reports whether a message can be pinned.
func pinnable(m *store.Message) bool {
	switch m.Kind {
	case store.KindText, store.KindPoll, store.KindLocation, store.KindContact, store.KindMedia:
		return !isOnce(m)
	}
	return false
}

// pin implements api.Pin.
func (c *Client) pin(ctx context.Context, p api.PinParams) (api.Message, error) {
	if p.Seconds < 0 || p.Seconds > longestPin {
		return api.Message{}, api.ErrBadParams
	}
	id, err := c.messageID("")
	if err != nil {
		return api.Message{}, err
	}
	return c.showAfter(ctx, func(tx *tx) (*api.Message, error) {
		if err := tx.needAccount(); err != nil {
			return nil, err
		}
		m, err := tx.findWritten(p.ID)
		if err != nil {
			return nil, err
		}
		if m.Error != "" || p.Seconds > 0 && !pinnable(m) {
			return nil, api.ErrNotPinnable
		}
		if may, err := tx.mayPin(ident.ConversationID(m.Chat), tx.identity.Account); err != nil || !may {
			return nil, cmp.Or(err, error(api.ErrPinAdmins))
		}
		return tx.queueMessage(m.Chat, id, &content.Content{Body: &content.Pin{MessageID: m.ID[:], Seconds: uint64(p.Seconds)}})
	})
}

// mayBringAgain reports whether an account may say in a chat what it wrote there and brings
// again. That it wrote it does not tell that it might.
func (tx *tx) mayBringAgain(chat *store.Chat, m *content.StoredMessage, from ident.AccountID) (bool, error) {
	c, err := content.Decode[content.Content](m.Content)
	if err != nil {
		return true, nil //nolint:nilerr // malformed content is skipped where it is read
	}
	if _, pins := c.Body.(*content.Pin); !pins {
		return true, nil
	}
	return tx.mayPin(ident.ConversationID(chat.ID), from)
}
