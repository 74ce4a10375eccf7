package client

import (
	"strconv"
	"strings"

	"parley/client/api"
	"parley/client/store"
	"parley/ident"
)

// Notes to oneself are the chat with one's own account. They travel in the self
// conversation, so that only own devices read them. In the same chat each device
// warns its person of devices that were silent for long (M14).

// notesTitle is what the chat with oneself is called where it is not translated.
const notesTitle = "Notes to self"

// isOwn reports whether a chat holds the notes to oneself.
func (tx *tx) isOwn(chat ident.ChatID) bool {
	return tx.identity != nil && chat == ident.ChatWith(tx.identity.Account)
}

// chatOrNotes returns the chat with an account, which may be one's own, new if there
// is none.
func (tx *tx) chatOrNotes(account ident.AccountID) (*store.Chat, error) {
	if tx.isOwn(ident.ChatWith(account)) {
		return tx.notes()
	}
	return tx.chatWith(account)
}

// chatOf is the id of the chat that shows a conversation; ok tells whether it is
// known.
func (tx *tx) chatOf(conversation *store.Conversation) (id ident.ChatID, ok bool) {
	switch conversation.Kind {
	case store.KindSelf:
		return ident.ChatWith(tx.identity.Account), true
	case store.KindDirect:
		return ident.ChatWith(conversation.Peer), !conversation.Peer.IsZero()
	case store.KindGroup:
		return ident.ChatOfGroup(conversation.ID), true
	}
	return id, false
}

// notes returns the chat with oneself, new if there is none.
func (tx *tx) notes() (*store.Chat, error) {
	own := tx.identity
	chat, err := tx.chatWith(own.Account)
	if err != nil {
		return nil, err
	}
	self, err := tx.FindSelfConversation()
	if err != nil || self == nil || chat.Conversation == self.ID {
		return chat, err
	}
	chat.Conversation = self.ID
	if err := tx.SaveAccount(&store.Account{ID: own.Account, Key: own.AccountKey, Phone: own.Phone}); err != nil {
		return nil, err
	}
	return chat, tx.SaveChat(chat)
}

// silenceKinds are the kinds of lines that warn of a silent device, by notice.
var silenceKinds = map[string]string{
	string(api.NoticePrimarySilent): store.KindPrimarySilent,
	string(api.NoticeDeviceUnused):  store.KindDeviceUnused,
}

// warnInNotes writes a new warning of a silence into the notes to oneself, where
// it counts as unread.
func (tx *tx) warnInNotes(n store.Notice) error {
	kind := silenceKinds[n.Kind]
	if kind == "" || n.Answered {
		return nil
	}
	self, err := tx.FindSelfConversation()
	if err != nil || self == nil {
		return err
	}
	chat, err := tx.notes()
	if err != nil {
		return err
	}
	id, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	now := tx.c.relayNow().UnixMilli()
	err = tx.CreateNotice(&store.Message{
		ID: id, Chat: chat.ID, Sequence: self.LastSequence + 1, Sender: chat.Account, Kind: kind,
		Text: n.Device.String() + " " + strconv.FormatInt(n.Ends, 10), SentAt: now,
	}, self.LastSequence)
	if err != nil {
		return err
	}
	tx.messageChanged(id)
	return tx.touchChat(chat.ID, now)
}

// showSilence sets what a line about a silent device tells.
func (tx *tx) showSilence(shown *api.Message, text string) error {
	device, ends, _ := strings.Cut(text, " ")
	id, err := ident.ParseID[ident.DeviceID](device)
	if err != nil {
		return err
	}
	if shown.Until, err = strconv.ParseInt(ends, 10, 64); err != nil {
		return err
	}
	names, err := tx.FindDeviceNames()
	shown.Text = names[id].Name
	return err
}
