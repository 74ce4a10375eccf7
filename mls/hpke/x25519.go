//go:build mls_x25519

package hpke

import (
	"parley/mls/internal/basehpke"
)

// What crypto/hpke has under these names.
type (
	KEM        = basehpke.KEM
	PublicKey  = basehpke.PublicKey
	PrivateKey = basehpke.PrivateKey
	KDF        = basehpke.KDF
	AEAD       = basehpke.AEAD
	Sender     = basehpke.Sender
	Recipient  = basehpke.Recipient
)

// X25519 is DHKEM(X25519, HKDF-SHA256).
func X25519() KEM { return basehpke.X25519() }

// MLKEM768X25519 is X-Wing of draft-ietf-hpke-pq: ML-KEM-768 and X25519 together.
func MLKEM768X25519() KEM { return basehpke.MLKEM768X25519() }

// HKDFSHA256 is the KDF of the suites with SHA-256.
func HKDFSHA256() KDF { return basehpke.HKDFSHA256() }

// AES128GCM is an AEAD.
func AES128GCM() AEAD { return basehpke.AES128GCM() }

// ChaCha20Poly1305 is an AEAD.
func ChaCha20Poly1305() AEAD { return basehpke.ChaCha20Poly1305() }

// NewSender encapsulates a key to the recipient; enc is for its NewRecipient.
func NewSender(to PublicKey, kdf KDF, aead AEAD, info []byte) (enc []byte, s *Sender, err error) {
	return basehpke.NewSender(to, kdf, aead, info)
}

// NewRecipient opens what NewSender encapsulated.
func NewRecipient(enc []byte, key PrivateKey, kdf KDF, aead AEAD, info []byte) (*Recipient, error) {
	return basehpke.NewRecipient(enc, key, kdf, aead, info)
}

// Seal encrypts one message: the encapsulated key and the ciphertext.
func Seal(to PublicKey, kdf KDF, aead AEAD, info, plaintext []byte) ([]byte, error) {
	return basehpke.Seal(to, kdf, aead, info, plaintext)
}

// Open decrypts what Seal made.
func Open(key PrivateKey, kdf KDF, aead AEAD, info, sealed []byte) ([]byte, error) {
	return basehpke.Open(key, kdf, aead, info, sealed)
}

// X25519Shared is X25519 (RFC 7748 section 5) with two keys of the KEM X25519. It
// refuses public keys of low order.
func X25519Shared(key PrivateKey, public PublicKey) ([]byte, error) {
	return basehpke.X25519Shared(key, public)
}
