package client

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"parley/client/api"
	"parley/client/json"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

var chatKindNames = map[store.ChatKind]api.ChatKind{store.ChatDirect: api.ChatDirect, store.ChatGroup: api.ChatGroup}

// showChat is a chat as people see it.
func (tx *tx) showChat(id ident.ChatID) (*api.Chat, error) {
	chat, err := tx.FindChat(id)
	if err != nil {
		return nil, err
	}
	if chat == nil {
		return nil, api.ErrChatUnknown
	}
	summary, err := tx.Summarize(chat)
	if err != nil {
		return nil, err
	}
	shown := &api.Chat{ID: id.String(), Kind: chatKindNames[chat.Kind], Self: tx.isOwn(id), Unread: summary.Unread, Mentions: summary.Mentions, FirstMention: summary.FirstMention, UpdatedAt: chat.Updated, KeptFor: int64(chat.Timer)}
	if chat.Kind == store.ChatDirect {
		shown.AccountID = chat.Account.String()
		if shown.Blocked, err = tx.isBlocked(chat.Account); err != nil {
			return nil, err
		}
	} else if err := tx.showGroupChat(shown, chat); err != nil {
		return nil, err
	}
	if err := tx.nameChat(shown, chat); err != nil {
		return nil, err
	}
	if err := tx.showChatState(shown, chat); err != nil {
		return nil, err
	}
	if err := tx.showPins(shown, chat); err != nil {
		return nil, err
	}
	picture := stateKey(pictureState, id)
	if shown.Self {
		picture = ownPicture
	}
	if shown.PictureAt, err = tx.FindAppStateTime(picture); err != nil {
		return nil, err
	}
	if summary.Last != nil {
		if shown.Last, err = tx.showMessage(summary.Last); err != nil {
			return nil, err
		}
	}
	l := &tx.c.live
	l.mu.Lock()
	defer l.mu.Unlock()
	shown.Available, shown.LastSeenAt = l.presence[chat.Account].available, l.presence[chat.Account].lastSeen
	shown.Typing = time.Now().Before(l.typing[id])
	return shown, nil
}

// nameChat sets what a chat is called: what the contact calls itself, or its
// number.
func (tx *tx) nameChat(shown *api.Chat, chat *store.Chat) error {
	if chat.Kind == store.ChatGroup {
		details, err := tx.groupDetails(ident.ConversationID(chat.ID))
		shown.Title = details.Name
		return err
	}
	account, err := tx.FindAccount(chat.Account)
	if err != nil || account == nil {
		return err
	}
	shown.Phone = string(account.Phone)
	shown.Title = account.Name
	if tx.isOwn(chat.ID) {
		shown.Title = notesTitle
	}
	if shown.Title == "" {
		shown.Title = shown.Phone
	}
	return nil
}

// showMessage is a message as people see it.
func (tx *tx) showMessage(m *store.Message) (*api.Message, error) {
	shown := &api.Message{
		ID: m.ID.String(), ChatID: m.Chat.String(), Order: m.Sort, Kind: api.MessageKind(m.Kind),
		Mine: m.Mine, Text: m.Text, SentAt: m.SentAt, Addressed: m.Addressed, Status: api.MessageReceived,
	}
	starred, err := tx.appState(starredState, m.ID)
	if err != nil {
		return nil, err
	}
	shown.Starred = len(starred) > 0
	if m.Kind == store.KindPrimarySilent || m.Kind == store.KindDeviceUnused {
		return shown, tx.showSilence(shown, m.Text)
	}
	if m.Kind == store.KindMedia {
		if err := tx.showMedia(shown, m); err != nil {
			return nil, err
		}
	}
	if m.Kind == store.KindGroupNotice {
		return shown, tx.showGroupNotice(shown, m.Text)
	}
	if m.Kind == store.KindWaiting {
		if shown.WaitsFor, err = tx.waitsFor(m); err != nil {
			return nil, err
		}
	}
	if err := tx.showParts(shown, m); err != nil {
		return nil, err
	}
	if !m.Mine {
		shown.SenderID = tx.groupSender(m)
		account, err := tx.FindAccount(m.Sender)
		if err == nil && account != nil {
			shown.SenderName = account.Name
		}
		return shown, err
	}
	if m.Error != "" {
		shown.Status, shown.Error = api.MessageFailed, messageError(m.Error)
		return shown, nil
	}
	shown.Status, err = tx.messageStatus(m)
	return shown, err
}

