package ident

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"slices"
	"time"
)

const (
	deviceListVersion = 1
	// MaxListedDevices bounds a DeviceList.
	MaxListedDevices = 32
)

// deviceListContext keeps signatures of device lists apart from all others.
const deviceListContext = "parley device list v1\x00"

// ErrDeviceList is the error for a device list that is malformed or not signed
// by the account key inside it.
var ErrDeviceList = errors.New("invalid device list")

// DeviceList says which devices an account has; the account key signs it. A
// certificate says that a device was once let in, the list which of those still
// are: so a relay cannot bring back a device that was logged out (X6, M15).
type DeviceList struct {
	Account    AccountID
	AccountKey ed25519.PublicKey
	// Serial is of one series with those of certificates: the list judges all
	// certificates up to it, and replaces the lists below it.
	Serial uint64
	// Issued has whole seconds.
	Issued    time.Time
	Devices   []DeviceID
	Signature []byte
}

// Revokes reports whether a certificate is of a device that the account has
// logged out. It knows nothing about certificates of another account key, nor
// about those issued after the list.
func (l *DeviceList) Revokes(c *Certificate) bool {
	return l.Account == c.Account && l.AccountKey.Equal(c.AccountKey) && c.Serial <= l.Serial && !slices.Contains(l.Devices, c.Device)
}

// Replaces reports whether l is to be taken in place of before, which may be nil:
// it is of another account key or of a higher serial.
func (l *DeviceList) Replaces(before *DeviceList) bool {
	return before == nil || !l.AccountKey.Equal(before.AccountKey) || l.Serial > before.Serial
}

// Sign fills in AccountKey and Signature with the account's private key.
func (l *DeviceList) Sign(account ed25519.PrivateKey) {
	l.AccountKey = account.Public().(ed25519.PublicKey)
	l.Signature = ed25519.Sign(account, append([]byte(deviceListContext), l.content()...))
}

// content is what is signed: every field but the signature.
func (l *DeviceList) content() []byte {
	b := []byte{deviceListVersion}
	b = append(b, l.Account[:]...)
	b = append(b, l.AccountKey...)
	b = binary.BigEndian.AppendUint64(b, l.Serial)
	b = binary.BigEndian.AppendUint64(b, uint64(l.Issued.Unix()))
	b = append(b, byte(len(l.Devices)))
	for _, d := range l.Devices {
		b = append(b, d[:]...)
	}
	return b
}

// Marshal returns the encoding of a signed list.
func (l *DeviceList) Marshal() []byte { return append(l.content(), l.Signature...) }

// ParseDeviceList reads and verifies a list. What it accepts marshals to the
// same bytes. Whether the account key inside is the right one, the caller must
// know. The error is ErrDeviceList.
func ParseDeviceList(b []byte) (*DeviceList, error) {
	r := reader{rest: b}
	version := r.byte()
	l := new(DeviceList)
	copy(l.Account[:], r.take(IDSize))
	l.AccountKey = r.take(ed25519.PublicKeySize)
	l.Serial = r.uint64()
	issued := r.uint64()
	l.Issued = time.Unix(int64(issued), 0).UTC()
	n := int(r.byte())
	if version != deviceListVersion || issued>>40 != 0 || n > MaxListedDevices {
		return nil, ErrDeviceList
	}
	for range n {
		l.Devices = append(l.Devices, DeviceID(r.take(IDSize)))
	}
	l.Signature = r.take(ed25519.SignatureSize)
	if r.failed || len(r.rest) != 0 ||
		!ed25519.Verify(l.AccountKey, append([]byte(deviceListContext), l.content()...), l.Signature) {
		return nil, ErrDeviceList
	}
	return l, nil
}
