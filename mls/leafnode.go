package mls

import (
	"slices"
	"time"

	"parley/mls/internal/codec"
)

// LeafIndex is the position of a member in the tree, from 0 (RFC 9420 section
// 4.1.1).
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

// Lifetime is when a key package may be used, in seconds since 1970, both ends
// included (RFC 9420 section 7.2).
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

// LeafOptions describes a leaf of one's own (RFC 9420 section 7.2).
type LeafOptions struct {
	// Credential names this member. For updates, the zero value keeps the present one.
	Credential Credential
	// Capabilities; the zero value is everything this package supports, with the
	// types of Extensions added. Types that RFC 9420 defines itself are left out.
	Capabilities Capabilities
	// Extensions of the leaf node. For updates, nil keeps the present ones.
	Extensions []Extension
}

func (c *Capabilities) encode(w *codec.Writer) {
	writeUint16s(w, c.Versions)
	writeUint16s(w, c.Suites)
	writeUint16s(w, c.Extensions)
	writeUint16s(w, c.Proposals)
	writeUint16s(w, c.Credentials)
}

func readCapabilities(r *codec.Reader) Capabilities {
	return Capabilities{
		Versions:    readUint16s[uint16](r),
		Suites:      readUint16s[CipherSuite](r),
		Extensions:  readUint16s[ExtensionType](r),
		Proposals:   readUint16s[ProposalType](r),
		Credentials: readUint16s[CredentialType](r),
	}
}

// encodeUnsigned writes all but the signature.
func (n *LeafNode) encodeUnsigned(w *codec.Writer) {
	w.Vector(n.EncryptionKey)
	w.Vector(n.SignatureKey)
	n.Credential.encode(w)
	n.Capabilities.encode(w)
	w.Uint8(uint8(n.Source))
	switch n.Source {
	case LeafFromKeyPackage:
		w.Uint64(n.Lifetime.NotBefore)
		w.Uint64(n.Lifetime.NotAfter)
	case LeafFromCommit:
		w.Vector(n.ParentHash)
	}
	encodeExtensions(w, n.Extensions)
}

func (n *LeafNode) encode(w *codec.Writer) {
	if n.raw != nil {
		w.Raw(n.raw)
		return
	}
	n.encodeUnsigned(w)
	w.Vector(n.Signature)
}

func readLeafNode(r *codec.Reader) *LeafNode {
	before := r.Rest()
	n := &LeafNode{
		EncryptionKey: r.Vector(), SignatureKey: r.Vector(), Credential: readCredential(r),
		Capabilities: readCapabilities(r), Source: LeafSource(r.Uint8()),
	}
	switch n.Source {
	case LeafFromKeyPackage:
		n.Lifetime = Lifetime{NotBefore: r.Uint64(), NotAfter: r.Uint64()}
	case LeafFromUpdate:
	case LeafFromCommit:
		n.ParentHash = r.Vector()
	default:
		r.Fail()
	}
	n.Extensions, n.Signature = readExtensions(r), r.Vector()
	size := len(before) - len(r.Rest())
	n.raw = before[:size:size]
	return n
}

// signedContent is LeafNodeTBS of RFC 9420 section 7.2. Group and index are
// part of it where the leaf was made inside a group.
func (n *LeafNode) signedContent(groupID []byte, index LeafIndex) []byte {
	var w codec.Writer
	n.encodeUnsigned(&w)
	if n.Source != LeafFromKeyPackage {
		w.Vector(groupID)
		w.Uint32(uint32(index))
	}
	return w.Data()
}

const leafNodeLabel = "LeafNodeTBS"

func (n *LeafNode) sign(s *suite, cfg *Config, groupID []byte, index LeafIndex) (err error) {
	n.Signature, err = s.signWithLabel(cfg.Signer, cfg.Rand, leafNodeLabel, n.signedContent(groupID, index))
	if err != nil {
		return err
	}
	var w codec.Writer
	n.raw = nil
	n.encode(&w)
	n.raw = w.Data()
	return nil
}

func (n *LeafNode) verify(s *suite, groupID []byte, index LeafIndex) error {
	if !s.verifyWithLabel(n.SignatureKey, leafNodeLabel, n.signedContent(groupID, index), n.Signature) {
		return fail(ErrSignature, "leaf node")
	}
	return nil
}

// validAt checks the lifetime of a leaf that comes from a key package.
func (l Lifetime) validAt(now time.Time) error {
	t := now.Unix()
	if t < 0 || uint64(t) < l.NotBefore || uint64(t) > l.NotAfter {
		return ErrExpired
	}
	return nil
}

