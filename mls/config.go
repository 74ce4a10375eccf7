package mls

import (
	"crypto"
	"crypto/rand"
	"fmt"
	"io"
	"time"
)

// Config is what a member brings along: it is given to every constructor and
// is never part of saved state. Copies share nothing that changes.
type Config struct {
	// Signer holds the signature key of one's own leaf: an ed25519.PrivateKey
	// for the suites with Ed25519, an *ecdsa.PrivateKey for the NIST curves.
	Signer crypto.Signer
	// Rand is where keys and nonces come from; nil is crypto/rand.Reader. HPKE
	// encapsulation draws from crypto/rand in any case.
	Rand io.Reader
	// Now tells the time for key package lifetimes; nil is time.Now. While
	// messages of the past are processed, let it tell when the delivery
	// service took them: members must come to one judgement of a commit.
	Now func() time.Time
	// ValidateLeaf judges the credential of a leaf: at a join, each leaf of the
	// tree; later, each leaf that is added, updated or commits. An error makes
	// the operation fail with ErrInvalidLeaf. It must look at LeafContext.Previous,
	// too, unless Identity is set: one who may be in the group may not therefore
	// take the place of another. The signature of a leaf is verified; that its
	// SignatureKey belongs to the credential, such as to an X.509 certificate, is
	// for this function to find out. nil accepts every leaf, but for an external
	// joiner that removes a leaf with another credential: nothing then stands
	// behind what members say they are.
	ValidateLeaf func(LeafNode, LeafContext) error
	// AcceptProposal judges a proposal of somebody else before it becomes
	// pending, and so part of one's next commit. An error makes Process fail
	// with ErrInvalidProposal; a commit that refers to the proposal then fails
	// with ErrUnknownProposal. nil accepts what members propose and what
	// external senders propose to remove, and nothing else from outside.
	AcceptProposal func(PendingProposal) error
	// PSK returns the value of an external pre-shared key, or of a resumption PSK
	// of another group (Group.ResumptionPSK gives it). Those of ReInit and branch
	// it is not asked for. nil knows none. Return nil for an unknown id.
	PSK func(PreSharedKeyID) []byte
	// Identity tells which client a leaf stands for: two leaves of equal identity,
	// in two groups or one after the other, are one client's. It decides who may
	// be in the group that follows a ReInit or branches off, for which nil takes the
	// credential as a whole. If it is set, a leaf that takes the place of another (an
	// update, a commit, a resync) must be of the same identity.
	Identity func(LeafNode) []byte
	// KnownGroup tells whether one is in a group of this id already: a Welcome into
	// it is refused with ErrKnownGroup (RFC 9420 section 12.4.3.1). nil knows
	// none; then look at Group.ID before the group is put in the place of another.
	KnownGroup func(groupID []byte) bool
	// Progress is called between batches of the work of JoinExternal and
	// JoinWelcome, which is long in a large group: a signature for each member.
	// done grows up to total, a few times the group's size, by at most 64 for each
	// batch; the last step may be longer. It may block to let other work run, as browsers need. An error stops
	// the join, which returns it, and nothing has changed. nil does not ask.
	Progress func(done, total int) error
	// Limits bounds memory and work.
	Limits Limits
}

// LeafContext tells ValidateLeaf where a leaf stands (RFC 9420 section 7.3).
type LeafContext struct {
	GroupID    []byte
	Epoch      uint64 // the epoch in which the leaf takes its place
	Extensions []Extension
	Index      LeafIndex
	// Join tells that it stands in the tree of a group one is about to join:
	// the group took it earlier.
	Join bool
	// Previous is the leaf this one takes the place of (an update, a commit,
	// or a resync of the same device); nil for a new member and at a join.
	Previous *LeafNode
}

func (c Config) withDefaults() Config {
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Limits = c.Limits.withDefaults()
	return c
}

const redactedConfig = "mls.Config{redacted}"

func (Config) String() string             { return redactedConfig }
func (Config) GoString() string           { return redactedConfig }
func (Config) Format(f fmt.State, _ rune) { io.WriteString(f, redactedConfig) }
