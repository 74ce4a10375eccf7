package mls

import (
	"bytes"
	"fmt"
	"io"
)

// Group is a member's view of a group (RFC 9420 section 3.1): one epoch, and
// what is needed to leave it for the next. It prints as redacted. Not safe for
// concurrent use.
type Group struct {
	cfg        Config
	epoch      *epoch
	ratchets   *secretTree
	past       []*pastEpoch // oldest first
	resumption []resumptionSecret
	proposals  []*storedProposal
	pending    *pendingCommit
	closed     bool
	reInit     *ReInit // with which the group was closed
	rewound    bool
	inviter    *Member                // whose Welcome this member joined by; not saved
	deleted    unsavedRecords[string] // keys of records that are to be deleted with their epochs
}

// pastEpoch is what is kept to open late application messages.
type pastEpoch struct {
	epoch      uint64
	raw        []byte // group context
	own        LeafIndex
	senderData secret
	leaves     []*LeafNode
	ratchets   *secretTree

	ended           int64 // Unix seconds
	confirmationTag []byte
}

// resumptionSecret is kept for Limits.PastEpochs epochs (RFC 9420 section 8.6).
type resumptionSecret struct {
	epoch  uint64
	secret secret
}

// storedProposal is a pending proposal; ownKey is the new leaf key of an Update of one's own.
type storedProposal struct {
	PendingProposal
	ownKey secret
}

// Member is a leaf of the tree that is taken (RFC 9420 section 4.1.1). Treat it
// as read-only: it points into the tree.
type Member struct {
	Index        LeafIndex
	Credential   Credential
	SignatureKey []byte
	// Leaf is the whole leaf node, read-only.
	Leaf *LeafNode
}

func memberOf(i LeafIndex, leaf *LeafNode) Member {
	return Member{Index: i, Credential: leaf.Credential, SignatureKey: leaf.SignatureKey, Leaf: leaf}
}

// GroupOptions describes a group to create (RFC 9420 section 11).
type GroupOptions struct {
	CipherSuite CipherSuite // 0 is DefaultSuite
	GroupID     []byte      // empty is drawn at random
	Leaf        LeafOptions
	Extensions  []Extension
}

// NewGroup creates a group whose only member is this one, in epoch 0 (RFC 9420
// section 11). Errors: ErrConfig, ErrUnsupported, ErrInvalidLeaf.
func NewGroup(cfg Config, opt GroupOptions) (*Group, error) {
	cfg = cfg.withDefaults()
	if opt.CipherSuite == 0 {
		opt.CipherSuite = DefaultSuite
	}
	s, err := lookupSuite(opt.CipherSuite)
	if err != nil {
		return nil, err
	}
	if opt.GroupID, err = s.groupID(&cfg, opt.GroupID); err != nil {
		return nil, err
	}
	leaf, leafKey, err := newLeaf(s, &cfg, opt.Leaf)
	if err != nil {
		return nil, err
	}
	leaf.Source = LeafFromKeyPackage
	leaf.Lifetime = KeyPackageOptions{}.lifetime(&cfg)
	if err := leaf.sign(s, &cfg, nil, 0); err != nil {
		return nil, err
	}
	t := newTree(s, 1)
	t.setLeaf(0, leaf)
	e := &epoch{suite: s, tree: t, leafKey: leafKey, keys: nodeKeys{}, context: groupContext{
		suite: s.id, groupID: bytes.Clone(opt.GroupID), treeHash: t.rootHash(), extensions: cloneExtensions(opt.Extensions),
	}}
	return e.found(cfg)
}

// groupID draws the id of a new group, unless one is given (RFC 9420 section 11).
func (s *suite) groupID(cfg *Config, given []byte) ([]byte, error) {
	if len(given) > 0 {
		return bytes.Clone(given), nil
	}
	return randomSecret(cfg.Rand, s.hashLen)
}

