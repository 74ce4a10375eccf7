package mls

import "bytes"

// SubgroupOptions describes a group of some members of another (RFC 9420
// section 11.3).
type SubgroupOptions struct {
	GroupID    []byte // empty is drawn at random
	Extensions []Extension
	// Leaf is one's own; without a Credential it has that of the other group.
	Leaf LeafOptions
	// KeyPackages, MLSMessages, are of members of the other group, as
	// Config.Identity tells, and of nobody else.
	KeyPackages [][]byte
}

// NewSubgroup makes a group of members of this one, of the same cipher suite,
// whose secrets depend on this group's too (RFC 9420 section 11.3). The new
// group has the commit that adds the others pending, and result is that commit:
// go on as after Commit. They join by JoinSubgroup. Errors: ErrConfig,
// ErrNotDerived, ErrInvalidLeaf, ErrExpired, ErrInvalidProposal, ErrClosed, and
// those of ParseKeyPackage.
func (g *Group) NewSubgroup(cfg Config, opt SubgroupOptions) (subgroup *Group, result *CommitResult, err error) {
	if g.closed {
		return nil, nil, ErrClosed
	}
	d := &derivation{parent: g, usage: ResumptionBranch}
	return d.found(cfg, GroupOptions{
		CipherSuite: g.CipherSuite(), GroupID: opt.GroupID, Extensions: opt.Extensions, Leaf: opt.Leaf,
	}, opt.KeyPackages)
}

// JoinSubgroup joins a group that branches off this one, by the Welcome of its
// first commit (RFC 9420 section 11.3). It is JoinWelcome for that case, and
// sees to it that the subgroup is of the same cipher suite and has no members
// but those of this group, in the epoch in which it branched off: the present
// one, or one of Limits.PastEpochs before. Errors: ErrNotDerived, and those of
// JoinWelcome.
func (g *Group) JoinSubgroup(cfg Config, welcome []byte, bundles []*KeyPackageBundle, ratchetTree []byte) (*Group, *KeyPackageBundle, error) {
	return joinWelcome(cfg, welcome, bundles, ratchetTree, &derivation{parent: g, usage: ResumptionBranch})
}

// checkBranch compares a subgroup with the group it branches off in an epoch.
func (d *derivation) checkBranch(info *groupInfo, t *tree, cfg *Config, epoch uint64) error {
	parent := &d.parent.epoch.context
	if info.context.suite != parent.suite || bytes.Equal(info.context.groupID, parent.groupID) {
		return fail(ErrNotDerived, "a subgroup of another cipher suite, or of the same id")
	}
	leaves := d.leavesOf(epoch)
	if leaves == nil {
		return fail(ErrUnknownPSK, "members of the epoch a subgroup branches off")
	}
	return onlyMembers(cfg, leaves, t.leaves)
}

// leavesOf are the leaves of the parent in an epoch, nil if they are not kept.
func (d *derivation) leavesOf(epoch uint64) []*LeafNode {
	if epoch == d.parent.epoch.context.epoch {
		return d.parent.epoch.tree.leaves
	}
	for _, p := range d.parent.past {
		if p.epoch == epoch {
			return p.leaves
		}
	}
	return nil
}
