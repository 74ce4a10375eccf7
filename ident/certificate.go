package ident

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"
)

// Platform says what a device runs on: metadata for people, never a branch in
// the protocol (M7).
type Platform string

// Platforms known so far; a device may name another of up to 16 letters.
const (
	PlatformWeb     Platform = "web"
	PlatformAndroid Platform = "android"
	PlatformIOS     Platform = "ios"
	PlatformWindows Platform = "windows"
	PlatformMacOS   Platform = "macos"
	PlatformLinux   Platform = "linux"
	PlatformCLI     Platform = "cli"
)

const (
	maxPlatform        = 16
	certificateVersion = 1
	// certificateFixed is the length without the platform's letters.
	certificateFixed = 1 + 1 + IDSize + ed25519.PublicKeySize + IDSize + ed25519.PublicKeySize +
		1 + sha256.Size + 8 + 8 + ed25519.SignatureSize
)

// signatureContext keeps certificate signatures apart from all others.
const signatureContext = "parley device certificate v1\x00"

// ErrCertificate is the error for a certificate that is malformed or not
// signed by the account key inside it.
var ErrCertificate = errors.New("invalid device certificate")

// Certificate says that a device belongs to an account; the account key signs
// it. It is the credential in the device's MLS leaf (DESIGN section 4).
type Certificate struct {
	Account    AccountID
	AccountKey ed25519.PublicKey
	Device     DeviceID
	// DeviceKey is the MLS signature key of the device; it also authenticates
	// the device to the relay.
	DeviceKey ed25519.PublicKey
	// Primary is set in the certificate of the device that holds the account key.
	Primary  bool
	Platform Platform
	// NameHash is SHA-256 over the name the device had when it was linked, so
	// that the relay does not learn it.
	NameHash [sha256.Size]byte
	// Serial grows with each certificate the account key signs.
	Serial uint64
	// Issued has whole seconds.
	Issued    time.Time
	Signature []byte
}

// NameHash returns the hash of a device name for a Certificate.
func NameHash(name string) [sha256.Size]byte {
	return sha256.Sum256([]byte("parley device name v1\x00" + name))
}

// Sign fills in AccountKey and Signature with the account's private key.
func (c *Certificate) Sign(account ed25519.PrivateKey) {
	c.AccountKey = account.Public().(ed25519.PublicKey)
	c.Signature = ed25519.Sign(account, append([]byte(signatureContext), c.content()...))
}

// Verify returns ErrCertificate unless the account key inside the certificate
// signed it. Whether that is the right account key, the caller must know.
func (c *Certificate) Verify() error {
	if len(c.AccountKey) != ed25519.PublicKeySize || len(c.DeviceKey) != ed25519.PublicKeySize {
		return ErrCertificate
	}
	if !ed25519.Verify(c.AccountKey, append([]byte(signatureContext), c.content()...), c.Signature) {
		return ErrCertificate
	}
	return nil
}

// content is what is signed: every field but the signature.
func (c *Certificate) content() []byte {
	b := make([]byte, 0, certificateFixed+len(c.Platform))
	b = append(b, certificateVersion, flag(c.Primary))
	b = append(b, c.Account[:]...)
	b = append(b, c.AccountKey...)
	b = append(b, c.Device[:]...)
	b = append(b, c.DeviceKey...)
	b = append(b, byte(len(c.Platform)))
	b = append(b, c.Platform...)
	b = append(b, c.NameHash[:]...)
	b = binary.BigEndian.AppendUint64(b, c.Serial)
	return binary.BigEndian.AppendUint64(b, uint64(c.Issued.Unix()))
}

// Marshal returns the encoding of a signed certificate.
func (c *Certificate) Marshal() []byte { return append(c.content(), c.Signature...) }

// ParseCertificate reads and verifies a certificate. What it accepts marshals
// to the same bytes. The error is ErrCertificate.
func ParseCertificate(b []byte) (*Certificate, error) {
	c, err := ReadVerifiedCertificate(b)
	if err == nil {
		err = c.Verify()
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// ReadVerifiedCertificate is ParseCertificate for bytes that it has accepted before, as those in
// the leaves of a group one is in: it does not look at the signature, which takes a hundred times as long.
func ReadVerifiedCertificate(b []byte) (*Certificate, error) {
	r := reader{rest: b}
	version, primary := r.byte(), r.byte()
	c := &Certificate{Primary: primary == 1}
	copy(c.Account[:], r.take(IDSize))
	c.AccountKey = r.take(ed25519.PublicKeySize)
	copy(c.Device[:], r.take(IDSize))
	c.DeviceKey = r.take(ed25519.PublicKeySize)
	c.Platform = Platform(r.take(int(r.byte())))
	copy(c.NameHash[:], r.take(sha256.Size))
	c.Serial = r.uint64()
	issued := r.uint64()
	c.Issued = time.Unix(int64(issued), 0).UTC()
	c.Signature = r.take(ed25519.SignatureSize)
	switch {
	case r.failed, len(r.rest) != 0, version != certificateVersion, primary > 1, issued>>40 != 0, !c.Platform.valid():
		return nil, ErrCertificate
	}
	return c, nil
}

// CertificateAccount returns the account that a certificate is of, which has been parsed
// before: it checks nothing, and ok is false only if b is too short.
func CertificateAccount(b []byte) (account AccountID, ok bool) {
	if len(b) < 2+IDSize {
		return account, false
	}
	return AccountID(b[2 : 2+IDSize]), true
}

func (p Platform) valid() bool {
	if len(p) == 0 || len(p) > maxPlatform {
		return false
	}
	for _, letter := range p {
		if letter < 'a' || letter > 'z' {
			return false
		}
	}
	return true
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// reader takes fixed-size fields off a byte string and remembers if it ran short.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) take(n int) []byte {
	if len(r.rest) < n {
		r.failed = true
		return make([]byte, n)
	}
	taken := append([]byte{}, r.rest[:n]...)
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) byte() byte { return r.take(1)[0] }

func (r *reader) uint64() uint64 { return binary.BigEndian.Uint64(r.take(8)) }
