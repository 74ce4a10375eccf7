package store

import (
	"strings"

	"parley/ident"
)

// Kinds of messages, with the names of api.MessageKind.
const (
	KindText           = "text"
	KindKeysChanged    = "keysChanged"
	KindDevicesChanged = "devicesChanged"
	KindPrimarySilent  = "primarySilent"
	KindDeviceUnused   = "deviceUnused"
	KindWaiting        = "waiting"
	KindReset          = "reset"
	KindPoll           = "poll"
	KindLocation       = "location"
	KindContact        = "contact"
	KindTimer          = "timer"
	KindPin            = "pin"
	KindMedia          = "media"
	KindDeleted        = "deleted"
	// KindOnce is what is left of a file that could be opened once.
	KindOnce = "once"
	// KindUnsupported is for what a later version of the app wrote.
	KindUnsupported = "unsupported"
	// KindGroupNotice is something the app tells in a group.
	KindGroupNotice = "group"
)

// written are the kinds of what people wrote; it is handed on to own devices and moved
// when it is sent again. Whether a kind counts as unread, the value tells.
var written = map[string]bool{
	KindText: true, KindPoll: true, KindLocation: true, KindContact: true, KindMedia: true, KindTimer: false, KindPin: false, KindDeleted: true, KindUnsupported: true, KindOnce: true,
}

// IsWritten reports whether people wrote a message of this kind, as opposed to what
// the app tells. The column written says the same in queries.
func IsWritten(kind string) bool {
	_, found := written[kind]
	return found
}

// countsAsUnread reports whether a message of this kind is unread until it was read.
func countsAsUnread(kind string) bool {
	return written[kind] || kind == KindPrimarySilent || kind == KindDeviceUnused
}

// sortStep leaves room behind each message for notices.
const sortStep = 1024

// sortPending is where messages without a place begin; JavaScript still counts
// exactly there.
const sortPending = 1 << 52

// PendingSort is behind all messages that have a place.
const PendingSort = sortPending

// Message is one message of a chat.
type Message struct {
	rowID int64
	ID    ident.MessageID
	Chat  ident.ChatID
	// Sort is the order within the chat.
	Sort int64
	// Sequence is the place in the conversation, 0 while pending.
	Sequence uint64
	Sender   ident.AccountID
	Mine     bool
	Kind     string
	// Text is what is searched, and shown in lists.
	Text   string
	SentAt int64
	// Content is the encoded content.Content of what is more than a plain text; else
	// nil. Original is what it was before the first edit; nil without one.
	Content, Original []byte
	// ExpiresAfter is how long after SentAt it is deleted, seconds; 0 for never.
	ExpiresAfter uint64
	// Amended: there are amendments of it.
	Amended bool
	// Addressed: somebody else wrote it in a group for the account's person, whom it
	// mentions or answers.
	Addressed bool
	// Error is the code of why it could not be sent.
	Error string
}

const messageColumns = "id, message_id, chat, sort, sequence, sender, mine, kind, text, sent_at, content, original, expires_after, amended, addressed, error"

func scanMessage(row scanner) (*Message, error) {
	m := new(Message)
	var id, chat, sender []byte
	err := row.Scan(&m.rowID, &id, &chat, &m.Sort, &m.Sequence, &sender, &m.Mine, &m.Kind, &m.Text, &m.SentAt, &m.Content, &m.Original, &m.ExpiresAfter, &m.Amended, &m.Addressed, &m.Error)
	if err != nil {
		return nil, err
	}
	m.ID, m.Chat, m.Sender = ident.MessageID(id), ident.ChatID(chat), ident.AccountID(sender)
	return m, nil
}

// FindMessage returns nil if there is no message with this id.
func (tx *Tx) FindMessage(id ident.MessageID) (*Message, error) {
	return first(collect(tx, scanMessage, "SELECT "+messageColumns+" FROM message WHERE message_id = ?", id[:]))
}

// FindUnsupported returns the ids of messages that a later version of the app wrote.
func (tx *Tx) FindUnsupported() ([]ident.MessageID, error) {
	return collect(tx, func(row scanner) (ident.MessageID, error) {
		var id []byte
		err := row.Scan(&id)
		if err != nil {
			return ident.MessageID{}, err
		}
		return ident.MessageID(id), nil
	}, "SELECT message_id FROM message WHERE kind = 'unsupported'")
}

// FindMessageAt returns what stands at a place in the chat, nil if nothing does.
func (tx *Tx) FindMessageAt(chat ident.ChatID, sequence uint64) (*Message, error) {
	return first(collect(tx, scanMessage, "SELECT "+messageColumns+" FROM message WHERE chat = ? AND sort = ?",
		chat[:], int64(sequence)*sortStep))
}

// DeleteMessage removes a message.
func (tx *Tx) DeleteMessage(id ident.MessageID) error {
	return tx.exec("DELETE FROM message WHERE message_id = ?", id[:])
}

