package mls

import "time"

// KeyPackage is how somebody who is offline can be added (RFC 9420 section 10).
// Treat it as read-only.
type KeyPackage struct {
	CipherSuite CipherSuite
	InitKey     []byte
	LeafNode    LeafNode
	Extensions  []Extension
	Signature   []byte

	raw []byte
}

// KeyPackageOptions describes a key package to make.
type KeyPackageOptions struct {
	CipherSuite CipherSuite // 0 is DefaultSuite
	Leaf        LeafOptions
	// Extensions of the key package itself.
	Extensions []Extension
	// NotBefore and NotAfter bound its use; zero is an hour ago and 90 days ahead.
	NotBefore, NotAfter time.Time
	// LastResort marks a key package that may be used more than once.
	LastResort bool
}

// A KeyPackageBundle is a key package of one's own with its private keys. It
// prints as redacted.
type KeyPackageBundle struct {
	keyPackage *KeyPackage
	initKey    secret
	leafKey    secret
}

// NewKeyPackage makes a key package signed by cfg.Signer.
func NewKeyPackage(cfg Config, opt KeyPackageOptions) (*KeyPackageBundle, error) {
	return nil, errNotYet
}

// Message is the public key package as an MLSMessage, to publish.
func (b *KeyPackageBundle) Message() []byte { return nil }

// Ref is the KeyPackageRef (RFC 9420 section 5.2) by which a Welcome names it.
func (b *KeyPackageBundle) Ref() []byte { return nil }

// KeyPackage is the public part.
func (b *KeyPackageBundle) KeyPackage() *KeyPackage { return b.keyPackage }

// MarshalPrivate encodes the bundle, private keys included, for the device's
// own storage. Delete it once used, unless it is of last resort.
func (b *KeyPackageBundle) MarshalPrivate() []byte { return nil }

// ParseKeyPackageBundle decodes what MarshalPrivate made. Errors: ErrState.
func ParseKeyPackageBundle(data []byte) (*KeyPackageBundle, error) { return nil, errNotYet }

// ParseKeyPackage decodes a key package, an MLSMessage, and checks its
// signature, but not its lifetime. Errors: ErrMalformed, ErrSignature, ErrUnsupported.
func ParseKeyPackage(message []byte) (*KeyPackage, error) { return nil, errNotYet }

// LastResort tells whether the key package may be used more than once.
func (kp *KeyPackage) LastResort() bool { return false }

// Ref is the KeyPackageRef of RFC 9420 section 5.2.
func (kp *KeyPackage) Ref() []byte { return nil }
