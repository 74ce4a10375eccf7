package delivery

import "time"

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

// ParseKeyPackage decodes an MLSMessage that holds a key package; for suites
// with SHA-256 it computes the reference, for those with Ed25519 it verifies both signatures. Errors:
// ErrMalformed, ErrUnsupported, ErrSignature.
func ParseKeyPackage(message []byte) (*KeyPackage, error) { return nil, errNotYet }
