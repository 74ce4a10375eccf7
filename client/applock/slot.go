package applock

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// Cost is what Argon2id takes to make a key of a passphrase (RFC 9106, 3.1).
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// Costs for new passphrases. A slot keeps its own.
var (
	// BrowserCost suits one thread of WebAssembly, whose memory is not given back:
	// OWASP's recommendation for Argon2id.
	BrowserCost = Cost{MemoryKiB: 19 << 10, Passes: 2, Threads: 1}
	// NativeCost is the second recommendation of RFC 9106, section 4.
	NativeCost = Cost{MemoryKiB: 64 << 10, Passes: 3, Threads: 4}
)

// maxCost bounds what a slot that somebody has changed can take.
var maxCost = Cost{MemoryKiB: 1 << 20, Passes: 100, Threads: 64}

// Kinds of slots.
const (
	kindPassphrase = "passphrase"
	kindPasskey    = "passkey"
)

// Lengths, bytes.
const (
	saltSize = 16
	idSize   = 16
	// prfSize is the length of a PRF's input, which is ours, and of its output,
	// which WebAuthn says (Level 3, 10.1.4).
	prfSize = 32
)

// slot is the storage key, wrapped.
type slot struct {
	id   string
	kind string
	// salt of Argon2id, or the input of the passkey's PRF.
	salt []byte
	// cost of a passphrase.
	cost Cost
	// name and credential of a passkey.
	name       string
	credential []byte
	created    int64
	// wrapped is a nonce and the sealed storage key.
	wrapped []byte
}

// errWrongKey: the slot is not for this passphrase or passkey.
var errWrongKey = errors.New("the slot does not open")

// errSlotDamaged: what the slot says cannot be.
var errSlotDamaged = errors.New("the slot is damaged")

// wrap puts the storage key into the slot, under what secret makes.
func (s *slot) wrap(rand io.Reader, secret, key []byte) error {
	aead, err := s.aead(secret)
	if err != nil {
		return err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(key)+aead.Overhead())
	if _, err := io.ReadFull(rand, nonce); err != nil {
		return err
	}
	s.wrapped = aead.Seal(nonce, nonce, key, s.bound())
	return nil
}

// unwrap takes the storage key out. secret is the passphrase, or the output of
// the passkey's PRF.
func (s *slot) unwrap(secret []byte) ([]byte, error) {
	aead, err := s.aead(secret)
	if err != nil {
		return nil, err
	}
	if len(s.wrapped) < aead.NonceSize() {
		return nil, errSlotDamaged
	}
	key, err := aead.Open(nil, s.wrapped[:aead.NonceSize()], s.wrapped[aead.NonceSize():], s.bound())
	if err != nil || len(key) != KeySize {
		return nil, errWrongKey
	}
	return key, nil
}

// aead is the slot's own cipher.
func (s *slot) aead(secret []byte) (cipher.AEAD, error) {
	key, err := s.derive(secret)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return chacha20poly1305.NewX(key)
}

func (s *slot) derive(secret []byte) ([]byte, error) {
	if s.kind == kindPasskey {
		return hkdf.Key(sha256.New, secret, s.salt, "parley app lock passkey v1", chacha20poly1305.KeySize)
	}
	c := s.cost
	if c.Passes < 1 || c.Threads < 1 || c.MemoryKiB > maxCost.MemoryKiB || c.Passes > maxCost.Passes || c.Threads > maxCost.Threads {
		return nil, fmt.Errorf("%w: cost %+v", errSlotDamaged, c)
	}
	return argon2.IDKey(secret, s.salt, c.Passes, c.MemoryKiB, c.Threads, chacha20poly1305.KeySize), nil
}

// bound is what the wrapped key is bound to: all that the slot says of how it
// is opened.
func (s *slot) bound() []byte {
	b := []byte("parley app lock slot v1")
	for _, part := range [][]byte{[]byte(s.id), []byte(s.kind), s.salt, s.credential} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	b = binary.BigEndian.AppendUint32(b, s.cost.MemoryKiB)
	b = binary.BigEndian.AppendUint32(b, s.cost.Passes)
	return append(b, s.cost.Threads)
}
