package mls

import (
	"maps"
	"math/bits"
	"slices"

	"parley/mls/internal/codec"
)

// A treeIndex knows what would otherwise take a walk over the whole tree: a
// commit changes a handful of nodes, and only these are looked at. It is made
// once, when a tree is first changed or validated; every later change updates it.
type treeIndex struct {
	taken        []uint64 // a bit for each leaf
	members      int
	keys         keyCounts
	credentials  map[CredentialType]int      // how many leaves have it
	capabilities map[string]*capabilityCount // by their encoding
}

// capabilityCount is how many leaves have the same capabilities.
type capabilityCount struct {
	Capabilities
	leaves int
}

// indexed is the tree's index.
func (t *tree) indexed() *treeIndex {
	if t.index != nil {
		return t.index
	}
	index := &treeIndex{
		taken:        make([]uint64, words(len(t.leaves))),
		keys:         keyCounts{changes: make(map[keyID]int32, 2*len(t.leaves))},
		credentials:  map[CredentialType]int{},
		capabilities: map[string]*capabilityCount{},
	}
	for i, leaf := range t.leaves {
		index.count(LeafIndex(i), leaf, 1)
	}
	for _, p := range t.parents {
		index.keys.addParent(p, 1)
	}
	index.keys.settle()
	t.visits += uint64(len(t.leaves) + len(t.parents))
	t.index = index
	return index
}

func (x *treeIndex) clone() *treeIndex {
	c := *x
	c.taken, c.credentials = slices.Clone(x.taken), maps.Clone(x.credentials)
	c.keys = x.keys.clone()
	c.capabilities = make(map[string]*capabilityCount, len(x.capabilities))
	for encoding, count := range x.capabilities {
		c.capabilities[encoding] = &capabilityCount{count.Capabilities, count.leaves}
	}
	return &c
}

// count adds a leaf, or with by = -1 takes it away; nil is blank.
func (x *treeIndex) count(i LeafIndex, leaf *LeafNode, by int) {
	if leaf == nil {
		return
	}
	x.taken[i/64] ^= 1 << (i % 64)
	x.members += by
	x.keys.add(keyOf(encryptionKeys, leaf.EncryptionKey), int32(by))
	x.keys.add(keyOf(signatureKeys, leaf.SignatureKey), int32(by))
	if x.credentials[leaf.Credential.Type] += by; x.credentials[leaf.Credential.Type] == 0 {
		delete(x.credentials, leaf.Credential.Type)
	}
	var w codec.Writer
	leaf.Capabilities.encode(&w)
	c := x.capabilities[string(w.Data())]
	if c == nil {
		c = &capabilityCount{Capabilities: leaf.Capabilities}
		x.capabilities[string(w.Data())] = c
	}
	if c.leaves += by; c.leaves == 0 {
		delete(x.capabilities, string(w.Data()))
	}
}

// resize follows the tree; leaves that go are blank.
func (x *treeIndex) resize(leaves int) {
	n := words(leaves)
	for len(x.taken) < n {
		x.taken = append(x.taken, 0)
	}
	x.taken = x.taken[:n]
}

func words(leaves int) int { return (leaves + 63) / 64 }

// firstBlank is the leftmost blank leaf; beyond the last if there is none.
func (x *treeIndex) firstBlank() int {
	for i, word := range x.taken {
		if word != ^uint64(0) {
			return 64*i + bits.TrailingZeros64(^word)
		}
	}
	return 64 * len(x.taken)
}

// lastTaken is the rightmost leaf that is taken, 0 if none is.
func (x *treeIndex) lastTaken() int {
	for i := len(x.taken) - 1; i >= 0; i-- {
		if x.taken[i] != 0 {
			return 64*i + 63 - bits.LeadingZeros64(x.taken[i])
		}
	}
	return 0
}

// empty tells whether no leaf from first to last is taken.
func (x *treeIndex) empty(first, last LeafIndex) bool {
	if first/64 == last/64 { // all in one word, as subtrees are aligned
		mask := ^uint64(0) >> (63 - (last - first)) << (first % 64)
		return x.taken[first/64]&mask == 0
	}
	for _, word := range x.taken[first/64 : last/64+1] {
		if word != 0 {
			return false
		}
	}
	return true
}
