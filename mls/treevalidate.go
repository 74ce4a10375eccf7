package mls

import (
	"maps"
	"slices"
)

// validateShape checks a tree that comes from outside, but for its hash and its
// leaves (RFC 9420 section 12.4.3.1).
func (t *tree) validateShape() error {
	for i, p := range t.parents {
		if p == nil {
			continue
		}
		x := nodeIndex(2*i + 1)
		if !t.suite.checkPublicKey(p.encryptionKey) {
			return fail(ErrInvalidTree, "parent encryption key")
		}
		if err := t.validateUnmerged(x, p); err != nil {
			return err
		}
	}
	if err := t.validateUnique(); err != nil {
		return err
	}
	return t.joining.batches(len(t.parents), t.verifyParentHashes)
}

// validateUnmerged: each unmerged leaf is taken, below x, and unmerged at every
// parent on the way too.
func (t *tree) validateUnmerged(x nodeIndex, p *parentNode) error {
	for i, leaf := range p.unmerged {
		if i > 0 && p.unmerged[i-1] >= leaf || !x.covers(leaf) || t.leaf(leaf) == nil {
			return fail(ErrInvalidTree, "unmerged leaves")
		}
		for y := leaf.node().parent(); y != x; y = y.parent() {
			if between := t.parent(y); between != nil {
				if _, there := slices.BinarySearch(between.unmerged, leaf); !there {
					return fail(ErrInvalidTree, "unmerged leaves")
				}
			}
		}
	}
	return nil
}

// validateUnique: no key stands in the tree twice (RFC 9420 section 7.3).
func (t *tree) validateUnique() error {
	if t.indexed().keys.twice == 0 {
		return nil
	}
	return t.findTwice()
}

// findTwice tells which kind of key it is.
func (t *tree) findTwice() error {
	encryption := make(map[string]struct{}, 2*len(t.leaves))
	signature := make(map[string]struct{}, len(t.leaves))
	for _, p := range t.parents {
		if p != nil && !addOnce(encryption, p.encryptionKey) {
			return fail(ErrInvalidTree, "an encryption key stands there twice")
		}
	}
	for _, leaf := range t.leaves {
		if leaf == nil {
			continue
		}
		if !addOnce(encryption, leaf.EncryptionKey) {
			return fail(ErrInvalidLeaf, "an encryption key stands there twice")
		}
		if !addOnce(signature, leaf.SignatureKey) {
			return fail(ErrInvalidLeaf, "a signature key stands there twice")
		}
	}
	return fail(ErrInvalidTree, "a key stands there twice")
}

func addOnce(set map[string]struct{}, key []byte) bool {
	if _, there := set[string(key)]; there {
		return false
	}
	set[string(key)] = struct{}{}
	return true
}

// validateCapabilities: every member supports what the group requires and the
// credentials in use (RFC 9420 sections 7.3 and 11.1).
func (t *tree) validateCapabilities(extensions []Extension) error {
	required, err := requiredCapabilities(extensions)
	if err != nil {
		return err
	}
	index := t.indexed()
	needed := RequiredCapabilities{
		Extensions:  slices.Clone(required.Extensions),
		Proposals:   required.Proposals,
		Credentials: slices.AppendSeq(slices.Clone(required.Credentials), maps.Keys(index.credentials)),
	}
	for _, e := range extensions {
		needed.Extensions = append(needed.Extensions, e.Type)
	}
	for _, c := range index.capabilities {
		t.visits++
		if !c.supports(needed) {
			return fail(ErrInvalidLeaf, "capabilities lack what the group needs")
		}
	}
	return nil
}

// validateLeaves checks the leaves of a tree that comes from outside: their
// signatures, side by side, and then what cfg says of them, one after another.
func (t *tree) validateLeaves(cfg *Config, context *groupContext) error {
	err := t.joining.batches(len(t.leaves), func(from, to int) error {
		return eachParallel(to-from, func(i int) error {
			return t.validateJoinedLeaf(cfg, context, LeafIndex(from+i))
		})
	})
	if err != nil {
		return err
	}
	return t.joining.batches(len(t.leaves), func(from, to int) error {
		for i, leaf := range t.leaves[from:to] {
			if leaf == nil {
				continue
			}
			in := LeafContext{Index: LeafIndex(from + i), Join: true}
			if err := askValidateLeaf(cfg, context, leaf, in); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tree) validateJoinedLeaf(cfg *Config, context *groupContext, i LeafIndex) error {
	if t.leaves[i] == nil {
		return nil
	}
	if err := cfg.Limits.checkLifetime(t.leaves[i]); err != nil {
		return err
	}
	return t.validateLeaf(context.groupID, i)
}

// validateLeaf checks one leaf of the tree by itself (RFC 9420 section 7.3).
func (t *tree) validateLeaf(groupID []byte, i LeafIndex) error {
	leaf := t.leaves[i]
	if err := leaf.checkFor(t.suite); err != nil {
		return err
	}
	if !t.suite.checkPublicKey(leaf.EncryptionKey) {
		return fail(ErrInvalidLeaf, "encryption key")
	}
	return leaf.verify(t.suite, groupID, i)
}

// askValidateLeaf fills in what the context tells and asks the application.
func askValidateLeaf(cfg *Config, context *groupContext, leaf *LeafNode, in LeafContext) error {
	if in.Previous != nil && cfg.Identity != nil && cfg.identity(in.Previous) != cfg.identity(leaf) {
		return fail(ErrInvalidLeaf, "it takes the place of another client's")
	}
	if cfg.ValidateLeaf == nil {
		return nil
	}
	in.GroupID, in.Epoch, in.Extensions = context.groupID, context.epoch, context.extensions
	return because(ErrInvalidLeaf, cfg.ValidateLeaf(*leaf, in))
}
