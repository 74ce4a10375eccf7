package mls

import "math/bits"

// A nodeIndex counts the nodes of a complete binary tree in order: leaf i is
// node 2i, parents are odd (RFC 9420 appendix C). Trees have a power of two
// of leaves, so the root of n leaves is n-1, and a tree that grows keeps its indices.
type nodeIndex uint32

func (l LeafIndex) node() nodeIndex { return nodeIndex(l) * 2 }

func (x nodeIndex) isLeaf() bool    { return x&1 == 0 }
func (x nodeIndex) leaf() LeafIndex { return LeafIndex(x / 2) }

// level is 0 for leaves, and the height of the subtree for parents.
func (x nodeIndex) level() int { return bits.TrailingZeros32(^uint32(x)) }

func (x nodeIndex) left() nodeIndex  { return x ^ 1<<(x.level()-1) }
func (x nodeIndex) right() nodeIndex { return x ^ 3<<(x.level()-1) }

// parent must not be asked of the root.
func (x nodeIndex) parent() nodeIndex {
	k := x.level()
	return (x | 1<<k) &^ (1 << (k + 1))
}

// sibling must not be asked of the root.
func (x nodeIndex) sibling() nodeIndex {
	p := x.parent()
	if x < p {
		return p.right()
	}
	return p.left()
}

// firstLeaf and lastLeaf bound the leaves below x.
func (x nodeIndex) firstLeaf() LeafIndex { return LeafIndex((x + 1 - 1<<x.level()) / 2) }
func (x nodeIndex) lastLeaf() LeafIndex  { return LeafIndex((x - 1 + 1<<x.level()) / 2) }

// covers tells whether leaf is below x, or x itself.
func (x nodeIndex) covers(leaf LeafIndex) bool {
	return leaf >= x.firstLeaf() && leaf <= x.lastLeaf()
}

// rootOf is the root of a tree with so many leaves, a power of two.
func rootOf(leaves int) nodeIndex { return nodeIndex(leaves - 1) }

// directPath lists the parents of a leaf up to the root.
func directPath(leaf LeafIndex, leaves int) []nodeIndex {
	var path []nodeIndex
	for x, root := leaf.node(), rootOf(leaves); x != root; {
		x = x.parent()
		path = append(path, x)
	}
	return path
}

// childToward is the child of x on the way to leaf, and the other one.
func (x nodeIndex) childToward(leaf LeafIndex) (toward, away nodeIndex) {
	if x.left().covers(leaf) {
		return x.left(), x.right()
	}
	return x.right(), x.left()
}

// powerOfTwo is the least power of two that is at least n.
func powerOfTwo(n int) int {
	if n <= 1 {
		return 1
	}
	return 1 << bits.Len(uint(n-1))
}
