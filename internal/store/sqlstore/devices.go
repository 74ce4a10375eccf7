package sqlstore

import (
	"crypto/ed25519"
	"errors"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

func scanDevice(row Scanner) (store.Device, error) {
	var d store.Device
	var id, account, key, linkedBy []byte
	var created, active, cursor, warned int64
	err := row.Scan(&id, &account, &d.Certificate, &key, &d.Primary, &created, &active, &cursor,
		&d.Address, &linkedBy, &warned, &d.RemovedFor, &d.Removed)
	if err != nil {
		return store.Device{}, err
	}
	if len(linkedBy) > 0 {
		d.LinkedBy = ID[ident.DeviceID](linkedBy)
	}
	d.Warned = time.UnixMilli(warned)
	d.ID, d.Account, d.Key = ID[ident.DeviceID](id), ID[ident.AccountID](account), ed25519.PublicKey(key)
	d.Created, d.LastActive, d.Cursor = time.UnixMilli(created), time.UnixMilli(active), uint64(cursor)
	return d, nil
}

// FindDevice implements store.Reader.
func (t *Tx) FindDevice(id ident.DeviceID) (store.Device, error) {
	d, err := scanDevice(t.Row("findDevice", id[:]))
	return d, err
}

// FindStanding implements store.Reader.
func (t *Tx) FindStanding(id ident.DeviceID) (store.Standing, error) {
	s := store.Standing{KeyPackages: make(map[uint16]int)}
	found := false
	err := t.Each(func(row Scanner) error {
		found = true
		return scanStanding(row, &s)
	}, "findStanding", id[:])
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return s, err
}

// scanStanding reads the row of one suite.
func scanStanding(row Scanner, s *store.Standing) error {
	var account, key []byte
	var active, warned, primary int64
	var c keyPackageCount
	err := row.Scan(&account, &key, &s.Primary, &active, &warned, &primary, &s.Cursor, &s.Phone, &s.Head, &c.suite, &c.left)
	if err != nil {
		return err
	}
	s.Account, s.Key = ID[ident.AccountID](account), key
	s.LastActive, s.Warned, s.PrimaryActive = time.UnixMilli(active), time.UnixMilli(warned), time.UnixMilli(primary)
	if c.left > 0 {
		s.KeyPackages[c.suite] = c.left
	}
	return nil
}

// ListDevices implements store.Reader.
func (t *Tx) ListDevices(account ident.AccountID) ([]store.Device, error) {
	return List(t, scanDevice, "listDevices", account[:])
}

// CreateDevice implements store.Tx.
func (t *Tx) CreateDevice(d store.Device) error {
	return t.Do("createDevice", d.ID[:], d.Account[:], d.Certificate, []byte(d.Key), d.Primary,
		d.Created.UnixMilli(), d.LastActive.UnixMilli(), int64(d.Cursor), d.Address, optionalID(d.LinkedBy))
}

// optionalID is NULL for the zero id.
func optionalID(id ident.DeviceID) any {
	if id == (ident.DeviceID{}) {
		return nil
	}
	return id[:]
}

// SetPrimary implements store.Tx.
func (t *Tx) SetPrimary(id ident.DeviceID, primary bool, certificate []byte) error {
	return t.Do("setPrimary", primary, certificate, id[:])
}

// RemoveDevice implements store.Tx.
func (t *Tx) RemoveDevice(id ident.DeviceID, at time.Time, reason wire.LogoutReason) error {
	if err := t.Do("removeDevice", at.UnixMilli(), int64(reason), id[:]); err != nil {
		return err
	}
	for _, name := range []string{"deleteKeyPackages", "deleteLastResort", "deleteHistoryChunks", "countRemovals"} {
		if err := t.Do(name, id[:]); err != nil {
			return err
		}
	}
	return t.DeletePushSubscription(id, "")
}

// TouchDevice implements store.Tx.
func (t *Tx) TouchDevice(id ident.DeviceID, at time.Time, address string) error {
	return t.Do("touchDevice", at.UnixMilli(), address, id[:])
}

// WarnDevice implements store.Tx.
func (t *Tx) WarnDevice(id ident.DeviceID, at time.Time) error {
	return t.Do("warnDevice", at.UnixMilli(), id[:])
}

type keyPackageCount struct {
	suite uint16
	left  int
}

func scanKeyPackageCount(row Scanner) (c keyPackageCount, err error) {
	err = row.Scan(&c.suite, &c.left)
	return c, err
}

// CountKeyPackages implements store.Reader.
func (t *Tx) CountKeyPackages(device ident.DeviceID) (map[uint16]int, error) {
	counts, err := List(t, scanKeyPackageCount, "countKeyPackages", device[:])
	left := make(map[uint16]int, len(counts))
	for _, c := range counts {
		left[c.suite] = c.left
	}
	return left, err
}

// AddKeyPackages implements store.Tx.
func (t *Tx) AddKeyPackages(device ident.DeviceID, suite uint16, oneTime [][]byte, lastResort []byte, limit int) (int, error) {
	for _, keyPackage := range oneTime {
		if err := t.Do("createKeyPackage", device[:], int64(suite), keyPackage); err != nil {
			return 0, err
		}
	}
	if err := t.Do("trimKeyPackages", device[:], int64(suite), limit); err != nil {
		return 0, err
	}
	if len(lastResort) > 0 {
		if err := t.Do("putLastResort", device[:], int64(suite), lastResort); err != nil {
			return 0, err
		}
	}
	left, err := t.CountKeyPackages(device)
	return left[suite], err
}

// ClaimKeyPackage implements store.Tx.
func (t *Tx) ClaimKeyPackage(device ident.DeviceID, suite uint16) ([]byte, error) {
	var keyPackage []byte
	err := t.Change("claimKeyPackage", device[:], int64(suite)).Scan(&keyPackage)
	if errors.Is(err, store.ErrNotFound) {
		err = t.Row("findLastResort", device[:], int64(suite)).Scan(&keyPackage)
	}
	return keyPackage, err
}
