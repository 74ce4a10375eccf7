package relay

import (
	"bytes"
	"errors"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// checkCertificate reads a certificate that must be for a device of the
// account and signed by the account's key. The error is CERTIFICATE_INVALID.
func checkCertificate(encoded []byte, account ident.AccountID, key []byte, primary bool) (*ident.Certificate, error) {
	c, err := ident.ParseCertificate(encoded)
	if err != nil || c.Account != account || !bytes.Equal(c.AccountKey, key) || c.Primary != primary || c.Device.IsZero() {
		return nil, refuse(wire.ErrorCertificateInvalid)
	}
	return c, nil
}

// refuseKnownDevice refuses the id of a device that exists or has existed.
func refuseKnownDevice(r store.Reader, id ident.DeviceID) error {
	_, err := r.FindDevice(id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err == nil:
		return refuse(wire.ErrorCertificateInvalid)
	}
	return err
}

// isStored reports whether a present device has this very certificate.
func isStored(r store.Reader, id ident.DeviceID, certificate []byte) (bool, error) {
	device, err := r.FindDevice(id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && !device.Removed && bytes.Equal(device.Certificate, certificate), err
}

// createDevice stores the device of a checked certificate, which linkedBy has
// linked if it is not zero. Its feed begins at the account's present head.
func (r *Relay) createDevice(tx store.Tx, c *ident.Certificate, encoded []byte, linkedBy ident.DeviceID, now time.Time) error {
	account, err := tx.FindAccount(c.Account)
	if err != nil {
		return err
	}
	return tx.CreateDevice(store.Device{
		ID: c.Device, Account: c.Account, Certificate: encoded, Key: c.DeviceKey, Primary: c.Primary,
		Created: now, LastActive: now, Cursor: account.Head, LinkedBy: linkedBy,
	})
}
