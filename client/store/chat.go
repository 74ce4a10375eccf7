package store

import "parley/ident"

// ChatKind tells whom a chat is with.
type ChatKind uint32

// Kinds of chats, with the numbers of the conversations that they show. The notes
// to oneself are direct.
const (
	ChatDirect ChatKind = KindDirect
	ChatGroup  ChatKind = 3
)

// Chat is what people see of a conversation: with one account, or of a group.
type Chat struct {
	ID   ident.ChatID
	Kind ChatKind
	// Account is whom a direct chat is with; zero for a group.
	Account ident.AccountID
	// Conversation is zero as long as nothing was written.
	Conversation ident.ConversationID
	// ReadSequence: everything up to it was read, on any own device.
	ReadSequence uint64
	// ToldRelay and ToldSelf are how far the relay and our other devices know.
	ToldRelay, ToldSelf uint64
	// Updated orders the list, Unix milliseconds.
	Updated int64
	// ToldList is the serial of the list of our own devices that the contact knows.
	ToldList uint64
	// Timer is how long new messages are kept, seconds, 0 for ever; TimerSequence is the
	// place of the message that set it. AgreedTimer is the last that the relay has taken:
	// Timer is ahead of it while one of the person's own waits.
	Timer, TimerSequence, AgreedTimer uint64
}

// ChatSummary is a Chat with what the chat list shows.
type ChatSummary struct {
	Chat
	Unread int
	// Mentions is how many of the unread are addressed to the person, FirstMention the
	// sort of the first.
	Mentions     int
	FirstMention int64
	Last         *Message
}

const chatColumns = "chat_id, kind, conversation_id, read_sequence, told_relay, told_self, updated, told_list, timer, timer_sequence, agreed_timer"

// DirectChat is a new chat with an account.
func DirectChat(account ident.AccountID) *Chat {
	return &Chat{ID: ident.ChatWith(account), Kind: ChatDirect, Account: account}
}

// FindChat returns nil if there is no such chat.
func (tx *Tx) FindChat(id ident.ChatID) (*Chat, error) {
	return first(collect(tx, scanChat, "SELECT "+chatColumns+" FROM chat WHERE chat_id = ?", id[:]))
}

// FindChatByConversation returns nil if no chat has the conversation.
func (tx *Tx) FindChatByConversation(id ident.ConversationID) (*Chat, error) {
	return first(collect(tx, scanChat, "SELECT "+chatColumns+" FROM chat WHERE conversation_id = ?", id[:]))
}

// FindChats returns all chats, the latest first.
func (tx *Tx) FindChats() ([]*Chat, error) {
	return collect(tx, scanChat, "SELECT "+chatColumns+" FROM chat ORDER BY updated DESC")
}

// FindChatsToTell returns chats whose read mark the relay or our other devices
// do not know yet.
func (tx *Tx) FindChatsToTell() ([]*Chat, error) {
	return collect(tx, scanChat, "SELECT "+chatColumns+` FROM chat
		WHERE conversation_id IS NOT NULL AND (told_relay < read_sequence OR told_self < read_sequence)`)
}

func scanChat(row scanner) (*Chat, error) {
	c := new(Chat)
	var id, conversation []byte
	if err := row.Scan(&id, &c.Kind, &conversation, &c.ReadSequence, &c.ToldRelay, &c.ToldSelf, &c.Updated, &c.ToldList, &c.Timer, &c.TimerSequence, &c.AgreedTimer); err != nil {
		return nil, err
	}
	c.ID = ident.ChatID(id)
	if c.Kind == ChatDirect {
		c.Account = ident.AccountID(c.ID)
	}
	copy(c.Conversation[:], conversation)
	return c, nil
}

// SaveChat creates or replaces a chat.
func (tx *Tx) SaveChat(c *Chat) error {
	var conversation any
	if c.Conversation != (ident.ConversationID{}) {
		conversation = c.Conversation[:]
	}
	return tx.exec(`INSERT INTO chat (`+chatColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (chat_id) DO UPDATE SET conversation_id = excluded.conversation_id, read_sequence = excluded.read_sequence,
		told_relay = excluded.told_relay, told_self = excluded.told_self, updated = excluded.updated, told_list = excluded.told_list,
		timer = excluded.timer, timer_sequence = excluded.timer_sequence, agreed_timer = excluded.agreed_timer`,
		c.ID[:], c.Kind, conversation, int64(c.ReadSequence), int64(c.ToldRelay), int64(c.ToldSelf), c.Updated, int64(c.ToldList),
		int64(c.Timer), int64(c.TimerSequence), int64(c.AgreedTimer))
}

// Summarize adds what the chat list shows.
func (tx *Tx) Summarize(c *Chat) (*ChatSummary, error) {
	s := &ChatSummary{Chat: *c}
	var err error
	if s.Unread, err = tx.CountUnread(c); err != nil {
		return nil, err
	}
	if s.Unread > 0 && c.Kind == ChatGroup {
		_, err = tx.one("SELECT count(*), coalesce(min(sort), 0) FROM message WHERE chat = ? AND sequence > ? AND addressed = 1 AND counts = 1",
			[]any{c.ID[:], int64(c.ReadSequence)}, &s.Mentions, &s.FirstMention)
		if err != nil {
			return nil, err
		}
	}
	s.Last, err = first(collect(tx, scanMessage, "SELECT "+messageColumns+
		" FROM message WHERE chat = ? ORDER BY sort DESC LIMIT 1", c.ID[:]))
	return s, err
}

// CountUnread counts the messages of others, and warnings, behind the chat's read
// mark.
func (tx *Tx) CountUnread(c *Chat) (n int, err error) {
	_, err = tx.one("SELECT count(*) FROM message WHERE chat = ? AND sequence > ? AND mine = 0 AND counts = 1",
		[]any{c.ID[:], int64(c.ReadSequence)}, &n)
	return n, err
}

// FindWrittenTo returns accounts to whom the person has written directly, the latest
// first.
func (tx *Tx) FindWrittenTo(limit int) ([]ident.AccountID, error) {
	return collect(tx, func(row scanner) (id ident.AccountID, err error) {
		var account []byte
		err = row.Scan(&account)
		copy(id[:], account)
		return id, err
	}, `SELECT chat_id FROM chat WHERE kind = 2 AND chat_id NOT IN (SELECT account_id FROM identity)
		AND EXISTS (SELECT 1 FROM message WHERE message.chat = chat_id AND mine = 1 AND written = 1) ORDER BY updated DESC LIMIT ?`, limit)
}
