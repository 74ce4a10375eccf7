package mls

import (
	"sort"

	"parley/mls/internal/codec"
)

// A leafTable holds each leaf node of a saved group once: the trees of all its
// epochs share most of them.
type leafTable struct {
	list  []*LeafNode
	index map[*LeafNode]uint32 // from 1
}

func newLeafTable(g *Group) *leafTable {
	t := &leafTable{index: map[*LeafNode]uint32{}}
	t.add(g.epoch.tree.leaves)
	for _, p := range g.past {
		t.add(p.leaves)
	}
	if g.pending != nil {
		t.add(g.pending.next.epoch.tree.leaves)
	}
	return t
}

func (t *leafTable) add(leaves []*LeafNode) {
	for _, leaf := range leaves {
		if leaf != nil && t.index[leaf] == 0 {
			t.list = append(t.list, leaf)
			t.index[leaf] = uint32(len(t.list))
		}
	}
}

func (t *leafTable) encode(w *codec.Writer) {
	w.Nested(func(w *codec.Writer) {
		for _, leaf := range t.list {
			leaf.encode(w)
		}
	})
}

// save writes the leaves of a tree as places in the table; 0 is blank.
func (t *leafTable) save(w *codec.Writer, leaves []*LeafNode) {
	w.Nested(func(w *codec.Writer) {
		for _, leaf := range leaves {
			w.Uint32(t.index[leaf])
		}
	})
}

func (p *pastEpoch) save(w *codec.Writer, table *leafTable) {
	w.Uint64(p.epoch)
	w.Vector(p.raw)
	w.Uint32(uint32(p.own))
	w.Uint64(uint64(p.ended))
	w.Vector(p.confirmationTag)
	w.Vector(p.senderData)
	table.save(w, p.leaves)
}

func (e *epoch) save(w *codec.Writer, table *leafTable) {
	w.Vector(e.raw)
	table.save(w, e.tree.leaves)
	w.Nested(func(w *codec.Writer) {
		for _, p := range e.tree.parents {
			w.Optional(p != nil)
			if p != nil {
				p.encode(w)
			}
		}
	})
	w.Uint32(uint32(e.own))
	w.Vector(e.leafKey)
	w.Nested(func(w *codec.Writer) {
		for _, x := range sortedKeys(e.keys) {
			w.Uint32(uint32(x))
			saveKeyPair(w, e.keys[x])
		}
	})
	for _, field := range e.secrets.fields() {
		w.Vector(*field)
	}
	saveKeyPair(w, e.secrets.external)
	w.Vector(e.interim)
	w.Vector(e.confirmationTag)
}

func (s *epochSecrets) fields() []*secret {
	return []*secret{
		&s.senderData, &s.exporter, &s.confirmationKey, &s.membershipKey,
		&s.resumptionPSK, &s.epochAuthenticator, &s.init,
	}
}

func saveKeyPair(w *codec.Writer, k keyPair) {
	w.Vector(k.private)
	w.Vector(k.public)
}

func loadKeyPair(r *codec.Reader) keyPair { return keyPair{private: r.Vector(), public: r.Vector()} }

// sortedKeys sorts without package slices, which is there once for each type: a
// browser downloads it all. So do the others of this package.
func sortedKeys[K ~uint16 | ~uint32, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	return keys
}

// A stateReader reads saved state with its table of leaves.
type stateReader struct {
	*codec.Reader
	table []*LeafNode
}

func (r *stateReader) with(in *codec.Reader) *stateReader {
	return &stateReader{Reader: in, table: r.table}
}

func (r *stateReader) loadLeaves() {
	r.Each(func(in *codec.Reader) { r.table = append(r.table, readLeafNode(in)) })
}

// leaves reads the leaves of a tree: a power of two of them.
func (r *stateReader) leaves() (leaves []*LeafNode) {
	r.Each(func(in *codec.Reader) {
		at := in.Uint32()
		switch {
		case at == 0:
			leaves = append(leaves, nil)
		case uint64(at) <= uint64(len(r.table)):
			leaves = append(leaves, r.table[at-1])
		default:
			in.Fail()
		}
	})
	if len(leaves) == 0 || len(leaves) != powerOfTwo(len(leaves)) {
		r.Fail()
	}
	return leaves
}

func (r *stateReader) pastEpoch() *pastEpoch {
	return &pastEpoch{
		epoch: r.Uint64(), raw: r.Vector(), own: LeafIndex(r.Uint32()), ended: int64(r.Uint64()),
		confirmationTag: r.Vector(), senderData: r.Vector(), leaves: r.leaves(),
	}
}

// epoch always returns something with a suite and a tree, to be dropped if the reader failed.
func (r *stateReader) epoch() *epoch {
	e := &epoch{raw: r.Vector(), keys: nodeKeys{}}
	context := codec.NewReader(e.raw)
	e.context = readGroupContext(context)
	if e.suite = suites[e.context.suite]; e.suite == nil || context.End() != nil {
		r.Fail()
		e.suite = suites[DefaultSuite]
	}
	e.tree = r.tree(e.suite)
	e.own, e.leafKey = LeafIndex(r.Uint32()), r.Vector()
	r.Each(func(in *codec.Reader) { e.keys[nodeIndex(in.Uint32())] = loadKeyPair(in) })
	for _, field := range e.secrets.fields() {
		*field = r.Vector()
	}
	e.secrets.external = loadKeyPair(r.Reader)
	e.interim, e.confirmationTag = r.Vector(), r.Vector()
	if e.tree.leaf(e.own) == nil {
		r.Fail()
	}
	return e
}

func (r *stateReader) tree(s *suite) *tree {
	leaves := r.leaves()
	t := newTree(s, powerOfTwo(len(leaves)))
	copy(t.leaves, leaves)
	i := 0
	r.Each(func(in *codec.Reader) {
		if i >= len(t.parents) {
			in.Fail()
			return
		}
		if in.Optional() {
			t.parents[i] = readParentNode(in)
		}
		i++
	})
	if i != len(t.parents) {
		r.Fail()
	}
	return t
}
