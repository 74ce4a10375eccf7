package postgres

import (
	"time"

	"parley/ident"
	"parley/internal/store/sqlstore"
)

// PruneAccount implements store.Tx.
func (t *tx) PruneAccount(id ident.AccountID, limit int) (int, error) {
	var n int
	var conversations [][]byte
	var sequences []int64
	_, err := sqlstore.List(t, func(row sqlstore.Scanner) (none struct{}, err error) {
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
	if err := t.Do("raiseAcked", id[:], conversations, sequences); err != nil {
		return 0, err
	}
	return n, t.Do("pruneEntries", conversations)
}

// CountEntriesBefore implements store.Reader.
func (t *tx) CountEntriesBefore(at time.Time) (n int, err error) {
	err = t.Row("countEntriesBefore", at.UnixMilli()).Scan(&n)
	return n, err
}

// DeleteEntriesBefore implements store.Tx.
func (t *tx) DeleteEntriesBefore(at time.Time) (n int, err error) {
	if err := t.Do("deleteFeedBefore", at.UnixMilli()); err != nil {
		return 0, err
	}
	err = t.Row("deleteEntriesBefore", at.UnixMilli()).Scan(&n)
	return n, err
}
