package sqlite

import (
	"database/sql"
	"time"

	"parley/ident"
	"parley/internal/store/sqlstore"
)

// PruneAccount implements store.Tx.
func (t *tx) PruneAccount(id ident.AccountID, limit int) (int, error) {
	var head int64
	var slowest sql.NullInt64
	if err := t.Row("findPruneState", id[:]).Scan(&head, &slowest); err != nil {
		return 0, err
	}
	to := head
	if slowest.Valid {
		to = slowest.Int64
	}
	var n int
	if err := t.Row("findPruneEnd", id[:], to, limit).Scan(&n, &to); err != nil || n == 0 {
		return 0, err
	}
	acked, err := sqlstore.List(t, scanProgress, "listFullyAcked", id[:], to)
	if err != nil {
		return 0, err
	}
	if err := t.Do("keepHead", id[:], to); err != nil {
		return 0, err
	}
	if err := t.Do("pruneFeed", id[:], to); err != nil {
		return 0, err
	}
	return n, t.raiseAcked(id, acked)
}

// raiseAcked notes how far an account has come in conversations, and removes
// what all their accounts have.
func (t *tx) raiseAcked(id ident.AccountID, acked []progress) error {
	for _, p := range acked {
		if err := t.Do("raiseAcked", p.conversation[:], id[:], p.sequence); err != nil {
			return err
		}
		if err := t.Do("pruneEntries", p.conversation[:]); err != nil {
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
	err = t.Row("countEntriesBefore", first).Scan(&n)
	return n, err
}

// firstEntrySince is the number of the first entry that stays: they are
// numbered in the order of their times.
func (t *tx) firstEntrySince(at time.Time) (first int64, err error) {
	err = t.Row("findFirstEntrySince", at.UnixMilli()).Scan(&first)
	return first, err
}

// DeleteEntriesBefore implements store.Tx.
func (t *tx) DeleteEntriesBefore(at time.Time) (int, error) {
	first, err := t.firstEntrySince(at)
	if err != nil {
		return 0, err
	}
	if err := t.Do("keepHeadsBefore", first); err != nil {
		return 0, err
	}
	if err := t.Do("deleteFeedBefore", first); err != nil {
		return 0, err
	}
	result, err := t.exec("deleteEntriesBefore", first)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}
