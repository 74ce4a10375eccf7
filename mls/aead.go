package mls

import (
	"crypto/aes"
	"crypto/cipher"

	"golang.org/x/crypto/chacha20poly1305"
)

type aeadConstructor func(key []byte) (cipher.AEAD, error)

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func newChaCha20(key []byte) (cipher.AEAD, error) { return chacha20poly1305.New(key) }

// seal encrypts with a key and nonce that are used once.
func (s *suite) seal(key, nonce, aad, plaintext []byte) ([]byte, error) {
	aead, err := s.newAEAD(key)
	if err != nil {
		return nil, fail(ErrConfig, "AEAD key")
	}
	return aead.Seal(nil, nonce, plaintext, aad), nil
}

// aeadOverhead is by how much all the suites' AEADs lengthen a text.
const aeadOverhead = 16

// sealInPlace is seal that overwrites the plaintext, and needs no other memory
// where it has aeadOverhead bytes of room behind it.
func (s *suite) sealInPlace(key, nonce, aad, plaintext []byte) ([]byte, error) {
	aead, err := s.newAEAD(key)
	if err != nil {
		return nil, fail(ErrConfig, "AEAD key")
	}
	return aead.Seal(plaintext[:0], nonce, plaintext, aad), nil
}

func (s *suite) open(key, nonce, aad, ciphertext []byte) ([]byte, error) {
	return s.openTo(nil, key, nonce, aad, ciphertext)
}

// openInPlace is open that overwrites the ciphertext, also where it fails.
func (s *suite) openInPlace(key, nonce, aad, ciphertext []byte) ([]byte, error) {
	return s.openTo(ciphertext[:0], key, nonce, aad, ciphertext)
}

func (s *suite) openTo(dst, key, nonce, aad, ciphertext []byte) ([]byte, error) {
	aead, err := s.newAEAD(key)
	if err != nil {
		return nil, fail(ErrDecrypt, "AEAD key")
	}
	plaintext, err := aead.Open(dst, nonce, ciphertext, aad)
	if err != nil {
		return nil, ErrDecrypt
	}
	return plaintext, nil
}
