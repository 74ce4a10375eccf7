package mls

import (
	"slices"

	"parley/mls/internal/codec"
)

// parentNode is ParentNode of RFC 9420 section 7.1. It never changes once it
// stands in a tree.
type parentNode struct {
	encryptionKey []byte
	parentHash    []byte
	unmerged      []LeafIndex // ascending
}

func (p *parentNode) encode(w *codec.Writer) {
	w.Vector(p.encryptionKey)
	w.Vector(p.parentHash)
	w.Nested(func(w *codec.Writer) {
		for _, leaf := range p.unmerged {
			w.Uint32(uint32(leaf))
		}
	})
}

func readParentNode(r *codec.Reader) *parentNode {
	p := &parentNode{encryptionKey: r.Vector(), parentHash: r.Vector()}
	r.Each(func(r *codec.Reader) { p.unmerged = append(p.unmerged, LeafIndex(r.Uint32())) })
	return p
}

// A tree is the ratchet tree of RFC 9420 section 7. Nodes and hashes are
// shared between copies and never changed, only replaced; clone is cheap.
type tree struct {
	suite   *suite
	leaves  []*LeafNode   // a power of two; nil is blank
	parents []*parentNode // one less than leaves; nil is blank
	hashes  [][]byte      // by node; nil is not known
	free    int           // no leaf before it is blank
}

func newTree(s *suite, size int) *tree {
	return &tree{
		suite: s, leaves: make([]*LeafNode, size),
		parents: make([]*parentNode, size-1), hashes: make([][]byte, 2*size-1),
	}
}

func (t *tree) clone() *tree {
	c := *t
	c.leaves, c.parents, c.hashes = slices.Clone(t.leaves), slices.Clone(t.parents), slices.Clone(t.hashes)
	return &c
}

func (t *tree) root() nodeIndex                { return rootOf(len(t.leaves)) }
func (t *tree) parent(x nodeIndex) *parentNode { return t.parents[x/2] }

func (t *tree) leaf(i LeafIndex) *LeafNode {
	if int64(i) >= int64(len(t.leaves)) {
		return nil
	}
	return t.leaves[i]
}

func (t *tree) blank(x nodeIndex) bool {
	if x.isLeaf() {
		return t.leaves[x/2] == nil
	}
	return t.parents[x/2] == nil
}

// encryptionKey is of a node that is not blank.
func (t *tree) encryptionKey(x nodeIndex) []byte {
	if x.isLeaf() {
		return t.leaves[x/2].EncryptionKey
	}
	return t.parents[x/2].encryptionKey
}

func (t *tree) setLeaf(i LeafIndex, n *LeafNode) {
	t.leaves[i] = n
	t.hashes[i.node()] = nil
	for _, x := range directPath(i, len(t.leaves)) {
		t.hashes[x] = nil
	}
}

// setParent leaves the hashes above x to the caller, who sets whole paths.
func (t *tree) setParent(x nodeIndex, n *parentNode) {
	t.parents[x/2] = n
	t.hashes[x] = nil
}

// addLeaf takes the leftmost blank leaf, or makes room (RFC 9420 section 7.7, 12.1.1).
func (t *tree) addLeaf(n *LeafNode) LeafIndex {
	for t.free < len(t.leaves) && t.leaves[t.free] != nil {
		t.free++
	}
	if t.free == len(t.leaves) {
		t.grow()
	}
	i := LeafIndex(t.free)
	t.setLeaf(i, n)
	for _, x := range directPath(i, len(t.leaves)) {
		if p := t.parent(x); p != nil {
			at, _ := slices.BinarySearch(p.unmerged, i)
			unmerged := slices.Insert(slices.Clone(p.unmerged), at, i)
			t.setParent(x, &parentNode{encryptionKey: p.encryptionKey, parentHash: p.parentHash, unmerged: unmerged})
		}
	}
	return i
}

func (t *tree) grow() {
	size := len(t.leaves)
	t.leaves = append(t.leaves, make([]*LeafNode, size)...)
	t.parents = append(t.parents, make([]*parentNode, size)...)
	t.hashes = append(t.hashes, make([][]byte, 2*size)...)
}

// updateLeaf replaces a leaf and blanks its path (RFC 9420 section 12.1.2).
func (t *tree) updateLeaf(i LeafIndex, n *LeafNode) {
	t.setLeaf(i, n)
	t.blankPath(i)
}

func (t *tree) blankPath(i LeafIndex) {
	for _, x := range directPath(i, len(t.leaves)) {
		t.setParent(x, nil)
	}
}

