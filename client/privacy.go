package client

import (
	"context"

	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// What others learn of the person (X1); entries of the app state like the other
// settings. What is hidden from others, the person does not see of them either.
const (
	receiptsSetting = settingState + "/readReceipts"
	typingSetting   = settingState + "/typing"
	presenceSetting = settingState + "/presence"
)

// Values of these settings; on and everyone are what counts without a choice.
const (
	settingOff      = "off"
	presenceFriends = "contacts"
	presenceNobody  = "nobody"
)

// setting returns the value of a setting, empty if it was not chosen.
func (tx *tx) setting(key string) (string, error) {
	entry, err := tx.FindAppState(key)
	if err != nil || entry == nil || !isSetting(string(entry.Value)) {
		return "", err
	}
	return string(entry.Value), nil
}

// hides reports whether a setting is off.
func (tx *tx) hides(key string) (bool, error) {
	value, err := tx.setting(key)
	return value == settingOff, err
}

// presenceNow is what the relay is told of the person's presence: whether, and to whom.
// Contacts are those to whom the person has written.
func (tx *tx) presenceNow(available bool) (*wire.SetPresence, error) {
	value, err := tx.setting(presenceSetting)
	now := &wire.SetPresence{Available: available}
	switch {
	case err != nil || value != presenceFriends && value != presenceNobody:
		return now, err
	case value == presenceNobody:
		return &wire.SetPresence{Limited: true}, nil
	}
	now.Limited = true
	contacts, err := tx.FindWrittenTo(wire.MaxWatched)
	for _, account := range contacts {
		now.AudienceIDs = append(now.AudienceIDs, account[:])
	}
	return now, err
}

// tellPresence tells the relay whether the person is there.
func (c *Client) tellPresence(ctx context.Context, s *session) error {
	c.live.mu.Lock()
	available := c.live.available
	c.live.mu.Unlock()
	var now *wire.SetPresence
	err := c.view(ctx, func(tx *tx) (err error) {
		now, err = tx.presenceNow(available)
		return err
	})
	if err != nil {
		return err
	}
	_, err = request[*wire.Done](ctx, s, now)
	return err
}

// watchable are the accounts whose presence this device asks for: none, if the person
// shows theirs to nobody.
func (tx *tx) watchable() ([][]byte, error) {
	ids := [][]byte{}
	value, err := tx.setting(presenceSetting)
	if err != nil || value == presenceNobody {
		return ids, err
	}
	chats, err := tx.FindChats()
	for _, chat := range chats {
		if chat.Conversation != (ident.ConversationID{}) && chat.Kind == store.ChatDirect && !tx.isOwn(chat.ID) && len(ids) < wire.MaxWatched {
			ids = append(ids, chat.Account[:])
		}
	}
	return ids, err
}

// hidesTyping reports whether the person does not tell when they type, and is not told.
func (c *Client) hidesTyping() (hidden bool) {
	err := c.view(context.WithoutCancel(c.ctx), func(tx *tx) (err error) {
		hidden, err = tx.hides(typingSetting)
		return err
	})
	return hidden && err == nil
}
