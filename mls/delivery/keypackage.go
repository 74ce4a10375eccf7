package delivery

import (
	"crypto/ed25519"
	"crypto/sha256"
	"time"

	"parley/mls/internal/codec"
)

// KeyPackage is what a delivery service checks of a published key package.
type KeyPackage struct {
	CipherSuite  uint16
	SignatureKey []byte // of the leaf
	Identity     []byte // of a basic credential; nil for another type
	NotBefore    time.Time
	NotAfter     time.Time
	LastResort   bool
	Ref          []byte // KeyPackageRef (RFC 9420 section 5.2)
}

// lastResortExtension marks a key package that may be given out more than once.
const lastResortExtension = 10

// The cipher suites whose signatures this package can check and make: those with
// SHA-256 and Ed25519. Their names are those of package mls.
const (
	suiteX25519AES128   = 0x0001
	suiteX25519ChaCha20 = 0x0003
	suiteXWingChaCha20  = 0xF003
)

func ed25519Suite(suite uint16) bool {
	return suite == suiteX25519AES128 || suite == suiteX25519ChaCha20 || suite == suiteXWingChaCha20
}

// ParseKeyPackage decodes an MLSMessage that holds a key package of suite
// 0x0001, 0x0003 or 0xF003, verifies both its signatures, and computes its reference.
// The lifetime is for the caller to judge. Errors: ErrMalformed,
// ErrUnsupported (another suite or version), ErrSignature.
func ParseKeyPackage(message []byte) (*KeyPackage, error) {
	h, err := ParseHeader(message)
	if err != nil {
		return nil, err
	}
	if h.WireFormat != KeyPackageWire {
		return nil, ErrMalformed
	}
	if !ed25519Suite(h.CipherSuite) {
		return nil, ErrUnsupported
	}
	raw := append([]byte(nil), message[4:]...)
	kp := readKeyPackage(codec.NewReader(raw))
	if !kp.verify() {
		return nil, ErrSignature
	}
	return &KeyPackage{
		CipherSuite: kp.suite, SignatureKey: kp.leaf.signatureKey, Identity: kp.leaf.identity,
		NotBefore: unixTime(kp.leaf.notBefore), NotAfter: unixTime(kp.leaf.notAfter),
		LastResort: kp.lastResort, Ref: keyPackageRef(raw),
	}, nil
}

// unixTime takes what lies beyond the calendar for its end.
func unixTime(seconds uint64) time.Time {
	const lastYear = 253402300799 // 9999-12-31T23:59:59Z
	return time.Unix(int64(min(seconds, lastYear)), 0).UTC()
}

func keyPackageRef(raw []byte) []byte {
	w := codec.NewWriter(len(raw) + 64)
	w.Vector([]byte("MLS 1.0 KeyPackage Reference"))
	w.Vector(raw)
	sum := sha256.Sum256(w.Data())
	return sum[:]
}

type keyPackage struct {
	suite      uint16
	leaf       leafNode
	lastResort bool
	signed     []byte // KeyPackageTBS
	signature  []byte
}

func readKeyPackage(r *codec.Reader) (kp keyPackage) {
	start := r.Rest()
	if r.Uint16() != protocolVersion {
		r.Fail()
	}
	kp.suite = r.Uint16()
	r.Vector() // init key
	kp.leaf = readLeafNode(r)
	if kp.leaf.source != sourceKeyPackage {
		r.Fail()
	}
	r.Each(func(r *codec.Reader) {
		kp.lastResort = r.Uint16() == lastResortExtension || kp.lastResort
		r.Vector()
	})
	kp.signed = start[:len(start)-len(r.Rest())]
	kp.signature = r.Vector()
	return kp
}

func (kp *keyPackage) verify() bool {
	return verifyWithLabel(kp.leaf.signatureKey, "KeyPackageTBS", kp.signed, kp.signature) &&
		verifyWithLabel(kp.leaf.signatureKey, "LeafNodeTBS", kp.leaf.signed, kp.leaf.signature)
}

func verifyWithLabel(key []byte, label string, content, signature []byte) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, signContent(label, content), signature)
}

// signContent is SignContent of RFC 9420 section 5.1.2.
func signContent(label string, content []byte) []byte {
	w := codec.NewWriter(len(content) + 64)
	w.Vector([]byte("MLS 1.0 " + label))
	w.Vector(content)
	return w.Data()
}

const (
	sourceKeyPackage = 1
	sourceUpdate     = 2
	sourceCommit     = 3

	credentialBasic = 1
	credentialX509  = 2
)

type leafNode struct {
	signatureKey        []byte
	identity            []byte
	source              uint8
	notBefore, notAfter uint64
	signed              []byte // LeafNodeTBS, where it came from a key package
	signature           []byte
}

func readLeafNode(r *codec.Reader) (n leafNode) {
	start := r.Rest()
	r.Vector() // encryption key
	n.signatureKey = r.Vector()
	n.readCredential(r)
	for range 5 { // capabilities
		r.Each(func(r *codec.Reader) { r.Uint16() })
	}
	n.source = r.Uint8()
	switch n.source {
	case sourceKeyPackage:
		n.notBefore, n.notAfter = r.Uint64(), r.Uint64()
	case sourceUpdate:
	case sourceCommit:
		r.Vector() // parent hash
	default:
		r.Fail()
	}
	skipExtensions(r)
	n.signed = start[:len(start)-len(r.Rest())]
	n.signature = r.Vector()
	return n
}

func (n *leafNode) readCredential(r *codec.Reader) {
	switch r.Uint16() {
	case credentialBasic:
		n.identity = r.Vector()
	case credentialX509:
		r.Each(func(r *codec.Reader) { r.Vector() })
	default:
		r.Fail()
	}
}