// newLeaf makes an unsigned leaf of one's own with a fresh encryption key.
func newLeaf(s *suite, cfg *Config, opt LeafOptions) (*LeafNode, secret, error) {
	signatureKey, err := s.signatureKey(cfg.Signer)
	if err != nil {
		return nil, nil, err
	}
	if opt.Credential.Type != CredentialBasic && opt.Credential.Type != CredentialX509 {
		return nil, nil, fail(ErrConfig, "leaf without a credential")
	}
	if err := checkExtensions(opt.Extensions); err != nil {
		return nil, nil, err
	}
	key, err := s.generateKeyPair(cfg.Rand)
	if err != nil {
		return nil, nil, err
	}
	leaf := &LeafNode{
		EncryptionKey: key.public, SignatureKey: signatureKey, Credential: opt.Credential.clone(),
		Capabilities: opt.capabilities(), Extensions: cloneExtensions(opt.Extensions),
	}
	if err := leaf.checkOwn(s); err != nil {
		return nil, nil, err
	}
	return leaf, key.private, nil
}

// checkOwn refuses a leaf of one's own that others would refuse, or could not decode.
func (n *LeafNode) checkOwn(s *suite) error {
	c := &n.Capabilities
	longest := max(len(c.Versions), len(c.Suites), len(c.Extensions), len(c.Proposals), len(c.Credentials))
	if longest > maxTypes || len(n.Credential.Certificates) > maxCertificates {
		return fail(ErrConfig, "leaf with too many capabilities or certificates")
	}
	return n.checkFor(s)
}

// renewed is a leaf like n with a fresh encryption key and the changes of opt.
func (n *LeafNode) renewed(s *suite, cfg *Config, source LeafSource, opt LeafOptions) (*LeafNode, secret, error) {
	if opt.Credential.Type == 0 {
		opt.Credential = n.Credential
	}
	if opt.Extensions == nil {
		opt.Extensions = n.Extensions
	}
	if opt.Capabilities.Versions == nil {
		opt.Capabilities = n.Capabilities
	}
	leaf, private, err := newLeaf(s, cfg, opt)
	if err != nil {
		return nil, nil, err
	}
	leaf.Source = source
	return leaf, private, nil
}

// DefaultCapabilities is everything this package supports, and the extensions, such as those of
// private use that an application puts into group contexts (RFC 9420 section 7.2).
func DefaultCapabilities(extensions ...ExtensionType) Capabilities {
	return Capabilities{
		Versions:    []uint16{protocolVersion},
		Suites:      supportedSuites(),
		Extensions:  extensions,
		Credentials: []CredentialType{CredentialBasic, CredentialX509},
	}
}

func (o LeafOptions) capabilities() Capabilities {
	if o.Capabilities.Versions != nil {
		return o.Capabilities.withoutDefaults()
	}
	c := DefaultCapabilities()
	for _, e := range o.Extensions {
		if !e.Type.isDefault() {
			c.Extensions = append(c.Extensions, e.Type)
		}
	}
	return c
}

// checkFor checks what a leaf says about itself, for a group of a suite (RFC 9420
// sections 7.3 and 11.1).
func (n *LeafNode) checkFor(s *suite) error {
	if !slices.Contains(n.Capabilities.Suites, s.id) {
		return fail(ErrInvalidLeaf, "cipher suite missing from its capabilities")
	}
	return n.checkShape()
}

// checkShape checks what a leaf says about itself (RFC 9420 section 7.3).
func (n *LeafNode) checkShape() error {
	c := &n.Capabilities
	if !slices.Contains(c.Versions, protocolVersion) {
		return fail(ErrInvalidLeaf, "protocol version missing from its capabilities")
	}
	if !slices.Contains(c.Credentials, n.Credential.Type) {
		return fail(ErrInvalidLeaf, "own credential type missing from its capabilities")
	}
	for _, e := range n.Extensions {
		if !c.supportsExtension(e.Type) {
			return fail(ErrInvalidLeaf, "own extension missing from its capabilities")
		}
	}
	return nil
}

// withoutDefaults is a copy that leaves out the types that everybody supports:
// they must not be listed (RFC 9420 section 7.2).
func (c Capabilities) withoutDefaults() Capabilities {
	c.Versions, c.Suites, c.Credentials = slices.Clone(c.Versions), slices.Clone(c.Suites), slices.Clone(c.Credentials)
	c.Extensions = slices.DeleteFunc(slices.Clone(c.Extensions), ExtensionType.isDefault)
	c.Proposals = slices.DeleteFunc(slices.Clone(c.Proposals), ProposalType.isDefault)
	return c
}

func (t ProposalType) isDefault() bool {
	return t >= ProposalAdd && t <= ProposalGroupContextExtensions
}

func (c *Capabilities) supportsExtension(t ExtensionType) bool {
	return t.isDefault() || slices.Contains(c.Extensions, t)
}

func (c *Capabilities) supportsProposal(t ProposalType) bool {
	return t.isDefault() || slices.Contains(c.Proposals, t)
}

// supports tells whether all that is required is there.
func (c *Capabilities) supports(required RequiredCapabilities) bool {
	for _, t := range required.Extensions {
		if !c.supportsExtension(t) {
			return false
		}
	}
	for _, t := range required.Proposals {
		if !c.supportsProposal(t) {
			return false
		}
	}
	for _, t := range required.Credentials {
		if !slices.Contains(c.Credentials, t) {
			return false
		}
	}
	return true
}
