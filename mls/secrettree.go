package mls

import (
	"encoding/binary"
	"math"
	"slices"
)

// A messageKey opens or seals one message (RFC 9420 section 9.1).
type messageKey struct{ key, nonce secret }

func (k messageKey) wipe() { k.key.wipe(); k.nonce.wipe() }

// skippedKey is the key of a message that has not come yet.
type skippedKey struct {
	generation uint32
	key        messageKey
}

// A ratchet yields the keys of one sender and one kind of content.
type ratchet struct {
	generation uint32 // of the next key
	secret     secret
	skipped    []skippedKey // ascending
}

// leafRatchets are the two ratchets of a sender; handshake is nil in epochs that are over.
type leafRatchets struct{ handshake, application *ratchet }

// A secretTree is the secret tree of RFC 9420 section 9. It is lazy: nodes are
// derived when a leaf is first used, and a node that was used is deleted. What
// has been used up cannot be derived again from what is left.
type secretTree struct {
	suite   *suite
	leaves  int
	nodes   map[nodeIndex]secret
	senders map[LeafIndex]*leafRatchets
	over    bool // the epoch is over: handshake ratchets are not kept
}

func newSecretTree(s *suite, leaves int, encryption secret) *secretTree {
	return &secretTree{
		suite: s, leaves: leaves,
		nodes:   map[nodeIndex]secret{rootOf(leaves): encryption},
		senders: map[LeafIndex]*leafRatchets{},
	}
}

// A keyUse is a message key that has been found and not yet taken: take makes
// the change that deletes it.
type keyUse struct {
	messageKey
	generation uint32
	take       func()
}

// nextKey finds the key for one's own next message.
func (t *secretTree) nextKey(own LeafIndex, handshake bool) (*keyUse, error) {
	sender, take, err := t.sender(own)
	if err != nil {
		return nil, err
	}
	r := sender.pick(handshake)
	if r.generation == math.MaxUint32 {
		return nil, fail(ErrLimit, "messages of one sender in one epoch")
	}
	return t.forward(r, r.generation, 0, take), nil
}

// key finds the key of a received message, within limits.
func (t *secretTree) key(leaf LeafIndex, handshake bool, generation uint32, limits *Limits) (*keyUse, error) {
	if int64(leaf) >= int64(t.leaves) {
		return nil, ErrNotMember
	}
	sender, take, err := t.sender(leaf)
	if err != nil {
		return nil, err
	}
	r := sender.pick(handshake)
	if r == nil {
		return nil, ErrSecretConsumed
	}
	if generation < r.generation {
		return r.late(generation)
	}
	if generation-r.generation > limits.MaxForward || generation == math.MaxUint32 {
		return nil, ErrTooFarAhead
	}
	return t.forward(r, generation, limits.MaxSkipped, take), nil
}

func (s *leafRatchets) pick(handshake bool) *ratchet {
	if handshake {
		return s.handshake
	}
	return s.application
}

// late finds a key that was kept when later ones were used.
func (r *ratchet) late(generation uint32) (*keyUse, error) {
	at, found := slices.BinarySearchFunc(r.skipped, generation, func(k skippedKey, g uint32) int {
		return int(int64(k.generation) - int64(g))
	})
	if !found {
		return nil, ErrSecretConsumed
	}
	return &keyUse{messageKey: r.skipped[at].key, generation: generation, take: func() {
		r.skipped[at].key.wipe()
		r.skipped = slices.Delete(r.skipped, at, at+1)
	}}, nil
}

// forward moves a copy of the ratchet to generation, keeping the keys on the way.
func (t *secretTree) forward(r *ratchet, generation uint32, maxSkipped int, activate func()) *keyUse {
	current := r.secret
	var skipped []skippedKey
	for g := r.generation; g < generation; g++ {
		if int(generation-g) <= maxSkipped {
			skipped = append(skipped, skippedKey{generation: g, key: t.messageKey(current, g)})
		}
		current = t.derive(current, "secret", g, t.suite.hashLen)
	}
	key := t.messageKey(current, generation)
	next := t.derive(current, "secret", generation, t.suite.hashLen)
	return &keyUse{messageKey: key, generation: generation, take: func() {
		activate()
		r.secret.wipe()
		r.secret, r.generation = next, generation+1
		r.keep(skipped, maxSkipped)
	}}
}

// keep adds skipped keys and drops the oldest over the limit.
func (r *ratchet) keep(skipped []skippedKey, limit int) {
	if len(skipped) == 0 {
		return
	}
	r.skipped = append(r.skipped, skipped...)
	if over := len(r.skipped) - limit; over > 0 {
		for _, k := range r.skipped[:over] {
			k.key.wipe()
		}
		r.skipped = slices.Delete(r.skipped, 0, over)
	}
}

// sender finds the ratchets of a leaf. If they are not derived yet it derives
// them, and activate puts them in place of the nodes they come from.
func (t *secretTree) sender(leaf LeafIndex) (sender *leafRatchets, activate func(), err error) {
	if s := t.senders[leaf]; s != nil {
		return s, func() {}, nil
	}
	x := leaf.node()
	for ; t.nodes[x] == nil; x = x.parent() {
		if x == rootOf(t.leaves) {
			return nil, nil, ErrSecretConsumed
		}
	}
	top, current := x, t.nodes[x]
	siblings := map[nodeIndex]secret{}
	for !x.isLeaf() {
		toward, away := x.childToward(leaf)
		siblings[away] = t.child(current, x, away)
		current, x = t.child(current, x, toward), toward
	}
	s := &leafRatchets{application: &ratchet{secret: t.suite.expandWithLabel(current, "application", nil, t.suite.hashLen)}}
	if !t.over {
		s.handshake = &ratchet{secret: t.suite.expandWithLabel(current, "handshake", nil, t.suite.hashLen)}
	}
	return s, func() {
		t.nodes[top].wipe()
		delete(t.nodes, top)
		for y, node := range siblings {
			t.nodes[y] = node
		}
		t.senders[leaf] = s
	}, nil
}

func (t *secretTree) child(node secret, x, child nodeIndex) secret {
	side := "right"
	if child < x {
		side = "left"
	}
	return t.suite.expandWithLabel(node, "tree", []byte(side), t.suite.hashLen)
}

// derive is DeriveTreeSecret of RFC 9420 section 9.
func (t *secretTree) derive(key secret, label string, generation uint32, length int) secret {
	var context [4]byte
	binary.BigEndian.PutUint32(context[:], generation)
	return t.suite.expandWithLabel(key, label, context[:], length)
}

func (t *secretTree) messageKey(ratchetSecret secret, generation uint32) messageKey {
	return messageKey{
		key:   t.derive(ratchetSecret, "key", generation, t.suite.keyLen),
		nonce: t.derive(ratchetSecret, "nonce", generation, t.suite.nonceLen),
	}
}

// finish ends the epoch: handshake ratchets go, late application messages can
// still be opened.
func (t *secretTree) finish() {
	t.over = true
	for _, s := range t.senders {
		if s.handshake != nil {
			s.handshake.secret.wipe()
			s.handshake = nil
		}
	}
}
