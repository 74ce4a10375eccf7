package mls

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"io"
)

// CipherSuite is one of the suites of RFC 9420 section 17.1.
type CipherSuite uint16

// The suites this package has. 0x0004 and 0x0006 need X448, which the standard
// library does not have.
const (
	SuiteX25519AES128   CipherSuite = 0x0001 // MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
	SuiteP256AES128     CipherSuite = 0x0002 // MLS_128_DHKEMP256_AES128GCM_SHA256_P256
	SuiteX25519ChaCha20 CipherSuite = 0x0003 // MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519
	SuiteP521AES256     CipherSuite = 0x0005 // MLS_256_DHKEMP521_AES256GCM_SHA512_P521
	SuiteP384AES256     CipherSuite = 0x0007 // MLS_256_DHKEMP384_AES256GCM_SHA384_P384

	// DefaultSuite is the one to use: Go's AES without hardware support is
	// neither constant-time nor fast (in wasm), ChaCha20 is both.
	DefaultSuite = SuiteX25519ChaCha20
)

// Supported tells whether this package has the suite.
func (s CipherSuite) Supported() bool { return suites[s] != nil }

// GenerateSigner makes a signature key for the suite; nil rand is crypto/rand.
func (s CipherSuite) GenerateSigner(rand io.Reader) (crypto.Signer, error) {
	suite, err := lookupSuite(s)
	if err != nil {
		return nil, err
	}
	rand = Config{Rand: rand}.withDefaults().Rand
	if suite.curve == nil {
		_, key, err := ed25519.GenerateKey(rand)
		return key, err
	}
	return ecdsa.GenerateKey(suite.curve, rand)
}

// A suite holds the algorithms of a CipherSuite. They never change.
type suite struct {
	id       CipherSuite
	newHash  func() hash.Hash
	hash     crypto.Hash
	kem      hpke.KEM
	kdf      hpke.KDF
	aead     hpke.AEAD
	curve    elliptic.Curve // of ECDSA; nil for Ed25519
	newAEAD  aeadConstructor
	hashLen  int
	keyLen   int
	nonceLen int
}

var suites = map[CipherSuite]*suite{
	SuiteX25519AES128: {hash: crypto.SHA256, newHash: sha256.New, kem: hpke.DHKEM(ecdh.X25519()),
		kdf: hpke.HKDFSHA256(), aead: hpke.AES128GCM(), newAEAD: newGCM, hashLen: 32, keyLen: 16},
	SuiteP256AES128: {hash: crypto.SHA256, newHash: sha256.New, kem: hpke.DHKEM(ecdh.P256()), curve: elliptic.P256(),
		kdf: hpke.HKDFSHA256(), aead: hpke.AES128GCM(), newAEAD: newGCM, hashLen: 32, keyLen: 16},
	SuiteX25519ChaCha20: {hash: crypto.SHA256, newHash: sha256.New, kem: hpke.DHKEM(ecdh.X25519()),
		kdf: hpke.HKDFSHA256(), aead: hpke.ChaCha20Poly1305(), newAEAD: newChaCha20, hashLen: 32, keyLen: 32},
	SuiteP521AES256: {hash: crypto.SHA512, newHash: sha512.New, kem: hpke.DHKEM(ecdh.P521()), curve: elliptic.P521(),
		kdf: hpke.HKDFSHA512(), aead: hpke.AES256GCM(), newAEAD: newGCM, hashLen: 64, keyLen: 32},
	SuiteP384AES256: {hash: crypto.SHA384, newHash: sha512.New384, kem: hpke.DHKEM(ecdh.P384()), curve: elliptic.P384(),
		kdf: hpke.HKDFSHA384(), aead: hpke.AES256GCM(), newAEAD: newGCM, hashLen: 48, keyLen: 32},
}

func init() {
	for id, s := range suites {
		s.id, s.nonceLen = id, 12
	}
}

func lookupSuite(id CipherSuite) (*suite, error) {
	s := suites[id]
	if s == nil {
		return nil, fail(ErrUnsupported, "cipher suite")
	}
	return s, nil
}
