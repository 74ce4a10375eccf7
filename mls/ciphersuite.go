package mls

import (
	"crypto"
	"crypto/sha256"
	"hash"
	"io"

	"parley/mls/hpke"
)

// CipherSuite is one of the suites of RFC 9420 section 17.1, or SuiteXWingChaCha20.
type CipherSuite uint16

// The suites this package has. 0x0004 and 0x0006 need X448, which the standard
// library does not have. With the build tag mls_x25519 it has only those with
// Ed25519, and a program is smaller by the code of the NIST curves.
const (
	SuiteX25519AES128   CipherSuite = 0x0001 // MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
	SuiteP256AES128     CipherSuite = 0x0002 // MLS_128_DHKEMP256_AES128GCM_SHA256_P256
	SuiteX25519ChaCha20 CipherSuite = 0x0003 // MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519
	SuiteP521AES256     CipherSuite = 0x0005 // MLS_256_DHKEMP521_AES256GCM_SHA512_P521
	SuiteP384AES256     CipherSuite = 0x0007 // MLS_256_DHKEMP384_AES256GCM_SHA384_P384

	// SuiteXWingChaCha20 is MLS_128_XWING_CHACHA20POLY1305_SHA256_Ed25519: suite
	// 0x0003 with the HPKE KEM X-Wing in place of X25519. What is encrypted with
	// it stays secret from those who record it now and have a quantum computer
	// later, as long as ML-KEM-768 or X25519 holds. Signatures are classical.
	//
	// Its number is of the range for private use (RFC 9420 section 17.1): who
	// speaks it must have agreed on these parameters.
	//
	//   - KEM: MLKEM768-X25519 of draft-ietf-hpke-pq, KEM id 0x647a. DeriveKeyPair
	//     hashes its input with SHAKE256 to a private key, a seed of 32 bytes;
	//     public keys (init_key, encryption_key, external_pub) have 1216 bytes, and
	//     what Encap makes (kem_output) has 1120: ML-KEM's part, then X25519's.
	//   - HPKE with KDF HKDF-SHA256 (0x0001) and AEAD ChaCha20Poly1305 (0x0003).
	//   - MLS with ChaCha20Poly1305, HKDF-SHA256, SHA-256 and Ed25519.
	SuiteXWingChaCha20 CipherSuite = 0xF003

	// DefaultSuite is the one to use: Go's AES without hardware support is
	// neither constant-time nor fast (in wasm), ChaCha20 is both. Small groups can
	// afford SuiteXWingChaCha20: its keys are 38 times as large.
	DefaultSuite = SuiteX25519ChaCha20
)

// Supported tells whether this package has the suite (RFC 9420 section 17.1).
func (s CipherSuite) Supported() bool { return suites[s] != nil }

// GenerateSigner makes a signature key for the suite; nil rand is crypto/rand
// (RFC 9420 section 5.1.2).
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

// suites has those with Ed25519 here and the NIST curves by nist.go.
var suites = withNIST(map[CipherSuite]*suite{
	SuiteX25519AES128: {
		newHash: sha256.New, kem: hpke.X25519(), signatures: ed25519Signatures,
		kdf: hpke.HKDFSHA256(), aead: hpke.AES128GCM(), newAEAD: newGCM, hashLen: 32, keyLen: 16,
	},
	SuiteX25519ChaCha20: {
		newHash: sha256.New, kem: hpke.X25519(), signatures: ed25519Signatures,
		kdf: hpke.HKDFSHA256(), aead: hpke.ChaCha20Poly1305(), newAEAD: newChaCha20, hashLen: 32, keyLen: 32,
	},
	SuiteXWingChaCha20: {
		newHash: sha256.New, kem: hpke.MLKEM768X25519(), signatures: ed25519Signatures,
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
func supportedSuites() []CipherSuite { return sortedKeys(suites) }

func lookupSuite(id CipherSuite) (*suite, error) {
	s := suites[id]
	if s == nil {
		return nil, fail(ErrUnsupported, "cipher suite")
	}
	return s, nil
}
