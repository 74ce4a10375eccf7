package mls

import (
	"bytes"
	"time"

	"parley/mls/internal/codec"
)

// KeyPackage is how somebody who is offline can be added (RFC 9420 section 10).
// Treat it as read-only.
type KeyPackage struct {
	CipherSuite CipherSuite
	InitKey     []byte
	LeafNode    LeafNode
	Extensions  []Extension
	Signature   []byte

	raw      []byte
	verified bool // by verifyOnce
}

// KeyPackageOptions describes a key package to make (RFC 9420 section 10).
type KeyPackageOptions struct {
	CipherSuite CipherSuite // 0 is DefaultSuite
	Leaf        LeafOptions
	// Extensions of the key package itself.
	Extensions []Extension
	// NotBefore and NotAfter bound its use, no farther apart than
	// Limits.MaxLifetime; zero is an hour ago and 90 days ahead, or as far as that allows.
	NotBefore, NotAfter time.Time
	// LastResort marks a key package that may be used more than once.
	LastResort bool
}

// A KeyPackageBundle is a key package of one's own with its private keys (RFC
// 9420 section 10). It prints as redacted.
type KeyPackageBundle struct {
	keyPackage *KeyPackage
	initKey    secret
	leafKey    secret
}

// NewKeyPackage makes a key package signed by cfg.Signer (RFC 9420 section 10).
// Errors: ErrConfig, ErrUnsupported, ErrInvalidLeaf.
func NewKeyPackage(cfg Config, opt KeyPackageOptions) (*KeyPackageBundle, error) {
	cfg = cfg.withDefaults()
	if opt.CipherSuite == 0 {
		opt.CipherSuite = DefaultSuite
	}
	s, err := lookupSuite(opt.CipherSuite)
	if err != nil {
		return nil, err
	}
	if err := checkExtensions(opt.Extensions); err != nil {
		return nil, err
	}
	opt.Extensions = opt.extensions()
	opt.Leaf.Capabilities = opt.capabilities()
	leaf, leafKey, err := newLeaf(s, &cfg, opt.Leaf)
	if err != nil {
		return nil, err
	}
	leaf.Source, leaf.Lifetime = LeafFromKeyPackage, opt.lifetime(&cfg)
	if cfg.Limits.checkLifetime(leaf) != nil {
		return nil, fail(ErrConfig, "lifetime longer than Limits.MaxLifetime, or ending before it begins")
	}
	if err := leaf.sign(s, &cfg, nil, 0); err != nil {
		return nil, err
	}
	initKey, err := s.generateKeyPair(cfg.Rand)
	if err != nil {
		return nil, err
	}
	kp := &KeyPackage{CipherSuite: s.id, InitKey: initKey.public, LeafNode: *leaf, Extensions: opt.Extensions}
	if err := kp.sign(s, &cfg); err != nil {
		return nil, err
	}
	return &KeyPackageBundle{keyPackage: kp, initKey: initKey.private, leafKey: leafKey}, nil
}

const (
	defaultLifetime = 90 * 24 * time.Hour
	// clockSlack is how far a peer's clock may lag behind ours.
	clockSlack = time.Hour
)

// lifetime is the one asked for, or else the default, no longer than others take.
func (o KeyPackageOptions) lifetime(cfg *Config) Lifetime {
	now, most := cfg.Now(), cfg.Limits.MaxLifetime
	if most < 0 {
		most = defaultMaxLifetime
	}
	most = most.Truncate(time.Second)
	if o.NotBefore.IsZero() {
		o.NotBefore = now.Add(-min(clockSlack, most/2))
	}
	if o.NotAfter.IsZero() {
		o.NotAfter = now.Add(defaultLifetime)
		if latest := o.NotBefore.Add(most); latest.Before(o.NotAfter) {
			o.NotAfter = latest
		}
	}
	return Lifetime{NotBefore: unixSeconds(o.NotBefore), NotAfter: unixSeconds(o.NotAfter)}
}

func unixSeconds(t time.Time) uint64 { return uint64(max(t.Unix(), 0)) }

// capabilities adds the key package's own extensions to default capabilities.
func (o KeyPackageOptions) capabilities() Capabilities {
	if o.Leaf.Capabilities.Versions != nil {
		return o.Leaf.Capabilities
	}
	c := o.Leaf.capabilities()
	for _, e := range o.Extensions {
		if !c.supportsExtension(e.Type) {
			c.Extensions = append(c.Extensions, e.Type)
		}
	}
	return c
}

func (o KeyPackageOptions) extensions() []Extension {
	extensions := cloneExtensions(o.Extensions)
	if _, there := findExtension(extensions, ExtensionLastResort); o.LastResort && !there {
		extensions = append(extensions, Extension{Type: ExtensionLastResort})
	}
	return extensions
}