// found runs the key schedule of epoch 0 from a random secret.
func (e *epoch) found(cfg Config) (*Group, error) {
	if err := checkExtensions(e.context.extensions); err != nil {
		return nil, err
	}
	if err := e.tree.validateCapabilities(e.context.extensions); err != nil {
		return nil, err
	}
	if _, err := externalSenders(e.context.extensions); err != nil {
		return nil, err
	}
	e.raw = e.context.marshal()
	init, err := randomSecret(cfg.Rand, e.suite.hashLen)
	if err != nil {
		return nil, err
	}
	sched, err := e.suite.schedule(init, make(secret, e.suite.hashLen), make(secret, e.suite.hashLen), e.raw)
	if err != nil {
		return nil, err
	}
	init.wipe()
	sched.done()
	e.secrets = sched.secrets
	e.confirmationTag = e.suite.mac(e.secrets.confirmationKey, e.context.confirmedTranscriptHash)
	e.interim = e.suite.interimTranscriptHash(e.context.confirmedTranscriptHash, e.confirmationTag)
	return newGroup(cfg, &nextEpoch{epoch: e, ratchets: newSecretTree(e.suite, 1, sched.encryption)}), nil
}

func newGroup(cfg Config, first *nextEpoch) *Group {
	return &Group{cfg: cfg, epoch: first.epoch, ratchets: first.ratchets}
}

// enter takes the group to the next epoch.
func (g *Group) enter(next *nextEpoch) {
	g.dropProposals()
	g.dropPending(next)
	if next.epoch == nil {
		g.closed = true
		g.ratchets.finish()
		g.epoch.retire()
		return
	}
	g.archive()
	g.epoch.wipeKeys(next.epoch)
	defer g.DropExpired()
	g.epoch, g.ratchets, g.closed, g.reInit = next.epoch, next.ratchets, next.closed, next.reInit
	if g.closed {
		g.epoch.retire()
	}
}

// archive keeps what is needed of the epoch that ends.
func (g *Group) archive() {
	g.ratchets.finish()
	e := g.epoch
	g.past = append(g.past, &pastEpoch{
		epoch: e.context.epoch, raw: e.raw, own: e.own, senderData: e.secrets.senderData,
		leaves: e.tree.leaves, ratchets: g.ratchets,
		confirmationTag: e.confirmationTag, ended: g.cfg.Now().Unix(),
	})
	g.resumption = append(g.resumption, resumptionSecret{epoch: e.context.epoch, secret: e.secrets.resumptionPSK})
	e.secrets.retire()
	for over := len(g.past) - g.cfg.Limits.PastEpochs; over > 0; over-- {
		g.dropOldest()
	}
	for ; len(g.resumption) > g.cfg.Limits.PastEpochs; g.resumption = g.resumption[1:] {
		g.resumption[0].secret.wipe()
	}
}

// dropOldest forgets the oldest past epoch and the secrets of its late messages.
func (g *Group) dropOldest() {
	p := g.past[0]
	g.past[0] = nil
	g.past = g.past[1:]
	for _, id := range p.ratchets.drop() {
		g.deleted.add(string(id.key(p.epoch)))
	}
	p.senderData.wipe()
}

// retire wipes what an epoch that is over needs no more. What is kept for late
// messages and resumption stands elsewhere by now.
func (s *epochSecrets) retire() {
	for _, spent := range []secret{s.exporter, s.confirmationKey, s.membershipKey, s.init, s.external.private} {
		spent.wipe()
	}
}

// retire wipes what the last epoch of a group needs no more: nothing follows it.
func (e *epoch) retire() {
	e.secrets.retire()
	e.leafKey.wipe()
	for _, pair := range e.keys {
		pair.private.wipe()
	}
	e.leafKey, e.keys = nil, nodeKeys{}
}

// ID is the group id (RFC 9420 section 8.1).
func (g *Group) ID() []byte { return bytes.Clone(g.epoch.context.groupID) }

// Epoch counts the commits since the group was made (RFC 9420 section 8.1).
func (g *Group) Epoch() uint64 { return g.epoch.context.epoch }

// CipherSuite is the group's suite (RFC 9420 section 8.1).
func (g *Group) CipherSuite() CipherSuite { return g.epoch.context.suite }

