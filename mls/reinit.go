package mls

import (
	"bytes"
	"slices"

	"parley/mls/internal/codec"
)

// ProposeReInit asks to end the group and to go on in another with the same
// members (RFC 9420 section 11.2). An empty GroupID is drawn at random, Version
// 0 is mls10, CipherSuite 0 the group's own; Extensions are all those of the new
// group. Commit takes the proposal only where there is no other. Errors:
// ErrUnsupported, ErrConfig, ErrClosed, ErrLimit.
func (g *Group) ProposeReInit(next ReInit, opt MessageOptions) ([]byte, error) {
	r, err := g.newReInit(&next)
	if err != nil {
		return nil, err
	}
	return g.propose(Proposal{Type: ProposalReInit, ReInit: r}, nil, opt)
}

// newReInit fills in what a ReInit of one's own leaves open.
func (g *Group) newReInit(given *ReInit) (*ReInit, error) {
	r := given.clone()
	if r.Version == 0 {
		r.Version = protocolVersion
	}
	if r.CipherSuite == 0 {
		r.CipherSuite = g.epoch.context.suite
	}
	if err := r.supported(); err != nil {
		return nil, err
	}
	if err := checkExtensions(r.Extensions); err != nil {
		return nil, err
	}
	var err error
	r.GroupID, err = suites[r.CipherSuite].groupID(&g.cfg, r.GroupID)
	return r, err
}

// supported tells whether this package could make the group that follows.
func (i *ReInit) supported() error {
	if i.Version != protocolVersion || !i.CipherSuite.Supported() {
		return fail(ErrUnsupported, "version or cipher suite of a re-initialisation")
	}
	return nil
}

// SuccessorOptions is what a member brings along to make the group that follows
// a re-initialised one (RFC 9420 section 11.2).
type SuccessorOptions struct {
	// Leaf is one's own; without a Credential it has that of the old group.
	Leaf LeafOptions
	// KeyPackages, MLSMessages of the new cipher suite, are of all other members
	// of the old group and of nobody else, as Config.Identity tells.
	KeyPackages [][]byte
}

// NewSuccessor makes the group that follows this one, which a ReInit commit has
// closed; any of its members may do so (RFC 9420 section 11.2). The new group
// has the commit that adds the others pending, and result is that commit: go on
// as after Commit. If another member was faster, drop the new group and join
// theirs by JoinSuccessor. cfg is for the new group: its Signer must fit the
// new cipher suite. Errors: ErrConfig, ErrUnsupported, ErrNotDerived,
// ErrInvalidLeaf, ErrExpired, ErrInvalidProposal, and those of ParseKeyPackage.
func (g *Group) NewSuccessor(cfg Config, opt SuccessorOptions) (successor *Group, result *CommitResult, err error) {
	if g.reInit == nil {
		return nil, nil, fail(ErrConfig, "the group is not re-initialised")
	}
	if err := g.reInit.supported(); err != nil {
		return nil, nil, err
	}
	d := &derivation{parent: g, usage: ResumptionReInit}
	return d.found(cfg, GroupOptions{
		CipherSuite: g.reInit.CipherSuite, GroupID: g.reInit.GroupID, Extensions: g.reInit.Extensions, Leaf: opt.Leaf,
	}, opt.KeyPackages)
}

// JoinSuccessor joins the group that follows this one, which a ReInit commit has
// closed, by the Welcome of its first commit. It is JoinWelcome for that case,
// and sees to it that the new group is what the ReInit says and has the same
// members (RFC 9420 section 12.4.3.1). Errors: ErrNotDerived, and those of JoinWelcome.
func (g *Group) JoinSuccessor(cfg Config, welcome []byte, bundles []*KeyPackageBundle, ratchetTree []byte) (*Group, *KeyPackageBundle, error) {
	if g.reInit == nil {
		return nil, nil, fail(ErrConfig, "the group is not re-initialised")
	}
	return joinWelcome(cfg, welcome, bundles, ratchetTree, &derivation{parent: g, usage: ResumptionReInit})
}

// checkReInit compares a new group with the ReInit it follows.
func (d *derivation) checkReInit(info *groupInfo, t *tree, cfg *Config) error {
	r, context := d.parent.reInit, &info.context
	if !bytes.Equal(context.groupID, r.GroupID) || protocolVersion != r.Version || context.suite != r.CipherSuite ||
		!slices.EqualFunc(context.extensions, r.Extensions, Extension.equal) {
		return fail(ErrNotDerived, "other parameters than the ReInit's")
	}
	return sameMembers(cfg, d.parent.epoch.tree.leaves, t.leaves)
}

func (i *ReInit) clone() *ReInit {
	if i == nil {
		return nil
	}
	c := *i
	c.GroupID, c.Extensions = bytes.Clone(i.GroupID), cloneExtensions(i.Extensions)
	return &c
}

func (i *ReInit) save(w *codec.Writer) {
	w.Optional(i != nil)
	if i != nil {
		i.encode(w)
	}
}

func loadReInit(r *codec.Reader) *ReInit {
	if !r.Optional() {
		return nil
	}
	return readReInit(r)
}
