package mls

// LeafIndex is the position of a member in the tree, from 0.
type LeafIndex uint32

// LeafSource tells where a leaf node comes from (RFC 9420 section 7.2).
type LeafSource uint8

const (
	LeafFromKeyPackage LeafSource = 1
	LeafFromUpdate     LeafSource = 2
	LeafFromCommit     LeafSource = 3
)

// Capabilities is what a member's client supports (RFC 9420 section 7.2).
type Capabilities struct {
	Versions    []uint16
	Suites      []CipherSuite
	Extensions  []ExtensionType
	Proposals   []ProposalType
	Credentials []CredentialType
}

// Lifetime is when a key package may be used, in seconds since 1970, both ends included.
type Lifetime struct {
	NotBefore, NotAfter uint64
}

// LeafNode is a member: its keys, credential and capabilities (RFC 9420
// section 7.2). Treat it as read-only.
type LeafNode struct {
	EncryptionKey []byte
	SignatureKey  []byte
	Credential    Credential
	Capabilities  Capabilities
	Source        LeafSource
	Lifetime      Lifetime // LeafFromKeyPackage only
	ParentHash    []byte   // LeafFromCommit only
	Extensions    []Extension
	Signature     []byte

	raw []byte // the encoding, once known
}

// LeafOptions describes a leaf of one's own.
type LeafOptions struct {
	// Credential names this member. For updates, the zero value keeps the present one.
	Credential Credential
	// Capabilities; the zero value is everything this package supports, with the
	// types of Extensions added.
	Capabilities Capabilities
	// Extensions of the leaf node. For updates, nil keeps the present ones.
	Extensions []Extension
}
