package sqlite

import (
	"errors"

	"parley/ident"
	"parley/internal/store"
	"parley/internal/store/sqlstore"
	"parley/wire"
)

// PullFeed implements store.Reader.
func (t *tx) PullFeed(account ident.AccountID, after uint64, limit, maxBytes int) ([]store.FeedEntry, error) {
	var entries []store.FeedEntry
	size := 0
	err := t.Each(func(row sqlstore.Scanner) error {
		e, err := sqlstore.ScanFeedEntry(row)
		if err != nil {
			return err
		}
		if size += len(e.Message) + len(e.Welcome); size > maxBytes && len(entries) > 0 {
			return errEnough
		}
		entries = append(entries, e)
		return nil
	}, "pullFeed", account[:], int64(after), limit)
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return entries, nil
}

// errEnough ends a reading before its last row.
var errEnough = errors.New("no more rows are wanted")

// AppendEntry implements store.Tx.
func (t *tx) AppendEntry(e *store.Entry) ([]store.Place, error) {
	var sequence, kind int64
	ms := e.Time.UnixMilli()
	if err := t.Change("nextSequence", ms, e.Conversation[:]).Scan(&sequence, &kind); err != nil {
		return nil, err
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
	if err := t.NoteWriter(e, wire.ConversationKind(kind)); err != nil {
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
	places, err := sqlstore.List(t, sqlstore.ScanPlace, "nextPositions", e.Conversation[:], e.SenderAccount[:], everybody)
	if err != nil {
		return nil, err
	}
	return places, t.Do("createFeedRows", e.Conversation[:], row, e.SenderAccount[:], everybody)
}
