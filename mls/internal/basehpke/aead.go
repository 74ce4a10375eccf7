package basehpke

import (
	"crypto/aes"
	"crypto/cipher"

	"golang.org/x/crypto/chacha20poly1305"
)

// A KDF is HKDF-SHA256; there is no other here.
type KDF struct{}

// HKDFSHA256 is the KDF.
func HKDFSHA256() KDF { return KDF{} }

const hkdfSHA256ID = 0x0001

// An AEAD encrypts messages with a key of a context.
type AEAD struct {
	id      uint16
	keySize int
	open    func(key []byte) (cipher.AEAD, error)
}

// AES128GCM is an AEAD.
func AES128GCM() AEAD { return AEAD{id: 0x0001, keySize: 16, open: newGCM} }

// ChaCha20Poly1305 is an AEAD.
func ChaCha20Poly1305() AEAD {
	return AEAD{id: 0x0003, keySize: chacha20poly1305.KeySize, open: chacha20poly1305.New}
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
