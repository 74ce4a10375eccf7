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
	hashes  treeHashes
	index   *treeIndex                // nil is not known
	own     map[nodeIndex]*parentNode // parents that no copy shares
	joining *progress                 // of the join this tree is validated for; nil later
	visits  uint64                    // nodes looked at, hashed or counted: tests see how work grows
}

func newTree(s *suite, size int) *tree {
	return &tree{
		suite: s, leaves: make([]*LeafNode, size),
		parents: make([]*parentNode, size-1), hashes: newTreeHashes(s.hashLen, 2*size-1),
	}
}

// clone copies three slices of pointers, and shares what they point to.
func (t *tree) clone() *tree {
	c := *t
	c.leaves, c.parents = slices.Clone(t.leaves), slices.Clone(t.parents)
	c.hashes, c.index = t.hashes.clone(), t.indexed().clone()
	c.own, t.own = nil, nil
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
	index := t.indexed()
	index.count(i, t.leaves[i], -1)
	index.count(i, n, 1)
	t.leaves[i] = n
	t.hashes.forget(i.node())
	for _, x := range directPath(i, len(t.leaves)) {
		t.hashes.forget(x)
		t.visits++
	}
}

// setParent leaves the hashes above x to the caller, who sets whole paths.
func (t *tree) setParent(x nodeIndex, n *parentNode) {
	keys := &t.indexed().keys
	keys.addParent(t.parents[x/2], -1)
	keys.addParent(n, 1)
	t.parents[x/2] = n
	t.hashes.forget(x)
}

// addLeaf takes the leftmost blank leaf, or makes room (RFC 9420 section 7.7, 12.1.1).
func (t *tree) addLeaf(n *LeafNode) LeafIndex {
	i := LeafIndex(min(t.indexed().firstBlank(), len(t.leaves)))
	if int(i) == len(t.leaves) {
		t.grow()
	}
	t.setLeaf(i, n)
	for _, x := range directPath(i, len(t.leaves)) {
		if p := t.ownParent(x); p != nil {
			at, _ := slices.BinarySearch(p.unmerged, i)
			p.unmerged = slices.Insert(p.unmerged, at, i)
		}
	}
	return i
}

// ownParent is the parent at x for a change that keeps its key: a copy, the
// first time, that only this tree has. nil is blank.
func (t *tree) ownParent(x nodeIndex) *parentNode {
	p := t.parent(x)
	if p == nil || t.own[x] == p {
		return p
	}
	c := *p
	c.unmerged = slices.Clone(p.unmerged)
	if t.own == nil {
		t.own = map[nodeIndex]*parentNode{}
	}
	t.own[x], t.parents[x/2] = &c, &c
	return &c
}

func (t *tree) grow() {
	size := len(t.leaves)
	t.leaves = append(t.leaves, make([]*LeafNode, size)...)
	t.parents = append(t.parents, make([]*parentNode, size)...)
	t.hashes.resize(4*size - 1)
	t.index.resize(2 * size)
	t.visits += uint64(size)
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
}

// truncate halves the tree while its right half is blank (RFC 9420 section 7.7).
func (t *tree) truncate() {
	size := powerOfTwo(t.indexed().lastTaken() + 1)
	if size == len(t.leaves) {
		return
	}
	t.leaves, t.parents = t.leaves[:size:size], t.parents[:size-1:size-1]
	t.hashes.resize(2*size - 1)
	t.index.resize(size)
}

// memberCount counts the leaves that are taken.
func (t *tree) memberCount() int { return t.indexed().members }

// resolution appends the nodes that together cover all members below x
// (RFC 9420 section 4.1.1).
func (t *tree) resolution(list []nodeIndex, x nodeIndex) []nodeIndex {
	t.visits++
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

// emptyResolution tells whether nobody is below x. (Every parent that is not
// blank has a member below it, or its parent hash would not hold.)
func (t *tree) emptyResolution(x nodeIndex) bool {
	t.visits++
	return t.indexed().empty(x.firstLeaf(), x.lastLeaf())
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
	most := int(min(2*uint64(powerOfTwo(int(maxMembers)))-1, codec.MaxVector))
	tooMany := false
	r.Each(func(r *codec.Reader) {
		if tooMany = len(nodes) == most; tooMany {
			r.Fail()
			return
		}
		nodes = append(nodes, readTreeNode(r, nodeIndex(len(nodes))))
	})
	if tooMany {
		return nil, fail(ErrLimit, "members of the ratchet tree")
	}
	if r.End() != nil || len(nodes) == 0 || nodes[len(nodes)-1] == (treeNode{}) {
		return nil, fail(ErrMalformed, "ratchet tree")
	}
	size := powerOfTwo(len(nodes)/2 + 1)
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
