package client

import (
	"cmp"
	"crypto/ed25519"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// takeHistoryChat takes the messages of one chat and returns how many are new here.
// A chat is told anew if its last message changes. With most of history nothing
// changes in the list but how many are unread, which is told at the end.
func (tx *tx) takeHistoryChat(from *content.HistoryChat, since int64, waiting map[ident.MessageID]bool) (taken uint64, err error) {
	chat, err := tx.takeHistoryOf(from)
	if err != nil || chat == nil {
		return 0, err
	}
	last, err := tx.findLastSort(chat.ID)
	if err != nil {
		return 0, err
	}
	updated := chat.Updated
	for _, m := range from.Messages {
		if m == nil || m.TimeMS < since || len(m.Text) > maxText || len(m.Content) > maxContent {
			continue
		}
		stored, ok := tx.storedMessage(chat, m)
		if !ok {
			continue
		}
		changed, err := tx.createOrMove(stored)
		if err != nil {
			return 0, err
		}
		if err := tx.takeAmendments(chat, m.Amendments); err != nil {
			return 0, err
		}
		if !changed {
			continue
		}
		taken++
		if stored.Sort >= last {
			tx.chatChanged(chat.ID)
		}
		updated = max(updated, m.TimeMS)
		if waiting[stored.ID] {
			tx.messageChanged(stored.ID)
		}
	}
	if updated > chat.Updated {
		chat.Updated = updated
		tx.chatChanged(chat.ID)
		return taken, tx.SaveChat(chat)
	}
	return taken, nil
}

// findLastSort is the place of the last message of a chat, 0 if it has none.
func (tx *tx) findLastSort(chat ident.ChatID) (int64, error) {
	last, err := tx.FindMessages(store.MessagePage{Chat: chat, Before: store.PendingSort, Limit: 1})
	if err != nil || len(last) == 0 {
		return 0, err
	}
	return last[0].Sort, nil
}

// allChatsChanged has all chats told anew.
func (tx *tx) allChatsChanged() error {
	chats, err := tx.FindChats()
	for _, chat := range chats {
		tx.chatChanged(chat.ID)
	}
	return err
}

// asStored is a message as another device is given it.
func asStored(m *store.Message) *content.StoredMessage {
	s := &content.StoredMessage{MessageID: m.ID[:], Sequence: m.Sequence, SenderAccount: m.Sender[:], Text: m.Text, TimeMS: m.SentAt, Content: m.Content}
	if c, ok := contentOf(m); ok && m.Kind == store.KindMedia && once(c) != nil {
		s.Content = spentOnce(c)
	}
	if m.Original != nil {
		s.Text, s.Content = "", m.Original
	}
	return s
}

// storedSize is about how many bytes a message has that another device is given.
func storedSize(m *store.Message) int { return len(m.Text) + len(m.Content) + len(m.Original) }

// storedMessage is a message of a chat as a sibling keeps it; ok tells
// whether it is one.
func (tx *tx) storedMessage(chat *store.Chat, m *content.StoredMessage) (stored *store.Message, ok bool) {
	id, err := ident.IDFromBytes[ident.MessageID](m.MessageID)
	if err != nil || m.Sequence == 0 {
		return nil, false
	}
	sender, err := ident.IDFromBytes[ident.AccountID](m.SenderAccount)
	mine := sender == tx.identity.Account
	if err != nil || !mine && chat.Kind == store.ChatDirect && sender != chat.Account {
		return nil, false
	}
	stored = &store.Message{ID: id, Chat: chat.ID, Sequence: m.Sequence, Sender: sender, Mine: mine, SentAt: m.TimeMS}
	if len(m.Content) == 0 {
		stored.Kind, stored.Text = store.KindText, m.Text
		return stored, len(m.Text) <= maxText
	}
	c, err := content.Decode[content.Content](m.Content)
	if err != nil {
		return nil, false
	}
	if needsUpdate(c) {
		unsupported(stored, c, m.Content)
		return stored, true
	}
	return stored, fillMessage(stored, c)
}

// takeContact returns the chat with a contact that a sibling knows, new if there
// is none; nil if it is malformed. A key that is known here is never changed.
func (tx *tx) takeContact(k *content.Contact) (*store.Chat, error) {
	return tx.takePerson(k, true)
}

// takePerson is takeContact that makes a chat only if asked to, or if the sibling has one: there is
// none with most members of groups.
func (tx *tx) takePerson(k *content.Contact, withChat bool) (*store.Chat, error) {
	if k == nil || len(k.AccountKey) != ed25519.PublicKeySize {
		return nil, nil
	}
	id, err := ident.IDFromBytes[ident.AccountID](k.AccountID)
	if err != nil {
		return nil, nil //nolint:nilerr // malformed content is skipped
	}
	if id == tx.identity.Account {
		return tx.notes()
	}
	known, err := tx.FindAccount(id)
	if err != nil {
		return nil, err
	}
	if known == nil {
		known = &store.Account{ID: id, Key: k.AccountKey}
	}
	if known.Key.Equal(ed25519.PublicKey(k.AccountKey)) && (known.Name == "" || known.Phone == "") {
		name, err := tx.toldName(id, k.Name)
		if err != nil {
			return nil, err
		}
		known.Name, known.Phone = cmp.Or(known.Name, name), cmp.Or(known.Phone, ident.Phone(k.Phone))
		if err := tx.SaveAccount(known); err != nil {
			return nil, err
		}
		tx.contactChanged(id)
	}
	chat, err := tx.FindChat(ident.ChatWith(id))
	if err != nil {
		return nil, err
	}
	if chat == nil && !withChat && k.UpdatedMS == 0 {
		return nil, nil
	}
	if chat == nil {
		chat = store.DirectChat(id)
		chat.Updated = k.UpdatedMS
		tx.chatChanged(chat.ID)
	}
	return chat, tx.readAsSibling(chat, k)
}

// readAsSibling takes how far a sibling has read, and saves the chat.
func (tx *tx) readAsSibling(chat *store.Chat, k *content.Contact) error {
	conversation, err := ident.IDFromBytes[ident.ConversationID](k.ConversationID)
	if err == nil && chat.Conversation == (ident.ConversationID{}) {
		taken, err := tx.FindChatByConversation(conversation)
		if err != nil {
			return err
		}
		if taken == nil {
			chat.Conversation = conversation
		}
	}
	if err == nil && chat.Conversation == conversation {
		if k.ReadSequence > chat.ReadSequence {
			tx.chatChanged(chat.ID)
		}
		chat.ReadSequence = max(chat.ReadSequence, k.ReadSequence)
		chat.ToldRelay, chat.ToldSelf = max(chat.ToldRelay, k.ReadSequence), max(chat.ToldSelf, k.ReadSequence)
	}
	return tx.SaveChat(chat)
}
