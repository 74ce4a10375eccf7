package client

import (
	"context"
	"slices"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// listsPerPart is how many lists one message carries.
const listsPerPart = 64

// takeLists takes lists of devices: a contact tells of its own, own devices tell
// of anybody's. A newer list of a contact is noted in the chat (X6).
func (tx *tx) takeLists(conversation *store.Conversation, from *ident.Certificate, m *content.DeviceLists) error {
	for _, encoded := range m.Lists {
		l, err := ident.ParseDeviceList(encoded)
		if err != nil {
			tx.skip("device list", err)
			continue
		}
		if from.Account != tx.identity.Account && from.Account != l.Account {
			continue
		}
		if err := tx.takeList(conversation, l); err != nil {
			return err
		}
	}
	return nil
}

func (tx *tx) takeList(conversation *store.Conversation, l *ident.DeviceList) error {
	own := l.Account == tx.identity.Account
	key := tx.identity.AccountKey
	if !own {
		known, err := tx.FindAccount(l.Account)
		if err != nil || known == nil {
			return err
		}
		key = known.Key
	}
	if !l.AccountKey.Equal(key) {
		return nil
	}
	if chat, known := tx.chatOf(conversation); own && known && conversation.Kind != store.KindSelf {
		if err := tx.listTold(chat, l.Serial); err != nil {
			return err
		}
	}
	changed, err := tx.saveList(l)
	if err != nil || !changed || own || conversation.Kind != store.KindDirect {
		return err
	}
	return tx.notice(conversation, l.Account, store.KindDevicesChanged)
}

// listTold notes that those in a chat know a list of ours.
func (tx *tx) listTold(id ident.ChatID, serial uint64) error {
	chat, err := tx.FindChat(id)
	if err != nil || chat == nil || chat.ToldList >= serial {
		return err
	}
	chat.ToldList = serial
	return tx.SaveChat(chat)
}

// tellList puts the list of our devices into the outbox of a chat whose contact
// does not know it.
func (tx *tx) tellList(chat *store.Chat) error {
	list := tx.ownList()
	if list == nil || chat.ToldList >= list.Serial || tx.isOwn(chat.ID) {
		return nil
	}
	chat.ToldList = list.Serial
	if err := tx.SaveChat(chat); err != nil {
		return err
	}
	return tx.tellIn(&chat.ID, &content.Content{Body: &content.DeviceLists{Lists: [][]byte{list.Marshal()}}})
}

// tellLists tells contacts that a device of ours is gone, one at a time; of a
// new one they learn with the next message.
func (w *worker) tellLists(ctx context.Context) (did bool, err error) {
	w.mu.Lock()
	id := w.identity
	w.mu.Unlock()
	if id == nil || !id.Primary {
		return false, nil
	}
	cut := w.lists.cut(id.Account)
	if cut == 0 {
		return false, nil // no device was ever taken away
	}
	err = w.update(ctx, func(tx *tx) error {
		chat, err := tx.FindChatBehindList(cut)
		if err != nil || chat == nil {
			return err
		}
		did = true
		return tx.tellList(chat)
	})
	return did, err
}

// tellAllLists tells an own device the lists of everybody.
func (tx *tx) tellAllLists() error {
	all, err := tx.FindDeviceLists()
	if err != nil {
		return err
	}
	for part := range slices.Chunk(all, listsPerPart) {
		m := new(content.DeviceLists)
		for _, l := range part {
			m.Lists = append(m.Lists, l.List)
		}
		if err := tx.tell(&content.Content{Body: m}); err != nil {
			return err
		}
	}
	return nil
}

// isDeviceLists reports whether what waits in the outbox are lists of devices,
// which everybody may read.
func isDeviceLists(o *store.Outgoing) bool {
	c, err := content.Decode[content.Content](o.Content)
	if err != nil {
		return false
	}
	_, ok := c.Body.(*content.DeviceLists)
	return ok
}
