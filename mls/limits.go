package mls

import "time"

// Limits bounds what a group keeps and what hostile input may cost.
// The zero value of a field means its default. MaxProposals, MaxMembers and
// MaxLifetime decide which commits are valid, so all members of a group should
// have the same.
type Limits struct {
	// MaxForward is how many generations one message may move its sender's
	// ratchet ahead: one HKDF step each (RFC 9420 section 9.2), so a forged
	// generation costs no more. Default 1000.
	MaxForward uint32
	// MaxSkipped is how many message keys are kept, for each sender, epoch and ratchet, for
	// messages that come late. The oldest go first. Default 1000; -1 for none.
	MaxSkipped int
	// MaxSkippedAge is how long, by Config.Now, a message key is kept for a message
	// that comes late, and how long past epochs are. Let it be as long as the
	// delivery service keeps messages. Default 30 days.
	MaxSkippedAge time.Duration
	// PastEpochs is how many epochs back application messages can still be
	// opened. Default 5; -1 for none.
	PastEpochs int
	// MaxProposals bounds the proposals waiting for a commit, and those of one
	// commit, against a flood by a member or an external sender: each may cost
	// two signatures to check. Default 4096, at most 16384.
	MaxProposals int
	// MaxMembers bounds the leaves of a tree. Default 65536.
	MaxMembers uint32
	// MaxLifetime bounds how long a key package may be used, from NotBefore to
	// NotAfter; others are refused, in Adds and in the tree of a group one joins
	// (RFC 9420 section 7.2). Default 100 days: 90, and room for clocks and
	// other clients' three months. Negative is no bound: NotBefore and NotAfter
	// still hold where somebody is added.
	MaxLifetime time.Duration
	// Padding holds the sizes, ascending, to which application messages are
	// padded, in bytes of the encrypted content; beyond the last, to a
	// multiple of it. Default 128 … 4096 in powers of two.
	Padding []int
}

const (
	defaultMaxForward   = 1000
	defaultMaxSkipped   = 1000
	defaultSkippedAge   = 30 * 24 * time.Hour
	defaultPastEpochs   = 5
	defaultMaxProposals = 4096
	defaultMaxMembers   = 1 << 16
	defaultMaxLifetime  = 100 * 24 * time.Hour

	// maxMessage bounds what any decoder looks at: a GroupInfo of 65,536
	// members with certificates fits.
	maxMessage = 64 << 20
	// maxPastEpochs bounds Limits.PastEpochs: each keeps the leaves of its tree.
	maxPastEpochs = 64
	// maxExtensions bounds one list of extensions, as each is compared with all others.
	maxExtensions = 64
	// maxTypes bounds one list of types, as lists are compared with each other.
	maxTypes = 256

	// Items of the lists below take more room in memory than encoded, up to a
	// hundred times, so that a decoder stops where no honest list ends.
	maxProposals       = 1 << 14 // of a commit, and PSKs of a Welcome
	maxPathNodes       = 32      // a tree is no higher: LeafIndex has so many bits
	maxCertificates    = 64      // of a credential
	maxExternalSenders = 256
)

var defaultPadding = []int{128, 256, 512, 1024, 2048, 4096}

func (l Limits) withDefaults() Limits {
	if l.MaxForward == 0 {
		l.MaxForward = defaultMaxForward
	}
	if l.MaxSkipped == 0 {
		l.MaxSkipped = defaultMaxSkipped
	}
	if l.MaxSkippedAge <= 0 {
		l.MaxSkippedAge = defaultSkippedAge
	}
	switch {
	case l.PastEpochs == 0:
		l.PastEpochs = defaultPastEpochs
	case l.PastEpochs < 0:
		l.PastEpochs = 0
	}
	l.PastEpochs = min(l.PastEpochs, maxPastEpochs)
	if l.MaxProposals == 0 {
		l.MaxProposals = defaultMaxProposals
	}
	l.MaxProposals = min(l.MaxProposals, maxProposals)
	if l.MaxMembers == 0 {
		l.MaxMembers = defaultMaxMembers
	}
	if l.MaxLifetime == 0 {
		l.MaxLifetime = defaultMaxLifetime
	}
	if len(l.Padding) == 0 {
		l.Padding = defaultPadding
	}
	return l
}

// checkLifetime checks how long a leaf that comes from a key package may be used.
func (l Limits) checkLifetime(leaf *LeafNode) error {
	if leaf.Source != LeafFromKeyPackage || l.MaxLifetime < 0 {
		return nil
	}
	t := leaf.Lifetime
	if t.NotAfter < t.NotBefore || t.NotAfter-t.NotBefore > uint64(l.withDefaults().MaxLifetime/time.Second) {
		return fail(ErrInvalidLeaf, "lifetime longer than Limits.MaxLifetime, or ending before it begins")
	}
	return nil
}

// paddedSize is the size to which n bytes are padded.
func (l Limits) paddedSize(n int) int {
	for _, size := range l.Padding {
		if n <= size {
			return size
		}
	}
	last := max(l.Padding[len(l.Padding)-1], 1)
	return (n + last - 1) / last * last
}
