package postgres

import (
	"crypto/ed25519"
	"errors"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

func scanDevice(row scanner) (store.Device, error) {
	var d store.Device
	var id, account, key, linkedBy []byte
	var created, active, cursor, warned int64
	err := row.Scan(&id, &account, &d.Certificate, &key, &d.Primary, &created, &active, &cursor,
		&d.Address, &linkedBy, &warned, &d.RemovedFor, &d.Removed)
	if err != nil {
		return store.Device{}, err
	}
	if len(linkedBy) > 0 {
		d.LinkedBy = idBytes[ident.DeviceID](linkedBy)
	}
	d.Warned = time.UnixMilli(warned)
	d.ID, d.Account, d.Key = idBytes[ident.DeviceID](id), idBytes[ident.AccountID](account), ed25519.PublicKey(key)
	d.Created, d.LastActive, d.Cursor = time.UnixMilli(created), time.UnixMilli(active), uint64(cursor)
	return d, nil
}

// FindDevice implements store.Reader.
func (t *tx) FindDevice(id ident.DeviceID) (store.Device, error) {
	d, err := scanDevice(t.row("findDevice", id[:]))
	return d, asStoreError(err)
}

// ListDevices implements store.Reader.
func (t *tx) ListDevices(account ident.AccountID) ([]store.Device, error) {
	return list(t, scanDevice, "listDevices", account[:])
}

// CreateDevice implements store.Tx.
func (t *tx) CreateDevice(d store.Device) error {
	return t.do("createDevice", d.ID[:], d.Account[:], d.Certificate, []byte(d.Key), d.Primary,
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
func (t *tx) SetPrimary(id ident.DeviceID, primary bool, certificate []byte) error {
	return t.do("setPrimary", primary, certificate, id[:])
}

// RemoveDevice implements store.Tx.
func (t *tx) RemoveDevice(id ident.DeviceID, at time.Time, reason wire.LogoutReason) error {
	if err := t.do("removeDevice", at.UnixMilli(), int64(reason), id[:]); err != nil {
		return err
	}
	for _, name := range []string{"deleteKeyPackages", "deleteLastResort", "deleteHistoryChunks", "countRemovals"} {
		if err := t.do(name, id[:]); err != nil {
			return err
		}
	}
	return t.DeletePushSubscription(id, "")
}

// TouchDevice implements store.Tx.
func (t *tx) TouchDevice(id ident.DeviceID, at time.Time, address string) error {
	return t.do("touchDevice", at.UnixMilli(), address, id[:])
}

// WarnDevice implements store.Tx.
func (t *tx) WarnDevice(id ident.DeviceID, at time.Time) error {
	return t.do("warnDevice", at.UnixMilli(), id[:])
}

type keyPackageCount struct {
	suite uint16
	left  int
}

func scanKeyPackageCount(row scanner) (c keyPackageCount, err error) {
	err = row.Scan(&c.suite, &c.left)
	return c, err
}

// CountKeyPackages implements store.Reader.
func (t *tx) CountKeyPackages(device ident.DeviceID) (map[uint16]int, error) {
	counts, err := list(t, scanKeyPackageCount, "countKeyPackages", device[:])
	left := make(map[uint16]int, len(counts))
	for _, c := range counts {
		left[c.suite] = c.left
	}
	return left, err
}

// AddKeyPackages implements store.Tx.
func (t *tx) AddKeyPackages(device ident.DeviceID, suite uint16, oneTime [][]byte, lastResort []byte, limit int) (int, error) {
	for _, keyPackage := range oneTime {
		if err := t.do("createKeyPackage", device[:], int64(suite), keyPackage); err != nil {
			return 0, err
		}
	}
	if err := t.do("trimKeyPackages", device[:], int64(suite), limit); err != nil {
		return 0, err
	}
	if len(lastResort) > 0 {
		if err := t.do("putLastResort", device[:], int64(suite), lastResort); err != nil {
			return 0, err
		}
	}
	left, err := t.CountKeyPackages(device)
	return left[suite], err
}

// ClaimKeyPackage implements store.Tx.
func (t *tx) ClaimKeyPackage(device ident.DeviceID, suite uint16) ([]byte, error) {
	t.wrote = true
	var keyPackage []byte
	err := asStoreError(t.row("claimKeyPackage", device[:], int64(suite)).Scan(&keyPackage))
	if errors.Is(err, store.ErrNotFound) {
		err = asStoreError(t.row("findLastResort", device[:], int64(suite)).Scan(&keyPackage))
	}
	return keyPackage, err
}