// CreateMessage stores a message: at its place if Sequence is set, else behind
// all others. One whose id is known is left alone, unless what is known is only
// a placeholder, which it fills; changed tells.
func (tx *Tx) CreateMessage(m *Message) (changed bool, err error) {
	m.Sort = int64(m.Sequence) * sortStep
	if m.Sequence == 0 {
		if m.Sort, err = tx.nextPending(); err != nil {
			return false, err
		}
	}
	return tx.changed(`INSERT INTO message (message_id, chat, sort, sequence, sender, mine, kind, text, sent_at, error,
		content, expires_after, written, counts, addressed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (message_id) DO UPDATE SET kind = excluded.kind, text = excluded.text, sender = excluded.sender,
		mine = excluded.mine, sent_at = excluded.sent_at, content = excluded.content, expires_after = excluded.expires_after,
		written = excluded.written, counts = excluded.counts, addressed = excluded.addressed WHERE kind = 'waiting' AND excluded.kind <> 'waiting'`,
		m.ID[:], m.Chat[:], m.Sort, int64(m.Sequence), m.Sender[:], m.Mine, m.Kind, m.Text, m.SentAt, m.Error,
		nullable(m.Content), int64(m.ExpiresAfter), IsWritten(m.Kind), countsAsUnread(m.Kind), m.Addressed)
}

// CreateNotice stores something the app tells, behind a place in the chat and what
// was told there before.
func (tx *Tx) CreateNotice(m *Message, behind uint64) error {
	first := int64(behind) * sortStep
	_, err := tx.one("SELECT coalesce(max(sort), ?) + 1 FROM message WHERE chat = ? AND sort >= ? AND sort < ?",
		[]any{first, m.Chat[:], first, first + sortStep - 1}, &m.Sort)
	if err != nil {
		return err
	}
	return tx.exec(`INSERT INTO message (message_id, chat, sort, sequence, sender, mine, kind, text, sent_at, error, content, counts)
		VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, '', ?, ?)`,
		m.ID[:], m.Chat[:], m.Sort, int64(max(m.Sequence, behind)), m.Sender[:], m.Kind, m.Text, m.SentAt,
		nullable(m.Content), countsAsUnread(m.Kind))
}

func (tx *Tx) nextPending() (int64, error) {
	var last int64
	_, err := tx.one("SELECT coalesce(max(sort), 0) FROM message WHERE sort >= ?", []any{int64(sortPending)}, &last)
	return max(last, sortPending) + 1, err
}

// PlaceMessage gives a message that was waiting its place at the relay.
func (tx *Tx) PlaceMessage(id ident.MessageID, sequence uint64, sentAt int64) error {
	return tx.exec("UPDATE message SET sort = ?, sequence = ?, sent_at = ?, error = '' WHERE message_id = ? AND sequence = 0",
		int64(sequence)*sortStep, int64(sequence), sentAt, id[:])
}

// MoveMessage moves a message of a sender to a later place: the relay lost it,
// and it was sent again. moved tells.
func (tx *Tx) MoveMessage(id ident.MessageID, sender ident.AccountID, sequence uint64, sentAt int64) (moved bool, err error) {
	return tx.changed("UPDATE message SET sort = ?, sequence = ?, sent_at = ? WHERE message_id = ? AND sender = ? AND sequence > 0 AND sequence < ? AND written = 1",
		int64(sequence)*sortStep, int64(sequence), sentAt, id[:], sender[:], int64(sequence))
}

// FindPins returns what was pinned and unpinned in a chat since a time, Unix
// milliseconds, in order: the last, at most limit.
func (tx *Tx) FindPins(chat ident.ChatID, since int64, limit int) ([]*Message, error) {
	return collect(tx, scanMessage, "SELECT "+messageColumns+` FROM (
		SELECT * FROM message INDEXED BY message_pin WHERE chat = ? AND kind = 'pin' AND sent_at >= ? AND error = '' ORDER BY sort DESC LIMIT ?) ORDER BY sort`,
		chat[:], since, limit)
}

// FindPinChats returns the chats in which something was ever pinned.
func (tx *Tx) FindPinChats() ([]ident.ChatID, error) {
	return collect(tx, func(row scanner) (id ident.ChatID, err error) {
		var chat []byte
		err = row.Scan(&chat)
		copy(id[:], chat)
		return id, err
	}, "SELECT DISTINCT chat FROM message INDEXED BY message_pin WHERE kind = 'pin'")
}

// FindOwnWritten returns what we wrote in a chat with a place behind a sequence, the
// earliest first.
func (tx *Tx) FindOwnWritten(chat ident.ChatID, behind uint64) ([]*Message, error) {
	return collect(tx, scanMessage, "SELECT "+messageColumns+` FROM message
		WHERE chat = ? AND sort >= ? AND sort < ? AND mine = 1 AND written = 1 ORDER BY sort`,
		chat[:], (int64(behind)+1)*sortStep, int64(sortPending))
}

