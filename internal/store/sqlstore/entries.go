package sqlstore

import (
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// entryColumns holds the columns of an entry while they are scanned.
type entryColumns struct {
	conversation, account, device, id   []byte
	sequence, kind, epoch, time, former int64
}

func (c *entryColumns) dest() []any {
	return []any{&c.conversation, &c.sequence, &c.kind, &c.account, &c.device, &c.id, &c.epoch, &c.time, &c.former}
}

func (c *entryColumns) entry() store.Entry {
	return store.Entry{
		Conversation:  ID[ident.ConversationID](c.conversation),
		Sequence:      uint64(c.sequence),
		Kind:          wire.EntryKind(c.kind),
		SenderAccount: ID[ident.AccountID](c.account),
		SenderDevice:  ID[ident.DeviceID](c.device),
		ID:            ID[ident.MessageID](c.id),
		Epoch:         uint64(c.epoch),
		Time:          time.UnixMilli(c.time),
		Former:        uint64(c.former),
	}
}

// FindEntryByMessage implements store.Reader.
func (t *Tx) FindEntryByMessage(id ident.ConversationID, message ident.MessageID) (store.Entry, error) {
	var c entryColumns
	if err := t.Row("findEntryByMessage", id[:], message[:]).Scan(c.dest()...); err != nil {
		return store.Entry{}, err
	}
	return c.entry(), nil
}

// ScanFeedEntry reads an entry as it stands in a feed: its position, the kind of its
// conversation, its columns, its message and its Welcome.
func ScanFeedEntry(row Scanner) (store.FeedEntry, error) {
	var c entryColumns
	var position, kind int64
	var message, welcome []byte
	dest := append([]any{&position, &kind}, c.dest()...)
	if err := row.Scan(append(dest, &message, &welcome)...); err != nil {
		return store.FeedEntry{}, err
	}
	e := store.FeedEntry{Entry: c.entry(), Position: uint64(position), Kind: wire.ConversationKind(kind)}
	e.Message, e.Welcome = message, welcome
	return e, nil
}

// ScanPlace reads where an entry has come to stand in a feed.
func ScanPlace(row Scanner) (p store.Place, err error) {
	var account []byte
	var position int64
	err = row.Scan(&account, &position)
	p.Account, p.Position = ID[ident.AccountID](account), uint64(position)
	return p, err
}
