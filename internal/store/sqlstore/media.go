package sqlstore

import (
	"time"

	"parley/ident"
	"parley/internal/store"
)

// CreateMedia implements store.Tx.
func (t *Tx) CreateMedia(m store.Media) error {
	return t.Do("createMedia", m.ID[:], m.Account[:], m.Size, m.Created.UnixMilli())
}

// FindMedia implements store.Reader.
func (t *Tx) FindMedia(id store.MediaID) (store.Media, error) {
	m := store.Media{ID: id}
	var account []byte
	var created, used int64
	err := t.Row("findMedia", id[:]).Scan(&account, &m.Size, &m.Hash, &created, &used)
	if err != nil {
		return store.Media{}, err
	}
	m.Created, m.Used = time.UnixMilli(created), time.UnixMilli(used)
	m.Account, err = ident.IDFromBytes[ident.AccountID](account)
	return m, err
}

// SumMedia implements store.Reader.
func (t *Tx) SumMedia(account ident.AccountID) (n int64, err error) {
	err = t.Row("sumMedia", account[:]).Scan(&n)
	return n, err
}

// FinishMedia implements store.Tx.
func (t *Tx) FinishMedia(id store.MediaID, hash []byte, at time.Time) error {
	return t.Do("finishMedia", id[:], hash, at.UnixMilli())
}

// TouchMedia implements store.Tx.
func (t *Tx) TouchMedia(id store.MediaID, at time.Time) error {
	return t.Do("touchMedia", id[:], at.UnixMilli())
}

// DeleteMedia implements store.Tx.
func (t *Tx) DeleteMedia(id store.MediaID) error { return t.Do("deleteMedia", id[:]) }

// CountMediaBefore implements store.Reader.
func (t *Tx) CountMediaBefore(finished, unfinished time.Time) (n int, err error) {
	err = t.Row("countMediaBefore", finished.UnixMilli(), unfinished.UnixMilli()).Scan(&n)
	return n, err
}

// ListMediaBefore implements store.Reader.
func (t *Tx) ListMediaBefore(finished, unfinished time.Time, limit int) ([]store.MediaID, error) {
	return List(t, func(s Scanner) (id store.MediaID, err error) {
		var b []byte
		if err = s.Scan(&b); err == nil {
			copy(id[:], b)
		}
		return id, err
	}, "listMediaBefore", finished.UnixMilli(), unfinished.UnixMilli(), limit)
}
