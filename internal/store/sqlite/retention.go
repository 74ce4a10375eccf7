package sqlite

import (
	"database/sql"
	"errors"
	"time"

	"parley/ident"
	"parley/internal/store"
)

// PruneAccount implements store.Tx.
func (t *tx) PruneAccount(id ident.AccountID, limit int) (int, error) {
	var head int64
	var slowest sql.NullInt64
	if err := t.row("findPruneState", id[:]).Scan(&head, &slowest); err != nil {
		return 0, asStoreError(err)
	}
	to := head
	if slowest.Valid {
		to = slowest.Int64
	}
	var n int
	if err := t.row("findPruneEnd", id[:], to, limit).Scan(&n, &to); err != nil || n == 0 {
		return 0, err
	}
	acked, err := list(t, scanProgress, "listFullyAcked", id[:], to)
	if err != nil {
		return 0, err
	}
	if err := t.do("pruneFeed", id[:], to); err != nil {
		return 0, err
	}
	return n, t.raiseAcked(id, acked)
}

// raiseAcked notes how far an account has come in conversations, and removes
// what all their accounts have.
func (t *tx) raiseAcked(id ident.AccountID, acked []progress) error {
	for _, p := range acked {
		if err := t.do("raiseAcked", p.conversation[:], id[:], p.sequence); err != nil {
			return err
		}
		if err := t.do("pruneEntries", p.conversation[:]); err != nil {
			return err
		}
	}
	return nil
}

// CountEntriesBefore implements store.Reader.
func (t *tx) CountEntriesBefore(at time.Time) (int, error) {
	first, err := t.firstEntrySince(at)
	if err != nil {
		return 0, err
	}
	var n int
	err = t.row("countEntriesBefore", first).Scan(&n)
	return n, err
}

// firstEntrySince is the number of the first entry that stays: they are
// numbered in the order of their times.
func (t *tx) firstEntrySince(at time.Time) (first int64, err error) {
	err = t.row("findFirstEntrySince", at.UnixMilli()).Scan(&first)
	return first, err
}

// DeleteEntriesBefore implements store.Tx.
func (t *tx) DeleteEntriesBefore(at time.Time) (int, error) {
	first, err := t.firstEntrySince(at)
	if err != nil {
		return 0, err
	}
	if err := t.do("deleteFeedBefore", first); err != nil {
		return 0, err
	}
	result, err := t.exec("deleteEntriesBefore", first)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
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
	if errors.Is(err, sql.ErrNoRows) || err == nil && last == 0 {
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