// Message is the public key package as an MLSMessage, to publish (RFC 9420
// section 10).
func (b *KeyPackageBundle) Message() []byte { return b.keyPackage.Message() }

// Ref is the KeyPackageRef (RFC 9420 section 5.2) by which a Welcome names it.
func (b *KeyPackageBundle) Ref() []byte { return b.keyPackage.Ref() }

// KeyPackage is the public part (RFC 9420 section 10).
func (b *KeyPackageBundle) KeyPackage() *KeyPackage { return b.keyPackage }

// ParseKeyPackage decodes a key package, an MLSMessage, and checks its
// signatures, but not its lifetime (RFC 9420 section 10.1). Errors:
// ErrMalformed, ErrUnexpectedMessage, ErrSignature, ErrInvalidLeaf,
// ErrUnsupported.
func ParseKeyPackage(message []byte) (*KeyPackage, error) {
	m, err := parseMessage(message)
	if err != nil {
		return nil, err
	}
	if m.keyPackage == nil {
		return nil, fail(ErrUnexpectedMessage, "not a key package")
	}
	if err := m.keyPackage.verifyOnce(); err != nil {
		return nil, err
	}
	return m.keyPackage, nil
}

// LastResort tells whether the key package may be used more than once (RFC 9420
// section 16.8).
func (kp *KeyPackage) LastResort() bool {
	_, there := findExtension(kp.Extensions, ExtensionLastResort)
	return there
}

// Ref is the KeyPackageRef of RFC 9420 section 5.2, nil for a suite that is not supported.
func (kp *KeyPackage) Ref() []byte {
	s := suites[kp.CipherSuite]
	if s == nil {
		return nil
	}
	return s.keyPackageRef(kp.marshal())
}

// Message is the key package as an MLSMessage (RFC 9420 section 6).
func (kp *KeyPackage) Message() []byte {
	return (&message{format: formatKeyPackage, keyPackage: kp}).marshal()
}

func (kp *KeyPackage) encodeUnsigned(w *codec.Writer) {
	w.Uint16(protocolVersion)
	w.Uint16(uint16(kp.CipherSuite))
	w.Vector(kp.InitKey)
	kp.LeafNode.encode(w)
	encodeExtensions(w, kp.Extensions)
}

func (kp *KeyPackage) encode(w *codec.Writer) {
	if kp.raw != nil {
		w.Raw(kp.raw)
		return
	}
	kp.encodeUnsigned(w)
	w.Vector(kp.Signature)
}

func (kp *KeyPackage) marshal() []byte {
	var w codec.Writer
	kp.encode(&w)
	return w.Data()
}

func readKeyPackage(r *codec.Reader) *KeyPackage {
	before := r.Rest()
	if r.Uint16() != protocolVersion {
		r.Fail()
	}
	kp := &KeyPackage{CipherSuite: CipherSuite(r.Uint16()), InitKey: r.Vector(), LeafNode: *readLeafNode(r)}
	if kp.LeafNode.Source != LeafFromKeyPackage {
		r.Fail()
	}
	kp.Extensions, kp.Signature = readExtensions(r), r.Vector()
	size := len(before) - len(r.Rest())
	kp.raw = before[:size:size]
	return kp
}

const keyPackageLabel = "KeyPackageTBS"

func (kp *KeyPackage) signedContent() []byte {
	var w codec.Writer
	kp.encodeUnsigned(&w)
	return w.Data()
}

func (kp *KeyPackage) sign(s *suite, cfg *Config) (err error) {
	kp.Signature, err = s.signWithLabel(cfg.Signer, cfg.Rand, keyPackageLabel, kp.signedContent())
	if err != nil {
		return err
	}
	kp.raw = nil
	kp.raw = kp.marshal()
	return nil
}

// verifyOnce is verify, for a key package as it was decoded: a commit that must
// be tried several times costs its signatures once.
func (kp *KeyPackage) verifyOnce() error {
	if kp.verified {
		return nil
	}
	err := kp.verify()
	kp.verified = err == nil
	return err
}

// verify checks a key package by itself (RFC 9420 section 10.1).
func (kp *KeyPackage) verify() error {
	s, err := lookupSuite(kp.CipherSuite)
	if err != nil {
		return err
	}
	leaf := &kp.LeafNode
	if !s.verifyWithLabel(leaf.SignatureKey, keyPackageLabel, kp.signedContent(), kp.Signature) {
		return fail(ErrSignature, "key package")
	}
	if err := leaf.verify(s, nil, 0); err != nil {
		return err
	}
	if bytes.Equal(kp.InitKey, leaf.EncryptionKey) {
		return fail(ErrInvalidLeaf, "init key is the encryption key")
	}
	if !s.checkPublicKey(kp.InitKey) || !s.checkPublicKey(leaf.EncryptionKey) {
		return fail(ErrInvalidLeaf, "HPKE public key")
	}
	return leaf.checkFor(s)
}
