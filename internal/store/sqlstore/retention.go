package sqlstore

import (
	"errors"
	"time"

	"parley/ident"
	"parley/internal/store"
)

// CountCodesBefore implements store.Reader.
func (t *Tx) CountCodesBefore(at time.Time) (n int, err error) {
	err = t.Row("countCodesBefore", at.UnixMilli()).Scan(&n)
	return n, err
}

// DeleteCodesBefore implements store.Tx.
func (t *Tx) DeleteCodesBefore(at time.Time) error {
	return errors.Join(t.Do("deleteCodesBefore", at.UnixMilli()), t.Do("deleteMailCodesBefore", at.UnixMilli()))
}

// ListSilent implements store.Reader.
func (t *Tx) ListSilent(primary, linked time.Time, after ident.AccountID, limit int) ([]ident.AccountID, error) {
	return List(t, scanID[ident.AccountID], "listSilent", after[:], primary.UnixMilli(), linked.UnixMilli(), limit)
}

// FindServing implements store.Reader.
func (t *Tx) FindServing() (store.Serving, error) {
	var since, last int64
	err := t.Row("findServing").Scan(&since, &last)
	if errors.Is(err, store.ErrNotFound) || err == nil && last == 0 {
		return store.Serving{}, nil
	}
	return store.Serving{Since: time.UnixMilli(since), Last: time.UnixMilli(last)}, err
}

// NoteServing implements store.Tx.
func (t *Tx) NoteServing(at time.Time, outage time.Duration) error {
	return t.Do("noteServing", at.UnixMilli(), outage.Milliseconds())
}

// ListPrunable implements store.Reader.
func (t *Tx) ListPrunable(after ident.AccountID, limit int) (accounts []ident.AccountID, last ident.AccountID, err error) {
	last = after
	_, err = List(t, func(row Scanner) (none struct{}, err error) {
		var id []byte
		var prunable bool
		err = row.Scan(&id, &prunable)
		last = ID[ident.AccountID](id)
		if prunable {
			accounts = append(accounts, last)
		}
		return none, err
	}, "listPrunable", after[:], limit)
	return accounts, last, err
}
