package sqlite

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
		Conversation:  idBytes[ident.ConversationID](c.conversation),
		Sequence:      uint64(c.sequence),
		Kind:          wire.EntryKind(c.kind),
		SenderAccount: idBytes[ident.AccountID](c.account),
		SenderDevice:  idBytes[ident.DeviceID](c.device),
		ID:            idBytes[ident.MessageID](c.id),
		Epoch:         uint64(c.epoch),
		Time:          time.UnixMilli(c.time),
		Former:        uint64(c.former),
	}
}

// FindEntryByMessage implements store.Reader.
func (t *tx) FindEntryByMessage(id ident.ConversationID, message ident.MessageID) (store.Entry, error) {
	var c entryColumns
	if err := t.row("findEntryByMessage", id[:], message[:]).Scan(c.dest()...); err != nil {
		return store.Entry{}, asStoreError(err)
	}
	return c.entry(), nil
}

func scanFeedEntry(row scanner) (store.FeedEntry, error) {
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

// PullFeed implements store.Reader.
func (t *tx) PullFeed(account ident.AccountID, after uint64, limit, maxBytes int) ([]store.FeedEntry, error) {
	st, err := t.statement("pullFeed")
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(t.ctx, account[:], int64(after), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var entries []store.FeedEntry
	for size := 0; rows.Next(); {
		e, err := scanFeedEntry(rows)
		if err != nil {
			return nil, err
		}
		if size += len(e.Message) + len(e.Welcome); size > maxBytes && len(entries) > 0 {
			break
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

// AppendEntry implements store.Tx.
func (t *tx) AppendEntry(e *store.Entry) ([]store.Place, error) {
	t.wrote = true
	var sequence int64
	ms := e.Time.UnixMilli()
	if err := t.row("nextSequence", ms, e.Conversation[:]).Scan(&sequence); err != nil {
		return nil, asStoreError(err)
	}
	e.Sequence = uint64(sequence)
	account, device := senderColumns(e)
	result, err := t.exec("createEntry", e.Conversation[:], sequence, int64(e.Kind), account, device, e.ID[:],
		int64(e.Epoch), ms, e.Message, e.Welcome, int64(e.Former))
	if err != nil {
		return nil, err
	}
	row, err := result.LastInsertId()
	if err != nil {
		return nil, err
	}
	return t.addToFeeds(e, row)
}

// senderColumns returns the sender of an entry; the relay itself is empty.
func senderColumns(e *store.Entry) (account, device []byte) {
	if e.SenderDevice.IsZero() {
		return []byte{}, []byte{}
	}
	return e.SenderAccount[:], e.SenderDevice[:]
}

// addToFeeds points the feeds of a conversation's accounts to an entry. A message does
// not come to an account that blocks its sender; what changes the group must.
func (t *tx) addToFeeds(e *store.Entry, row int64) ([]store.Place, error) {
	everybody := e.Kind != wire.EntryApplication
	places, err := list(t, func(row scanner) (p store.Place, err error) {
		var account []byte
		var position int64
		err = row.Scan(&account, &position)
		p.Account, p.Position = idBytes[ident.AccountID](account), uint64(position)
		return p, err
	}, "nextPositions", e.Conversation[:], e.SenderAccount[:], everybody)
	if err != nil {
		return nil, err
	}
	return places, t.do("createFeedRows", e.Conversation[:], row, e.SenderAccount[:], everybody)
}
