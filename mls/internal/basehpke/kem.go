// Package basehpke is the base mode of Hybrid Public Key Encryption (RFC 9180)
// with X25519 or X-Wing and SHA-256, for programs that have no room for the
// other algorithms that crypto/hpke links. Names mean what they mean there.
package basehpke

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"slices"
)

// A KEM makes and reads keys.
type KEM interface {
	ID() uint16
	GenerateKey() (PrivateKey, error)
	NewPublicKey(key []byte) (PublicKey, error)
	NewPrivateKey(key []byte) (PrivateKey, error)
	DeriveKeyPair(ikm []byte) (PrivateKey, error)
	encapsulationSize() int
}

// A PublicKey is who a message is for.
type PublicKey interface {
	KEM() KEM
	Bytes() []byte
	encap() (shared, enc []byte, err error)
}

// A PrivateKey opens messages.
type PrivateKey interface {
	KEM() KEM
	Bytes() ([]byte, error)
	PublicKey() PublicKey
	decap(enc []byte) (shared []byte, err error)
}

// dhkem is DHKEM(X25519, HKDF-SHA256), RFC 9180 section 4.1.
type dhkem struct{}

const (
	dhkemID = 0x0020
	keySize = 32 // of X25519's private and public keys
)

var errKeySize = errors.New("hpke: an X25519 key has 32 bytes")

// X25519 is DHKEM(X25519, HKDF-SHA256).
func X25519() KEM { return dhkem{} }

func (dhkem) ID() uint16             { return dhkemID }
func (dhkem) encapsulationSize() int { return keySize }

func (k dhkem) GenerateKey() (PrivateKey, error) {
	key := make([]byte, keySize)
	rand.Read(key) // never fails
	return k.NewPrivateKey(key)
}

func (dhkem) NewPublicKey(key []byte) (PublicKey, error) {
	if len(key) != keySize {
		return nil, errKeySize
	}
	return publicKey(bytes.Clone(key)), nil
}

func (dhkem) NewPrivateKey(key []byte) (PrivateKey, error) {
	if len(key) != keySize {
		return nil, errKeySize
	}
	public, err := scalarMult(key, basepoint())
	if err != nil {
		return nil, err
	}
	return &privateKey{scalar: bytes.Clone(key), public: public}, nil
}

// DeriveKeyPair is RFC 9180 section 7.1.3.
func (k dhkem) DeriveKeyPair(ikm []byte) (PrivateKey, error) {
	prk, err := kemLabels.extract(nil, "dkp_prk", ikm)
	if err != nil {
		return nil, err
	}
	key, err := kemLabels.expand(prk, "sk", nil, keySize)
	if err != nil {
		return nil, err
	}
	return k.NewPrivateKey(key)
}

type publicKey []byte

func (publicKey) KEM() KEM        { return dhkem{} }
func (p publicKey) Bytes() []byte { return bytes.Clone(p) }

// encap is Encap of RFC 9180 section 4.1.
func (p publicKey) encap() (shared, enc []byte, err error) {
	ephemeral, err := dhkem{}.GenerateKey()
	if err != nil {
		return nil, nil, err
	}
	return p.encapWith(ephemeral.(*privateKey))
}

func (p publicKey) encapWith(ephemeral *privateKey) (shared, enc []byte, err error) {
	dh, err := scalarMult(ephemeral.scalar, p)
	if err != nil {
		return nil, nil, err
	}
	shared, err = sharedSecret(dh, ephemeral.public, p)
	return shared, bytes.Clone(ephemeral.public), err
}

type privateKey struct{ scalar, public []byte }

func (*privateKey) KEM() KEM               { return dhkem{} }
func (p *privateKey) PublicKey() PublicKey { return publicKey(p.public) }

// Bytes is SerializePrivateKey, which clamps (RFC 9180 section 7.1.2).
func (p *privateKey) Bytes() ([]byte, error) {
	k := clamp(p.scalar)
	return k[:], nil
}

// decap is Decap of RFC 9180 section 4.1.
func (p *privateKey) decap(enc []byte) ([]byte, error) {
	if len(enc) != keySize {
		return nil, errKeySize
	}
	dh, err := scalarMult(p.scalar, enc)
	if err != nil {
		return nil, err
	}
	return sharedSecret(dh, enc, p.public)
}

// sharedSecret is ExtractAndExpand of RFC 9180 section 4.1.
func sharedSecret(dh, enc, recipient []byte) ([]byte, error) {
	prk, err := kemLabels.extract(nil, "eae_prk", dh)
	if err != nil {
		return nil, err
	}
	return kemLabels.expand(prk, "shared_secret", slices.Concat(enc, recipient), hashSize)
}

// kemLabels names the KEM's own derivations.
var kemLabels = labels(binary.BigEndian.AppendUint16([]byte("KEM"), dhkemID))