// FindLastPlace returns the last sequence that a message of the chat has.
func (tx *Tx) FindLastPlace(chat ident.ChatID) (sequence uint64, err error) {
	_, err = tx.one("SELECT coalesce(max(sort), 0) / ? FROM message WHERE chat = ? AND sort < ?",
		[]any{sortStep, chat[:], int64(sortPending)}, &sequence)
	return sequence, err
}

// FailMessage marks a message that cannot be sent; an empty code marks it as
// waiting again.
func (tx *Tx) FailMessage(id ident.MessageID, code string) error {
	return tx.exec("UPDATE message SET error = ? WHERE message_id = ?", code, id[:])
}

// MessagePage selects messages of a chat.
type MessagePage struct {
	Chat ident.ChatID
	// Before and After bound the sort, exclusive; 0 for no bound.
	Before, After int64
	Limit         int
}

// FindMessages returns a page in ascending order: the latest that fit, or, with
// After, the earliest.
func (tx *Tx) FindMessages(p MessagePage) ([]*Message, error) {
	before := p.Before
	if before == 0 {
		before = 1 << 62
	}
	direction := "DESC"
	if p.After != 0 {
		direction = "ASC"
	}
	return collect(tx, scanMessage, "SELECT "+messageColumns+` FROM (
		SELECT * FROM message WHERE chat = ? AND sort < ? AND sort > ? ORDER BY sort `+direction+` LIMIT ?) ORDER BY sort`,
		p.Chat[:], before, p.After, p.Limit)
}

// FindSort returns the sort behind which messages come that were sent at a time or later,
// Unix milliseconds: with a place, the relay's times follow the order.
func (tx *Tx) FindSort(chat ident.ChatID, since int64) (sort int64, err error) {
	_, err = tx.one(`SELECT coalesce((SELECT sort FROM message WHERE chat = ? AND sent_at >= ? ORDER BY sent_at LIMIT 1), ?) - 1`,
		[]any{chat[:], since, int64(1 << 61)}, &sort)
	return sort, err
}

// FindMessagesInRange returns the messages of a chat that have a place between
// two sequences, both included, the latest first.
func (tx *Tx) FindMessagesInRange(chat ident.ChatID, firstSequence, lastSequence uint64, limit int) ([]*Message, error) {
	return collect(tx, scanMessage, "SELECT "+messageColumns+` FROM message
		WHERE chat = ? AND sort >= ? AND sort < ? AND written = 1 ORDER BY sort DESC LIMIT ?`,
		chat[:], int64(firstSequence)*sortStep, (int64(lastSequence)+1)*sortStep, limit)
}

// FindOwnBetween returns our own messages with a place in a range, the lower
// end excluded: those whose receipts changed.
func (tx *Tx) FindOwnBetween(chat ident.ChatID, behind, upTo uint64) ([]*Message, error) {
	return collect(tx, scanMessage, "SELECT "+messageColumns+` FROM message
		WHERE chat = ? AND sort > ? AND sort <= ? AND mine = 1 AND sequence > ?`,
		chat[:], int64(behind)*sortStep, int64(upTo)*sortStep, int64(behind))
}

// Hit is a message that was searched for, with an excerpt in which matches
// stand between MatchStart and MatchEnd.
type Hit struct {
	Message *Message
	Excerpt string
}

// Marks around matches in an excerpt; private-use characters, which search
// texts do not contain.
const (
	MatchStart = "\ue000"
	MatchEnd   = "\ue001"
)

// Search returns messages that have all the words, the latest first; the last
// word may be a beginning. chat may be nil for all chats.
func (tx *Tx) Search(words []string, chat *ident.ChatID, limit int) ([]Hit, error) {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = `"` + strings.ReplaceAll(w, `"`, `""`) + `"`
	}
	args := []any{strings.Join(quoted, " ") + "*"}
	where := ""
	if chat != nil {
		where = "AND chat = ?"
		args = append(args, chat[:])
	}
	return collect(tx, scanHit, `SELECT m.id, message_id, chat, sort, sequence, sender, mine, kind, m.text, sent_at, content, original, expires_after, amended, addressed, error,
		snippet(message_text, 0, '`+MatchStart+`', '`+MatchEnd+`', '…', 16)
		FROM message_text JOIN message m ON m.id = message_text.rowid
		WHERE message_text MATCH ? `+where+` ORDER BY sent_at DESC LIMIT ?`, append(args, limit)...)
}

func scanHit(row scanner) (Hit, error) {
	var h Hit
	m, err := scanMessage(excerptScanner{row, &h.Excerpt})
	h.Message = m
	return h, err
}

// excerptScanner scans one more column behind those of a message.
type excerptScanner struct {
	row     scanner
	excerpt *string
}

func (s excerptScanner) Scan(into ...any) error { return s.row.Scan(append(into, s.excerpt)...) }