// OwnLeaf is this member's leaf (RFC 9420 section 4.1.1).
func (g *Group) OwnLeaf() LeafIndex { return g.epoch.own }

// Members lists the members in the order of their leaves (RFC 9420 section
// 4.1.1).
func (g *Group) Members() []Member { return g.epoch.tree.members() }

func (t *tree) members() (members []Member) {
	for i, leaf := range t.leaves {
		if leaf != nil {
			members = append(members, memberOf(LeafIndex(i), leaf))
		}
	}
	return members
}

// Member is the member at a leaf, if it is taken (RFC 9420 section 4.1.1).
func (g *Group) Member(leaf LeafIndex) (Member, bool) {
	n := g.epoch.tree.leaf(leaf)
	if n == nil {
		return Member{}, false
	}
	return memberOf(leaf, n), true
}

// Inviter is who signed the GroupInfo of the Welcome by which this member joined
// (RFC 9420 section 12.4.3.1); false if it joined otherwise, and in a restored group.
func (g *Group) Inviter() (Member, bool) {
	if g.inviter == nil {
		return Member{}, false
	}
	return *g.inviter, true
}

// Extensions are those of the group context (RFC 9420 section 8.1). Treat them
// as read-only.
func (g *Group) Extensions() []Extension { return g.epoch.context.extensions }

// ExternalSenders decodes the external_senders extension, nil without one (RFC
// 9420 section 12.1.8.1). Errors: ErrMalformed.
func (g *Group) ExternalSenders() ([]ExternalSender, error) {
	return externalSenders(g.epoch.context.extensions)
}

// Closed tells that this member was removed or the group re-initialised (RFC
// 9420 section 12.4.2): nothing can be sent any more; late application messages
// can still be opened.
func (g *Group) Closed() bool { return g.closed }

// ReInit describes the group that follows this one, once a ReInit commit has
// closed it; nil otherwise (RFC 9420 section 11.2). NewSuccessor makes that
// group, JoinSuccessor joins it.
func (g *Group) ReInit() *ReInit { return g.reInit.clone() }

// ResumptionPSK is the resumption PSK of this epoch, or of one of
// Limits.PastEpochs before (RFC 9420 section 8.6), for Config.PSK of another
// group, or of this one when one joins it again. It is a secret. Errors: ErrUnknownPSK.
func (g *Group) ResumptionPSK(epoch uint64) ([]byte, error) {
	value := g.resumptionPSK(epoch)
	if value == nil {
		return nil, ErrUnknownPSK
	}
	return bytes.Clone(value), nil
}

func (g *Group) resumptionPSK(epoch uint64) secret {
	if epoch == g.epoch.context.epoch {
		return g.epoch.secrets.resumptionPSK
	}
	for _, past := range g.resumption {
		if past.epoch == epoch {
			return past.secret
		}
	}
	return nil
}

// EpochAuthenticator is equal for all members of an epoch (RFC 9420 section 8.7).
func (g *Group) EpochAuthenticator() []byte { return bytes.Clone(g.epoch.secrets.epochAuthenticator) }

// TreeHash is the hash of the ratchet tree, equal for all members of an epoch
// (RFC 9420 section 7.8).
func (g *Group) TreeHash() []byte { return bytes.Clone(g.epoch.context.treeHash) }

// Export derives a secret of this epoch for the application (RFC 9420 section
// 8.5). length is in bytes, at most 255 hashes. Errors: ErrConfig, ErrClosed.
func (g *Group) Export(label string, context []byte, length int) ([]byte, error) {
	if g.closed {
		return nil, ErrClosed
	}
	if length < 0 || length > 255*g.epoch.suite.hashLen {
		return nil, fail(ErrConfig, "length of an exported secret")
	}
	return g.epoch.suite.export(g.epoch.secrets.exporter, label, context, length), nil
}

const redactedGroup = "mls.Group{redacted}"

func (Group) String() string             { return redactedGroup }
func (Group) GoString() string           { return redactedGroup }
func (Group) Format(f fmt.State, _ rune) { io.WriteString(f, redactedGroup) }
