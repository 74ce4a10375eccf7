package mls

import "parley/mls/internal/codec"

// protocolVersion is mls10.
const protocolVersion uint16 = 1

// groupContext is GroupContext of RFC 9420 section 8.1.
type groupContext struct {
	suite                   CipherSuite
	groupID                 []byte
	epoch                   uint64
	treeHash                []byte
	confirmedTranscriptHash []byte
	extensions              []Extension
}

func (c *groupContext) encode(w *codec.Writer) {
	w.Uint16(protocolVersion)
	w.Uint16(uint16(c.suite))
	w.Vector(c.groupID)
	w.Uint64(c.epoch)
	w.Vector(c.treeHash)
	w.Vector(c.confirmedTranscriptHash)
	encodeExtensions(w, c.extensions)
}

func (c *groupContext) marshal() []byte {
	var w codec.Writer
	c.encode(&w)
	return w.Data()
}

func readGroupContext(r *codec.Reader) groupContext {
	if r.Uint16() != protocolVersion {
		r.Fail()
	}
	return groupContext{
		suite: CipherSuite(r.Uint16()), groupID: r.Vector(), epoch: r.Uint64(),
		treeHash: r.Vector(), confirmedTranscriptHash: r.Vector(), extensions: readExtensions(r),
	}
}

// epochSecrets are the secrets of one epoch (RFC 9420 section 8). The joiner,
// welcome and encryption secrets leave the key schedule on the way: they are
// kept by nobody for longer than they are needed.
type epochSecrets struct {
	senderData         secret
	exporter           secret
	confirmationKey    secret
	membershipKey      secret
	resumptionPSK      secret
	epochAuthenticator secret
	init               secret
	external           keyPair
}

// scheduled is what the key schedule yields.
type scheduled struct {
	secrets    epochSecrets
	joiner     secret
	welcome    secret
	encryption secret
}

// schedule runs the key schedule from the previous epoch's init secret.
func (s *suite) schedule(init, commitSecret, pskSecret secret, context []byte) (*scheduled, error) {
	extracted := s.extract(init, commitSecret)
	defer extracted.wipe()
	joiner := s.expandWithLabel(extracted, "joiner", context, s.hashLen)
	return s.scheduleFromJoiner(joiner, pskSecret, context)
}

// scheduleFromJoiner runs it from the joiner secret, as a new member does.
func (s *suite) scheduleFromJoiner(joiner, pskSecret secret, context []byte) (*scheduled, error) {
	member := s.extract(joiner, pskSecret)
	defer member.wipe()
	epoch := s.expandWithLabel(member, "epoch", context, s.hashLen)
	defer epoch.wipe()
	seed := s.deriveSecret(epoch, "external")
	defer seed.wipe()
	external, err := s.deriveKeyPair(seed)
	if err != nil {
		return nil, err
	}
	return &scheduled{
		joiner:     joiner,
		welcome:    s.deriveSecret(member, "welcome"),
		encryption: s.deriveSecret(epoch, "encryption"),
		secrets: epochSecrets{
			senderData:         s.deriveSecret(epoch, "sender data"),
			exporter:           s.deriveSecret(epoch, "exporter"),
			confirmationKey:    s.deriveSecret(epoch, "confirm"),
			membershipKey:      s.deriveSecret(epoch, "membership"),
			resumptionPSK:      s.deriveSecret(epoch, "resumption"),
			epochAuthenticator: s.deriveSecret(epoch, "authentication"),
			init:               s.deriveSecret(epoch, "init"),
			external:           external,
		},
	}, nil
}

// welcomeSecret is enough of the key schedule to open a GroupInfo.
func (s *suite) welcomeSecret(joiner, pskSecret secret) secret {
	member := s.extract(joiner, pskSecret)
	defer member.wipe()
	return s.deriveSecret(member, "welcome")
}

// welcomeKey is the key and nonce of the encrypted GroupInfo (RFC 9420 section 12.4.3.1).
func (s *suite) welcomeKey(welcome secret) (key, nonce secret) {
	return s.expandWithLabel(welcome, "key", nil, s.keyLen), s.expandWithLabel(welcome, "nonce", nil, s.nonceLen)
}

// export is MLS-Exporter of RFC 9420 section 8.5.
func (s *suite) export(exporter secret, label string, context []byte, length int) []byte {
	return s.expandWithLabel(s.deriveSecret(exporter, label), "exported", s.hashOf(context), length)
}

// confirmedTranscriptHash and interimTranscriptHash are of RFC 9420 section 8.2.
func (s *suite) confirmedTranscriptHash(interim []byte, input []byte) []byte {
	return s.hashOf(interim, input)
}

func (s *suite) interimTranscriptHash(confirmed, confirmationTag []byte) []byte {
	var w codec.Writer
	w.Vector(confirmationTag)
	return s.hashOf(confirmed, w.Data())
}
