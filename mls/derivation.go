package mls

import (
	"bytes"

	"parley/mls/internal/codec"
)

// A derivation is how a group comes from another one: it follows it after a
// ReInit, or branches off. Its first commit refers to the other group by a
// resumption PSK (RFC 9420 sections 11.2 and 11.3).
type derivation struct {
	parent *Group
	usage  ResumptionUsage
}

// found makes the new group and its first commit, by which all others come in.
func (d *derivation) found(cfg Config, opt GroupOptions, keyPackages [][]byte) (*Group, *CommitResult, error) {
	own := d.parent.epoch.tree.leaf(d.parent.epoch.own)
	if opt.Leaf.Credential.Type == 0 {
		opt.Leaf.Credential = own.Credential
	}
	g, err := NewGroup(cfg, opt)
	if err != nil {
		return nil, nil, err
	}
	if err := d.checkKeyPackages(g, keyPackages); err != nil {
		return nil, nil, err
	}
	g.epoch.derivation = d.usage
	psk := PreSharedKeyID{
		Type: PSKResumption, Usage: d.usage, Group: d.parent.ID(), Epoch: d.parent.Epoch(),
	}
	result, err := g.commit(CommitOptions{Add: keyPackages, PSKs: []PreSharedKeyID{psk}},
		func([]PreSharedKeyID) ([]secret, error) { return []secret{d.parent.resumptionPSK(psk.Epoch)}, nil })
	if err != nil {
		return nil, nil, err
	}
	return g, result, nil
}

// checkKeyPackages holds the members to be against those of the parent.
func (d *derivation) checkKeyPackages(g *Group, keyPackages [][]byte) error {
	leaves := []*LeafNode{g.epoch.tree.leaf(0)}
	for _, data := range keyPackages {
		kp, err := ParseKeyPackage(data)
		if err != nil {
			return err
		}
		leaves = append(leaves, &kp.LeafNode)
	}
	if d.usage == ResumptionReInit {
		return sameMembers(&g.cfg, d.parent.epoch.tree.leaves, leaves)
	}
	return onlyMembers(&g.cfg, d.parent.epoch.tree.leaves, leaves)
}

// isDerivation tells a PSK that belongs into the first commit of such a group only.
func (id *PreSharedKeyID) isDerivation() bool {
	return id.Type == PSKResumption && id.Usage != ResumptionApplication
}

// check looks at the new group before it is joined (RFC 9420 section 12.4.3.1).
func (d *derivation) check(id *PreSharedKeyID, info *groupInfo, t *tree, cfg *Config) error {
	if info.context.epoch != 1 {
		return fail(ErrNotDerived, "not the first commit of the new group")
	}
	if d.usage == ResumptionReInit {
		return d.checkReInit(info, t, cfg)
	}
	return d.checkBranch(info, t, cfg, id.Epoch)
}

// value is the resumption PSK that id names, if it is the one expected.
func (d *derivation) value(id *PreSharedKeyID) (secret, error) {
	if id.Usage != d.usage || !bytes.Equal(id.Group, d.parent.epoch.context.groupID) ||
		d.usage == ResumptionReInit && id.Epoch != d.parent.epoch.context.epoch {
		return nil, fail(ErrNotDerived, "resumption PSK of another group, epoch or usage")
	}
	value := d.parent.resumptionPSK(id.Epoch)
	if value == nil {
		return nil, ErrUnknownPSK
	}
	return value, nil
}

// identity names the client a leaf stands for.
func (c *Config) identity(leaf *LeafNode) string {
	if c.Identity != nil {
		return string(c.Identity(*leaf))
	}
	var w codec.Writer
	leaf.Credential.encode(&w)
	return string(w.Data())
}

// sameMembers: the new group has the clients of the old one, each as often.
func sameMembers(cfg *Config, before, after []*LeafNode) error {
	count := map[string]int{}
	for _, leaf := range before {
		if leaf != nil {
			count[cfg.identity(leaf)]++
		}
	}
	for _, leaf := range after {
		if leaf == nil {
			continue
		}
		who := cfg.identity(leaf)
		if count[who]--; count[who] < 0 {
			return fail(ErrNotDerived, "a member that the old group does not have")
		}
	}
	for _, left := range count {
		if left != 0 {
			return fail(ErrNotDerived, "a member of the old group is missing")
		}
	}
	return nil
}

// onlyMembers: the subgroup has no client that the group does not have.
func onlyMembers(cfg *Config, group, subgroup []*LeafNode) error {
	there := map[string]bool{}
	for _, leaf := range group {
		if leaf != nil {
			there[cfg.identity(leaf)] = true
		}
	}
	for _, leaf := range subgroup {
		if leaf != nil && !there[cfg.identity(leaf)] {
			return fail(ErrNotDerived, "a member that the group does not have")
		}
	}
	return nil
}
