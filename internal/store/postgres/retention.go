package postgres

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/ident"
	"parley/internal/store"
)

// PruneAccount implements store.Tx.
func (t *tx) PruneAccount(id ident.AccountID, limit int) (int, error) {
	t.wrote = true
	var n int
	var conversations [][]byte
	var sequences []int64
	_, err := list(t, func(row scanner) (none struct{}, err error) {
		var conversation []byte
		var sequence int64
		var places int
		err = row.Scan(&conversation, &sequence, &places)
		conversations, sequences = append(conversations, conversation), append(sequences, sequence)
		n += places
		return none, err
	}, "pruneFeed", id[:], limit)
	if err != nil || n == 0 {
		return 0, err
	}
	if err := t.do("raiseAcked", id[:], conversations, sequences); err != nil {
		return 0, err
	}
	return n, t.do("pruneEntries", conversations)
}

// CountEntriesBefore implements store.Reader.
func (t *tx) CountEntriesBefore(at time.Time) (n int, err error) {
	err = t.row("countEntriesBefore", at.UnixMilli()).Scan(&n)
	return n, err
}

// DeleteEntriesBefore implements store.Tx.
func (t *tx) DeleteEntriesBefore(at time.Time) (n int, err error) {
	if err := t.do("deleteFeedBefore", at.UnixMilli()); err != nil {
		return 0, err
	}
	err = t.row("deleteEntriesBefore", at.UnixMilli()).Scan(&n)
	return n, err
}

// CountCodesBefore implements store.Reader.
func (t *tx) CountCodesBefore(at time.Time) (n int, err error) {
	err = t.row("countCodesBefore", at.UnixMilli()).Scan(&n)
	return n, err
}

// ListSilent implements store.Reader.
func (t *tx) ListSilent(primary, linked time.Time, after ident.AccountID, limit int) ([]ident.AccountID, error) {
	return list(t, func(row scanner) (ident.AccountID, error) {
		var id []byte
		if err := row.Scan(&id); err != nil {
			return ident.AccountID{}, err
		}
		return idBytes[ident.AccountID](id), nil
	}, "listSilent", after[:], primary.UnixMilli(), linked.UnixMilli(), limit)
}

// FindServing implements store.Reader.
func (t *tx) FindServing() (store.Serving, error) {
	var since, last int64
	err := t.row("findServing").Scan(&since, &last)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && last == 0 {
		return store.Serving{}, nil
	}
	return store.Serving{Since: time.UnixMilli(since), Last: time.UnixMilli(last)}, err
}

// NoteServing implements store.Tx.
func (t *tx) NoteServing(at time.Time, outage time.Duration) error {
	return t.do("noteServing", at.UnixMilli(), outage.Milliseconds())
}

// DeleteCodesBefore implements store.Tx.
func (t *tx) DeleteCodesBefore(at time.Time) error {
	return errors.Join(t.do("deleteCodesBefore", at.UnixMilli()), t.do("deleteMailCodesBefore", at.UnixMilli()))
}