// waitsFor tells who can bring a message, of those whom ask asks: a contact hands
// back only what it wrote itself.
func (tx *tx) waitsFor(m *store.Message) (api.WaitsFor, error) {
	chat, err := tx.FindChat(m.Chat)
	if err != nil || chat == nil {
		return api.WaitsForOwn, err
	}
	tries, err := tx.FindGapTries(chat.Conversation, m.Sequence)
	list := tx.ownList()
	alone := list != nil && len(list.Devices) < 2
	if err == nil && !m.Mine && (alone || tries >= longTries) {
		if left, err := tx.hasLeft(chat, m.Sender); err != nil || left {
			return api.WaitsForNobody, err
		}
	}
	switch {
	case m.Mine && (alone || tries >= longTries):
		return api.WaitsForGone, err
	case alone:
		return api.WaitsForContact, err
	case tries > 1 && !m.Mine:
		return api.WaitsForBoth, err
	}
	return api.WaitsForOwn, err
}

// hasLeft reports whether an account was in a group and is not any more.
func (tx *tx) hasLeft(chat *store.Chat, account ident.AccountID) (bool, error) {
	if chat.Kind != store.ChatGroup {
		return false, nil
	}
	members, err := tx.FindGroupMembers(chat.Conversation)
	return slices.ContainsFunc(members, func(m store.GroupMember) bool { return m.Account == account && m.Gone > 0 }), err
}

// messageError is why a message was not sent, by the code that is stored with it.
func messageError(code string) *api.Error {
	for _, e := range []*api.Error{api.ErrGroupGone, api.ErrGroupWriting, api.ErrPinAdmins} {
		if e.Code == code {
			return e
		}
	}
	for c := wire.ErrorInternal; c <= wire.ErrorMediaIncomplete; c++ {
		if c.String() == code {
			return &api.Error{Code: code, Message: c.Sentence()}
		}
	}
	return api.ErrInternal
}

// messageStatus is how far a message of our own has got.
func (tx *tx) messageStatus(m *store.Message) (api.MessageStatus, error) {
	if m.Sequence == 0 {
		return api.MessagePending, nil
	}
	chat, err := tx.FindChat(m.Chat)
	if err != nil || chat == nil || tx.isOwn(chat.ID) {
		return api.MessageSent, err
	}
	receipt, err := tx.receiptOf(chat)
	switch {
	case err != nil:
		return "", err
	case receipt.Read >= m.Sequence:
		hidden, err := tx.hides(receiptsSetting)
		if hidden {
			return api.MessageDelivered, err
		}
		return api.MessageRead, err
	case receipt.Delivered >= m.Sequence:
		return api.MessageDelivered, nil
	}
	return api.MessageSent, nil
}

func (tx *tx) showHit(h store.Hit) (*api.SearchHit, error) {
	m, err := tx.showMessage(h.Message)
	if err != nil {
		return nil, err
	}
	chat, err := tx.FindChat(h.Message.Chat)
	if err != nil || chat == nil {
		return nil, cmp.Or(err, error(api.ErrChatUnknown))
	}
	var named api.Chat
	if err := tx.nameChat(&named, chat); err != nil {
		return nil, err
	}
	if err := tx.showChatState(&named, chat); err != nil {
		return nil, err
	}
	return &api.SearchHit{Message: *m, ChatTitle: named.Title, Snippet: snippet(h.Excerpt)}, nil
}

// snippet splits an excerpt at the marks around matches.
func snippet(excerpt string) []api.SnippetPart {
	var parts []api.SnippetPart
	add := func(text string, match bool) {
		if text != "" {
			parts = append(parts, api.SnippetPart{Text: text, Match: match})
		}
	}
	for {
		before, rest, found := strings.Cut(excerpt, store.MatchStart)
		add(before, false)
		if !found {
			return parts
		}
		match, after, _ := strings.Cut(rest, store.MatchEnd)
		add(match, true)
		excerpt = after
	}
}

// messageWatch waits for a message of our own to leave the outbox.
type messageWatch struct {
	arrived chan api.Message
	cancel  func()
}

func (c *Client) watchMessage(id ident.MessageID) messageWatch {
	w := messageWatch{arrived: make(chan api.Message, 1)}
	text := id.String()
	w.cancel = c.bus.subscribe(func(event string, data json.RawMessage) {
		var m api.Message
		if event != api.OnMessage.Name || json.Unmarshal(data, &m) != nil || m.ID != text || m.Status == api.MessagePending {
			return
		}
		select {
		case w.arrived <- m:
		default:
		}
	})
	return w
}

func (w messageWatch) wait(ctx context.Context) (api.Message, error) {
	select {
	case m := <-w.arrived:
		if m.Error != nil {
			return m, m.Error
		}
		return m, nil
	case <-ctx.Done():
		return api.Message{}, ctx.Err()
	}
}
