package mls

import (
	"crypto"
	"crypto/sha256"
	"hash"
	"io"
	"maps"
	"slices"

	"parley/mls/hpke"
)

// CipherSuite is one of the suites of RFC 9420 section 17.1.
type CipherSuite uint16

// The suites this package has. 0x0004 and 0x0006 need X448, which the standard
// library does not have. With the build tag mls_x25519 it has only the two with
// X25519, and a program is smaller by the code of the NIST curves.
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
	return suite.signatures.generate(rand)
}

// A suite holds the algorithms of a CipherSuite. They never change.
type suite struct {
	id         CipherSuite
	newHash    func() hash.Hash
	kem        hpke.KEM
	kdf        hpke.KDF
	aead       hpke.AEAD
	signatures signatureScheme
	newAEAD    aeadConstructor
	hashLen    int
	keyLen     int
	nonceLen   int
}

// suites has X25519 here and the NIST curves by nist.go.
var suites = withNIST(map[CipherSuite]*suite{
	SuiteX25519AES128: {
		newHash: sha256.New, kem: hpke.X25519(), signatures: ed25519Signatures,
		kdf: hpke.HKDFSHA256(), aead: hpke.AES128GCM(), newAEAD: newGCM, hashLen: 32, keyLen: 16,
	},
	SuiteX25519ChaCha20: {
		newHash: sha256.New, kem: hpke.X25519(), signatures: ed25519Signatures,
		kdf: hpke.HKDFSHA256(), aead: hpke.ChaCha20Poly1305(), newAEAD: newChaCha20, hashLen: 32, keyLen: 32,
	},
})

// withNIST adds the suites of nist.go and what all suites share.
func withNIST(all map[CipherSuite]*suite) map[CipherSuite]*suite {
	addNISTSuites(all)
	for id, s := range all {
		s.id, s.nonceLen = id, 12
	}
	return all
}

// supportedSuites are the suites this package has, in the order of their numbers.
func supportedSuites() []CipherSuite { return slices.Sorted(maps.Keys(suites)) }

func lookupSuite(id CipherSuite) (*suite, error) {
	s := suites[id]
	if s == nil {
		return nil, fail(ErrUnsupported, "cipher suite")
	}
	return s, nil
}