// removeLeaf blanks a leaf and its path (RFC 9420 section 12.1.3); truncate follows.
func (t *tree) removeLeaf(i LeafIndex) {
	t.updateLeaf(i, nil)
	t.free = min(t.free, int(i))
}

// truncate halves the tree while its right half is blank (RFC 9420 section 7.7).
func (t *tree) truncate() {
	last := len(t.leaves) - 1
	for last > 0 && t.leaves[last] == nil {
		last--
	}
	size := powerOfTwo(last + 1)
	t.leaves, t.parents, t.hashes = t.leaves[:size:size], t.parents[:size-1:size-1], t.hashes[:2*size-1:2*size-1]
}

// memberCount counts the leaves that are taken.
func (t *tree) memberCount() (n int) {
	for _, leaf := range t.leaves {
		if leaf != nil {
			n++
		}
	}
	return n
}

// resolution appends the nodes that together cover all members below x
// (RFC 9420 section 4.1.1).
func (t *tree) resolution(list []nodeIndex, x nodeIndex) []nodeIndex {
	if !t.blank(x) {
		list = append(list, x)
		if !x.isLeaf() {
			for _, leaf := range t.parent(x).unmerged {
				list = append(list, leaf.node())
			}
		}
		return list
	}
	if x.isLeaf() {
		return list
	}
	return t.resolution(t.resolution(list, x.left()), x.right())
}

func (t *tree) emptyResolution(x nodeIndex) bool {
	if !t.blank(x) {
		return false
	}
	return x.isLeaf() || t.emptyResolution(x.left()) && t.emptyResolution(x.right())
}

// pathStep is a node of a filtered direct path, with the child away from the leaf.
type pathStep struct{ node, copath nodeIndex }

// filteredPath is the direct path without the nodes that have nobody on the
// other side (RFC 9420 section 4.1.2).
func (t *tree) filteredPath(leaf LeafIndex) (steps []pathStep) {
	for _, x := range directPath(leaf, len(t.leaves)) {
		if _, away := x.childToward(leaf); !t.emptyResolution(away) {
			steps = append(steps, pathStep{node: x, copath: away})
		}
	}
	return steps
}

const (
	nodeTypeLeaf   = 1
	nodeTypeParent = 2
)

// encode writes the ratchet_tree extension (RFC 9420 section 12.4.3.3).
func (t *tree) encode(w *codec.Writer) {
	last := nodeIndex(2 * (len(t.leaves) - 1))
	for last > 0 && t.blank(last) {
		last--
	}
	w.Nested(func(w *codec.Writer) {
		for x := nodeIndex(0); x <= last; x++ {
			t.encodeNode(w, x)
		}
	})
}

func (t *tree) encodeNode(w *codec.Writer, x nodeIndex) {
	w.Optional(!t.blank(x))
	switch {
	case t.blank(x):
	case x.isLeaf():
		w.Uint8(nodeTypeLeaf)
		t.leaves[x/2].encode(w)
	default:
		w.Uint8(nodeTypeParent)
		t.parents[x/2].encode(w)
	}
}

func (t *tree) marshal() []byte {
	var w codec.Writer
	t.encode(&w)
	return w.Data()
}

type treeNode struct {
	leaf   *LeafNode
	parent *parentNode
}

// parseTree decodes a ratchet_tree extension; validate checks what it says.
func parseTree(s *suite, data []byte, maxMembers uint32) (*tree, error) {
	r := codec.NewReader(data)
	var nodes []treeNode
	r.Each(func(r *codec.Reader) {
		nodes = append(nodes, readTreeNode(r, nodeIndex(len(nodes))))
	})
	if r.End() != nil || len(nodes) == 0 || nodes[len(nodes)-1] == (treeNode{}) {
		return nil, fail(ErrMalformed, "ratchet tree")
	}
	size := powerOfTwo(len(nodes)/2 + 1)
	if uint64(size) > uint64(powerOfTwo(int(maxMembers))) {
		return nil, fail(ErrLimit, "members of the ratchet tree")
	}
	t := newTree(s, size)
	for x, node := range nodes {
		if x&1 == 0 {
			t.leaves[x/2] = node.leaf
		} else {
			t.parents[x/2] = node.parent
		}
	}
	return t, nil
}

func readTreeNode(r *codec.Reader, x nodeIndex) (n treeNode) {
	if !r.Optional() {
		return n
	}
	switch kind := r.Uint8(); {
	case kind == nodeTypeLeaf && x.isLeaf():
		n.leaf = readLeafNode(r)
	case kind == nodeTypeParent && !x.isLeaf():
		n.parent = readParentNode(r)
	default:
		r.Fail()
	}
	return n
}
