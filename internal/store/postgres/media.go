package postgres

import (
	"time"

	"parley/ident"
	"parley/internal/store"
)

// CreateMedia implements store.Tx.
func (t *tx) CreateMedia(m store.Media) error {
	return t.do("createMedia", m.ID[:], m.Account[:], m.Size, m.Created.UnixMilli())
}

// FindMedia implements store.Reader.
func (t *tx) FindMedia(id store.MediaID) (store.Media, error) {
	m := store.Media{ID: id}
	var account []byte
	var created, used int64
	err := t.row("findMedia", id[:]).Scan(&account, &m.Size, &m.Hash, &created, &used)
	if err != nil {
		return store.Media{}, asStoreError(err)
	}
	m.Created, m.Used = time.UnixMilli(created), time.UnixMilli(used)
	m.Account, err = ident.IDFromBytes[ident.AccountID](account)
	return m, err
}

// SumMedia implements store.Reader.
func (t *tx) SumMedia(account ident.AccountID) (n int64, err error) {
	err = t.row("sumMedia", account[:]).Scan(&n)
	return n, err
}

// FinishMedia implements store.Tx.
func (t *tx) FinishMedia(id store.MediaID, hash []byte, at time.Time) error {
	return t.do("finishMedia", id[:], hash, at.UnixMilli())
}

// TouchMedia implements store.Tx.
func (t *tx) TouchMedia(id store.MediaID, at time.Time) error {
	return t.do("touchMedia", id[:], at.UnixMilli())
}

// DeleteMedia implements store.Tx.
func (t *tx) DeleteMedia(id store.MediaID) error { return t.do("deleteMedia", id[:]) }

// CountMediaBefore implements store.Reader.
func (t *tx) CountMediaBefore(finished, unfinished time.Time) (n int, err error) {
	err = t.row("countMediaBefore", finished.UnixMilli(), unfinished.UnixMilli()).Scan(&n)
	return n, err
}

// ListMediaBefore implements store.Reader.
func (t *tx) ListMediaBefore(finished, unfinished time.Time, limit int) ([]store.MediaID, error) {
	return list(t, func(s scanner) (id store.MediaID, err error) {
		var b []byte
		if err = s.Scan(&b); err == nil {
			copy(id[:], b)
		}
		return id, err
	}, "listMediaBefore", finished.UnixMilli(), unfinished.UnixMilli(), limit)
}
