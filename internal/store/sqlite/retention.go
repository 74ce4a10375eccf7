package sqlite

import (
	"database/sql"
	"time"

	"parley/ident"
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

// DeleteEntriesBefore implements store.Tx. Entries are numbered in the order
// of their times, so all before the first one that stays go.
func (t *tx) DeleteEntriesBefore(at time.Time) (int, error) {
	var first int64
	if err := t.row("findFirstEntrySince", at.UnixMilli()).Scan(&first); err != nil {
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

// DeleteCodesBefore implements store.Tx.
func (t *tx) DeleteCodesBefore(at time.Time) error {
	return t.do("deleteCodesBefore", at.UnixMilli())
}
