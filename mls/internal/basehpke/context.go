package basehpke

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// A Sender encrypts messages to one recipient, in order.
type Sender struct{ context }

// A Recipient decrypts messages of one sender, in order.
type Recipient struct{ context }

// NewSender encapsulates a key to the recipient; enc is for its NewRecipient.
func NewSender(to PublicKey, _ KDF, aead AEAD, info []byte) (enc []byte, s *Sender, err error) {
	shared, enc, err := to.encap()
	if err != nil {
		return nil, nil, err
	}
	c, err := newContext(to.KEM(), aead, shared, info)
	if err != nil {
		return nil, nil, err
	}
	return enc, &Sender{c}, nil
}

// NewRecipient opens what NewSender encapsulated.
func NewRecipient(enc []byte, key PrivateKey, _ KDF, aead AEAD, info []byte) (*Recipient, error) {
	shared, err := key.decap(enc)
	if err != nil {
		return nil, err
	}
	c, err := newContext(key.KEM(), aead, shared, info)
	if err != nil {
		return nil, err
	}
	return &Recipient{c}, nil
}

// Seal encrypts the next message.
func (s *Sender) Seal(aad, plaintext []byte) ([]byte, error) {
	nonce := s.nonce()
	s.sequence++
	return s.aead.Seal(nil, nonce, plaintext, aad), nil
}

// Open decrypts the next message; an error changes nothing.
func (r *Recipient) Open(aad, ciphertext []byte) ([]byte, error) {
	plaintext, err := r.aead.Open(nil, r.nonce(), ciphertext, aad)
	if err != nil {
		return nil, err
	}
	r.sequence++
	return plaintext, nil
}

// Seal encrypts one message: the encapsulated key and the ciphertext.
func Seal(to PublicKey, kdf KDF, aead AEAD, info, plaintext []byte) ([]byte, error) {
	enc, s, err := NewSender(to, kdf, aead, info)
	if err != nil {
		return nil, err
	}
	ciphertext, err := s.Seal(nil, plaintext)
	return append(enc, ciphertext...), err
}

// Open decrypts what Seal made.
func Open(key PrivateKey, kdf KDF, aead AEAD, info, sealed []byte) ([]byte, error) {
	size := key.KEM().encapsulationSize()
	if len(sealed) < size {
		return nil, errors.New("hpke: shorter than an encapsulated key")
	}
	r, err := NewRecipient(sealed[:size], key, kdf, aead, info)
	if err != nil {
		return nil, err
	}
	return r.Open(nil, sealed[size:])
}

// A context is what both sides have derived, RFC 9180 section 5.
type context struct {
	labels    labels
	aead      cipher.AEAD
	baseNonce []byte
	exporter  []byte
	sequence  uint64 // of the next message
}

// newContext is KeySchedule in base mode, RFC 9180 section 5.1.
func newContext(kem KEM, aead AEAD, shared, info []byte) (context, error) {
	c := context{labels: []byte("HPKE")}
	for _, id := range []uint16{kem.ID(), hkdfSHA256ID, aead.id} {
		c.labels = binary.BigEndian.AppendUint16(c.labels, id)
	}
	keys, err := c.schedule(shared, info)
	if err != nil {
		return context{}, err
	}
	key, err := keys("key", aead.keySize)
	if err != nil {
		return context{}, err
	}
	if c.aead, err = aead.open(key); err != nil {
		return context{}, err
	}
	if c.baseNonce, err = keys("base_nonce", c.aead.NonceSize()); err != nil {
		return context{}, err
	}
	c.exporter, err = keys("exp", hashSize)
	return c, err
}

// schedule gives the function that derives the keys of the context.
func (c *context) schedule(shared, info []byte) (func(label string, length int) ([]byte, error), error) {
	pskIDHash, err := c.labels.extract(nil, "psk_id_hash", nil)
	if err != nil {
		return nil, err
	}
	infoHash, err := c.labels.extract(nil, "info_hash", info)
	if err != nil {
		return nil, err
	}
	secret, err := c.labels.extract(shared, "secret", nil)
	if err != nil {
		return nil, err
	}
	scheduleContext := slices.Concat([]byte{0}, pskIDHash, infoHash) // 0 is base mode
	return func(label string, length int) ([]byte, error) {
		return c.labels.expand(secret, label, scheduleContext, length)
	}, nil
}

// nonce is ComputeNonce. The sequence cannot overflow: no program counts to 2^64.
func (c *context) nonce() []byte {
	nonce := slices.Clone(c.baseNonce)
	counter := nonce[len(nonce)-8:]
	binary.BigEndian.PutUint64(counter, binary.BigEndian.Uint64(counter)^c.sequence)
	return nonce
}

// Export derives a secret for another use, RFC 9180 section 5.3.
func (c *context) Export(exporterContext string, length int) ([]byte, error) {
	if length < 0 || length > math.MaxUint16 {
		return nil, errors.New("hpke: invalid length of an exported secret")
	}
	return c.labels.expand(c.exporter, "sec", []byte(exporterContext), length)
}
