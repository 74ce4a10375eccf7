package sqlite

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

// RemoveDevice implements store.Tx.
func (t *tx) RemoveDevice(id ident.DeviceID, at time.Time, reason wire.LogoutReason) error {
	if err := t.do("removeDevice", at.UnixMilli(), int64(reason), id[:]); err != nil {
		return err
	}
	for _, name := range []string{"deleteKeyPackages", "deleteLastResort", "countRemovals"} {
		if err := t.do(name, id[:]); err != nil {
			return err
		}
	}
	return nil
}

// TouchDevice implements store.Tx.
func (t *tx) TouchDevice(id ident.DeviceID, at time.Time, address string) error {
	return t.do("touchDevice", at.UnixMilli(), address, id[:])
}

// WarnDevice implements store.Tx.
func (t *tx) WarnDevice(id ident.DeviceID, at time.Time) error {
	return t.do("warnDevice", at.UnixMilli(), id[:])
}

// CountKeyPackages implements store.Reader.
func (t *tx) CountKeyPackages(device ident.DeviceID) (int, error) {
	var n int
	err := t.row("countKeyPackages", device[:]).Scan(&n)
	return n, err
}

// AddKeyPackages implements store.Tx.
func (t *tx) AddKeyPackages(device ident.DeviceID, oneTime [][]byte, lastResort []byte, limit int) (int, error) {
	for _, keyPackage := range oneTime {
		if err := t.do("createKeyPackage", device[:], keyPackage); err != nil {
			return 0, err
		}
	}
	if err := t.do("trimKeyPackages", device[:], limit); err != nil {
		return 0, err
	}
	if len(lastResort) > 0 {
		if err := t.do("putLastResort", device[:], lastResort); err != nil {
			return 0, err
		}
	}
	return t.CountKeyPackages(device)
}

// ClaimKeyPackage implements store.Tx.
func (t *tx) ClaimKeyPackage(device ident.DeviceID) ([]byte, error) {
	t.wrote = true
	var keyPackage []byte
	err := asStoreError(t.row("claimKeyPackage", device[:]).Scan(&keyPackage))
	if errors.Is(err, store.ErrNotFound) {
		err = asStoreError(t.row("findLastResort", device[:]).Scan(&keyPackage))
	}
	return keyPackage, err
}
