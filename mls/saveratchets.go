package mls

import (
	"slices"

	"parley/mls/internal/codec"
)

func (t *secretTree) save(w *codec.Writer) {
	w.Uint32(uint32(t.leaves))
	w.Optional(t.over)
	w.Nested(func(w *codec.Writer) {
		for _, x := range sortedKeys(t.nodes) {
			w.Uint32(uint32(x))
			w.Vector(t.nodes[x])
		}
	})
	w.Nested(func(w *codec.Writer) {
		for _, leaf := range sortedKeys(t.senders) {
			w.Uint32(uint32(leaf))
			t.senders[leaf].handshake.save(w)
			t.senders[leaf].application.save(w)
		}
	})
}

func (r *ratchet) save(w *codec.Writer) {
	w.Optional(r != nil)
	if r == nil {
		return
	}
	w.Uint32(r.generation)
	w.Vector(r.secret)
	w.Nested(func(w *codec.Writer) {
		for _, k := range r.skipped {
			w.Uint32(k.generation)
			w.Vector(k.key.key)
			w.Vector(k.key.nonce)
		}
	})
}

// loadSecretTree always returns something, to be dropped if the reader failed.
func loadSecretTree(r *codec.Reader, s *suite) *secretTree {
	leaves := r.Uint32()
	if leaves == 0 || leaves > 1<<30 || leaves&(leaves-1) != 0 {
		r.Fail()
		leaves = 1
	}
	t := newSecretTree(s, int(leaves), nil)
	clear(t.nodes)
	t.over = r.Optional()
	r.Each(func(r *codec.Reader) {
		x, node := nodeIndex(r.Uint32()), r.Vector()
		if x > 2*rootOf(t.leaves) || len(node) != s.hashLen {
			r.Fail()
		}
		t.nodes[x] = node
	})
	r.Each(func(r *codec.Reader) {
		leaf := LeafIndex(r.Uint32())
		sender := &leafRatchets{handshake: loadRatchet(r, s), application: loadRatchet(r, s)}
		if uint64(leaf) >= uint64(leaves) || sender.application == nil || t.over != (sender.handshake == nil) {
			r.Fail()
		}
		t.senders[leaf] = sender
	})
	return t
}

func loadRatchet(r *codec.Reader, s *suite) *ratchet {
	if !r.Optional() {
		return nil
	}
	t := &ratchet{generation: r.Uint32(), secret: r.Vector()}
	r.Each(func(r *codec.Reader) {
		k := skippedKey{generation: r.Uint32(), key: messageKey{key: r.Vector(), nonce: r.Vector()}}
		if len(k.key.key) != s.keyLen || len(k.key.nonce) != s.nonceLen {
			r.Fail()
		}
		t.skipped = append(t.skipped, k)
	})
	sorted := slices.IsSortedFunc(t.skipped, func(a, b skippedKey) int { return int(int64(a.generation) - int64(b.generation)) })
	if len(t.secret) != s.hashLen || !sorted {
		r.Fail()
	}
	return t
}
