package mls

import (
	"bytes"
	"slices"

	"parley/mls/internal/codec"
)

// hash is the tree hash of the subtree at x (RFC 9420 section 7.8). It is kept;
// the caller must not keep it beyond the next change of the tree.
func (t *tree) hash(x nodeIndex) []byte {
	if known := t.hashes.get(x); known != nil {
		return known
	}
	t.visits++
	var h []byte
	if x.isLeaf() {
		h = t.leafHash(x.leaf(), t.leaves[x/2])
	} else {
		h = t.parentNodeHash(t.parent(x), t.hash(x.left()), t.hash(x.right()))
	}
	t.hashes.set(x, h)
	return h
}

// rootHash is the hash of the whole tree, the caller's own.
func (t *tree) rootHash() []byte { return bytes.Clone(t.hash(t.root())) }

// hashAll makes the hashes of the leaves, which are most of the work of the root's.
func (t *tree) hashAll() error {
	return t.joining.batches(len(t.leaves), func(from, to int) error {
		for i := from; i < to; i++ {
			t.hash(LeafIndex(i).node())
		}
		return nil
	})
}

func (t *tree) leafHash(i LeafIndex, n *LeafNode) []byte {
	w := codec.NewWriter(512)
	w.Uint8(nodeTypeLeaf)
	w.Uint32(uint32(i))
	w.Optional(n != nil)
	if n != nil {
		n.encode(w)
	}
	return t.suite.hashOf(w.Data())
}

func (t *tree) parentNodeHash(p *parentNode, left, right []byte) []byte {
	w := codec.NewWriter(256)
	w.Uint8(nodeTypeParent)
	w.Optional(p != nil)
	if p != nil {
		p.encode(w)
	}
	w.Vector(left)
	w.Vector(right)
	return t.suite.hashOf(w.Data())
}

// hashWithout is the tree hash of x as it was before the leaves in without,
// ascending, were added: they are blank, and unmerged nowhere (RFC 9420
// section 7.9, original_sibling_tree_hash).
func (t *tree) hashWithout(x nodeIndex, without []LeafIndex) []byte {
	from, _ := slices.BinarySearch(without, x.firstLeaf())
	to, found := slices.BinarySearch(without, x.lastLeaf())
	if found {
		to++
	}
	without = without[from:to]
	if len(without) == 0 {
		return t.hash(x)
	}
	t.visits++
	if x.isLeaf() {
		return t.leafHash(x.leaf(), nil)
	}
	p := t.parent(x)
	if p != nil {
		unmerged := slices.DeleteFunc(slices.Clone(p.unmerged), func(l LeafIndex) bool {
			_, gone := slices.BinarySearch(without, l)
			return gone
		})
		p = &parentNode{encryptionKey: p.encryptionKey, parentHash: p.parentHash, unmerged: unmerged}
	}
	return t.parentNodeHash(p, t.hashWithout(x.left(), without), t.hashWithout(x.right(), without))
}

// parentHash is the parent hash that a descendant of p on the other side of
// sibling carries (RFC 9420 section 7.9).
func (t *tree) parentHash(p *parentNode, sibling nodeIndex) []byte {
	w := codec.NewWriter(192)
	w.Vector(p.encryptionKey)
	w.Vector(p.parentHash)
	w.Vector(t.hashWithout(sibling, p.unmerged))
	return t.suite.hashOf(w.Data())
}

// verifyParentHashes checks that parents were made by a member's commit
// (RFC 9420 section 7.9.2).
func (t *tree) verifyParentHashes(from, to int) error {
	for i, p := range t.parents[from:to] {
		if p == nil {
			continue
		}
		x := nodeIndex(2*(from+i) + 1)
		if !t.parentHashFrom(p, x.left(), x.right()) && !t.parentHashFrom(p, x.right(), x.left()) {
			return fail(ErrInvalidTree, "parent hash")
		}
	}
	return nil
}

// parentHashFrom tells whether p is vouched for by a node below child: it
// carries p's hash, and all else below child came later.
func (t *tree) parentHashFrom(p *parentNode, child, sibling nodeIndex) bool {
	var want []byte
	resolution := t.resolution(nil, child)
	from, _ := slices.BinarySearch(p.unmerged, child.firstLeaf())
	to, found := slices.BinarySearch(p.unmerged, child.lastLeaf())
	if found {
		to++
	}
	unmerged := p.unmerged[from:to]
	if len(resolution) != len(unmerged)+1 {
		return false
	}
	for _, d := range resolution {
		if _, later := slices.BinarySearch(unmerged, d.leaf()); d.isLeaf() && later {
			continue
		}
		if want == nil {
			want = t.parentHash(p, sibling)
		}
		if bytes.Equal(t.carriedParentHash(d), want) {
			return true
		}
	}
	return false
}

// carriedParentHash is the parent hash a node that is not blank carries, nil if none.
func (t *tree) carriedParentHash(x nodeIndex) []byte {
	if !x.isLeaf() {
		return t.parent(x).parentHash
	}
	if leaf := t.leaves[x/2]; leaf.Source == LeafFromCommit {
		return leaf.ParentHash
	}
	return nil
}
