//go:build !mls_x25519

package hpke

import (
	"crypto/ecdh"
	"crypto/hpke"
)

// The names of crypto/hpke.
type (
	KEM        = hpke.KEM
	PublicKey  = hpke.PublicKey
	PrivateKey = hpke.PrivateKey
	KDF        = hpke.KDF
	AEAD       = hpke.AEAD
	Sender     = hpke.Sender
	Recipient  = hpke.Recipient
)

// X25519 is DHKEM(X25519, HKDF-SHA256).
func X25519() KEM { return hpke.DHKEM(ecdh.X25519()) }

// MLKEM768X25519 is X-Wing of draft-ietf-hpke-pq: ML-KEM-768 and X25519 together.
func MLKEM768X25519() KEM { return hpke.MLKEM768X25519() }

// HKDFSHA256 is the KDF of the suites with SHA-256.
func HKDFSHA256() KDF { return hpke.HKDFSHA256() }

// AES128GCM is an AEAD.
func AES128GCM() AEAD { return hpke.AES128GCM() }

// ChaCha20Poly1305 is an AEAD.
func ChaCha20Poly1305() AEAD { return hpke.ChaCha20Poly1305() }

// NewSender encapsulates a key to the recipient; enc is for its NewRecipient.
func NewSender(to PublicKey, kdf KDF, aead AEAD, info []byte) (enc []byte, s *Sender, err error) {
	return hpke.NewSender(to, kdf, aead, info)
}

// NewRecipient opens what NewSender encapsulated.
func NewRecipient(enc []byte, key PrivateKey, kdf KDF, aead AEAD, info []byte) (*Recipient, error) {
	return hpke.NewRecipient(enc, key, kdf, aead, info)
}

// Seal encrypts one message: the encapsulated key and the ciphertext.
func Seal(to PublicKey, kdf KDF, aead AEAD, info, plaintext []byte) ([]byte, error) {
	return hpke.Seal(to, kdf, aead, info, plaintext)
}

// Open decrypts what Seal made.
func Open(key PrivateKey, kdf KDF, aead AEAD, info, sealed []byte) ([]byte, error) {
	return hpke.Open(key, kdf, aead, info, sealed)
}

// X25519Shared is X25519 (RFC 7748 section 5) with two keys of the KEM X25519. It
// refuses public keys of low order.
func X25519Shared(key PrivateKey, public PublicKey) ([]byte, error) {
	scalar, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	private, err := ecdh.X25519().NewPrivateKey(scalar)
	if err != nil {
		return nil, err
	}
	other, err := ecdh.X25519().NewPublicKey(public.Bytes())
	if err != nil {
		return nil, err
	}
	return private.ECDH(other)
}
