// Package linking seals what passes between a new device and the primary
// through a linking slot, so that the relay can neither read nor forge it
// (DESIGN section 4, M6, M10).
//
// The QR code carries an HPKE public key and a secret. The new device's offer
// is sealed with a key derived from the secret: only who saw the code can make
// or read it. The primary's bundle is sealed to the HPKE key with the secret
// mixed into the key schedule: only the new device can open it, and only who
// saw the code can have made it.
//
// Where a code is typed instead, an Exchange gives both sides the same secret.
package linking

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"parley/client/content"
	"parley/mls/hpke"
	"parley/wire/linkuri"
)

// ErrTampered is the error for an offer or bundle that was not made by who saw
// the code, or not for this slot.
var ErrTampered = errors.New("linking: sealed data do not fit the code")

// NewDevice is the new device's side of one code. It is used once.
type NewDevice struct {
	key    hpke.PrivateKey
	secret []byte
}

// New makes keys and secret for one code.
func New(rand io.Reader) (*NewDevice, error) {
	key, err := hpke.X25519().GenerateKey()
	if err != nil {
		return nil, err
	}
	n := &NewDevice{key: key, secret: make([]byte, linkuri.SecretSize)}
	_, err = io.ReadFull(rand, n.secret)
	return n, err
}

// Link is the content of the QR code for a slot.
func (n *NewDevice) Link(relay string, slot []byte) linkuri.Link {
	return linkuri.Link{Relay: relay, Slot: slot, Key: n.key.PublicKey().Bytes(), Secret: n.secret}
}

// SealOffer seals what the new device tells about itself.
func (n *NewDevice) SealOffer(offer *content.LinkOffer) ([]byte, error) {
	aead, err := offerAEAD(n.secret)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, offerNonce(), content.Encode(offer), nil), nil
}

// OpenBundle opens what came through the slot. The error is ErrTampered.
func (n *NewDevice) OpenBundle(slot, sealed []byte) (*content.LinkBundle, error) {
	info, err := bundleInfo(n.secret, slot)
	if err != nil {
		return nil, err
	}
	plain, err := hpke.Open(n.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info, sealed)
	if err != nil {
		return nil, ErrTampered
	}
	bundle, err := content.Decode[content.LinkBundle](plain)
	if err != nil {
		return nil, ErrTampered
	}
	return bundle, nil
}

// OpenOffer opens the offer of the new device whose code was scanned. The
// error is ErrTampered.
func OpenOffer(l linkuri.Link, sealed []byte) (*content.LinkOffer, error) {
	aead, err := offerAEAD(l.Secret)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, offerNonce(), sealed, nil)
	if err != nil {
		return nil, ErrTampered
	}
	offer, err := content.Decode[content.LinkOffer](plain)
	if err != nil {
		return nil, ErrTampered
	}
	return offer, nil
}

// SealBundle seals what the primary gives to the new device whose code was
// scanned.
func SealBundle(l linkuri.Link, bundle *content.LinkBundle) ([]byte, error) {
	key, err := hpke.X25519().NewPublicKey(l.Key)
	if err != nil {
		return nil, ErrTampered
	}
	info, err := bundleInfo(l.Secret, l.Slot)
	if err != nil {
		return nil, err
	}
	return hpke.Seal(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info, content.Encode(bundle))
}

// bundleInfo is the HPKE info: a value only who knows the secret has, bound to
// the slot. HPKE hashes it into the key schedule (RFC 9180 section 5.1), so it
// authenticates the sealer as a pre-shared key would.
func bundleInfo(secret, slot []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, secret, slot, "parley link bundle v1", sha256.Size)
}

// offerNonce is fixed because the key is used for one message.
func offerNonce() []byte { return make([]byte, chacha20poly1305.NonceSize) }
