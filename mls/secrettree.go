package mls

import (
	"cmp"
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
	since      int64 // when it was skipped, Unix seconds
	key        messageKey
}

// A ratchet yields the keys of one sender and one kind of content.
type ratchet struct {
	leaf       LeafIndex
	handshake  bool
	generation uint32 // of the next key
	secret     secret
	skipped    []skippedKey // ascending
}

// leafRatchets are the two ratchets of a sender; handshake is nil in epochs that are over.
type leafRatchets struct{ handshake, application *ratchet }

// A secretTree is the secret tree of RFC 9420 section 9. It is lazy: nodes are
// derived when a leaf is first used, and a node that was used is deleted. What
// has been used up cannot be derived again from what is left. Nodes and senders
// together cover each leaf exactly once.
type secretTree struct {
	suite   *suite
	leaves  int
	nodes   map[nodeIndex]secret
	senders map[LeafIndex]*leafRatchets
	over    bool     // the epoch is over: handshake ratchets are not kept
	sent    sentTags // by this member, in this epoch; gone when it is over
	oldest  int64    // no skipped key is older, Unix seconds; 0 if there is none
	unsaved unsavedRecords[recordID]
}

func newSecretTree(s *suite, leaves int, encryption secret) *secretTree {
	root := rootOf(leaves)
	t := &secretTree{
		suite: s, leaves: leaves,
		nodes:   map[nodeIndex]secret{root: encryption},
		senders: map[LeafIndex]*leafRatchets{},
	}
	t.unsaved.add(epochRecord)
	t.unsaved.add(root.record())
	return t
}

// A keyUse is a message key that has been found and not yet taken: take makes
// the change that deletes it.
type keyUse struct {
	messageKey
	generation uint32
	take       func()
	fresh      []secret // what take would put in place
}

// drop wipes a key that is not taken.
func (k *keyUse) drop() {
	for _, s := range k.fresh {
		s.wipe()
	}
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
	return t.forward(r, r.generation, &Config{}, take), nil
}

// key finds the key of a received message, within the limits of cfg.
func (t *secretTree) key(leaf LeafIndex, handshake bool, generation uint32, cfg *Config) (*keyUse, error) {
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
		return t.late(r, generation)
	}
	if generation-r.generation > cfg.Limits.MaxForward || generation == math.MaxUint32 {
		return nil, ErrTooFarAhead
	}
	return t.forward(r, generation, cfg, take), nil
}

func (s *leafRatchets) pick(handshake bool) *ratchet {
	if handshake {
		return s.handshake
	}
	return s.application
}

// late finds a key that was kept when later ones were used.
func (t *secretTree) late(r *ratchet, generation uint32) (*keyUse, error) {
	at, found := r.find(generation)
	if !found {
		return nil, ErrSecretConsumed
	}
	return &keyUse{messageKey: r.skipped[at].key, generation: generation, take: func() {
		t.dropSkipped(r, at, at+1)
	}}, nil
}

// find looks for a skipped key.
func (r *ratchet) find(generation uint32) (at int, found bool) {
	return slices.BinarySearchFunc(r.skipped, generation, func(k skippedKey, g uint32) int { return cmp.Compare(k.generation, g) })
}

// forward moves a copy of the ratchet to generation, keeping the keys on the way.
func (t *secretTree) forward(r *ratchet, generation uint32, cfg *Config, activate func()) *keyUse {
	current := r.secret
	var skipped []skippedKey
	for g := r.generation; g < generation; g++ {
		if int(generation-g) <= cfg.Limits.MaxSkipped {
			skipped = append(skipped, skippedKey{generation: g, key: t.messageKey(current, g)})
		}
		before := current
		if current = t.derive(before, "secret", g, t.suite.hashLen); g > r.generation {
			before.wipe()
		}
	}
	key := t.messageKey(current, generation)
	next := t.derive(current, "secret", generation, t.suite.hashLen)
	if generation > r.generation {
		current.wipe()
	}
	fresh := []secret{next, key.key, key.nonce}
	for _, k := range skipped {
		fresh = append(fresh, k.key.key, k.key.nonce)
	}
	return &keyUse{messageKey: key, generation: generation, fresh: fresh, take: func() {
		activate()
		r.secret.wipe()
		r.secret, r.generation = next, generation+1
		t.unsaved.add(r.record())
		t.keep(r, skipped, cfg)
	}}
}

// keep adds skipped keys and drops the oldest over the limit.
func (t *secretTree) keep(r *ratchet, skipped []skippedKey, cfg *Config) {
	if len(skipped) == 0 {
		return
	}
	now := cfg.Now().Unix()
	t.noteAge(now)
	for _, k := range skipped {
		k.since = now
		r.skipped = append(r.skipped, k)
		t.unsaved.add(r.skippedRecord(k.generation))
	}
	t.dropSkipped(r, 0, max(len(r.skipped)-cfg.Limits.MaxSkipped, 0))
}

// dropSkipped deletes skipped keys [from, to).
func (t *secretTree) dropSkipped(r *ratchet, from, to int) {
	for _, k := range r.skipped[from:to] {
		k.key.wipe()
		t.unsaved.add(r.skippedRecord(k.generation))
	}
	r.skipped = slices.Delete(r.skipped, from, to)
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
		above := current
		if current, x = t.child(above, x, toward), toward; !above.is(t.nodes[top]) {
			above.wipe()
		}
	}
	s := t.ratchets(leaf, current)
	if !current.is(t.nodes[top]) {
		current.wipe()
	}
	return s, func() {
		t.nodes[top].wipe()
		delete(t.nodes, top)
		t.unsaved.add(top.record())
		for y, node := range siblings {
			t.nodes[y] = node
			t.unsaved.add(y.record())
		}
		t.senders[leaf] = s
		t.unsaved.add(s.application.record())
		if s.handshake != nil {
			t.unsaved.add(s.handshake.record())
		}
	}, nil
}

// ratchets are those of a leaf, from its node of the secret tree.
func (t *secretTree) ratchets(leaf LeafIndex, node secret) *leafRatchets {
	begin := func(label string) secret { return t.suite.expandWithLabel(node, label, nil, t.suite.hashLen) }
	s := &leafRatchets{application: &ratchet{leaf: leaf, secret: begin("application")}}
	if !t.over {
		s.handshake = &ratchet{leaf: leaf, handshake: true, secret: begin("handshake")}
	}
	return s
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
	if t.over {
		return
	}
	t.over = true
	t.unsaved.add(epochRecord)
	for _, id := range t.sent.records() {
		t.unsaved.add(id)
	}
	t.sent = sentTags{}
	for _, s := range t.senders {
		if r := s.handshake; r != nil {
			t.dropSkipped(r, 0, len(r.skipped))
			r.secret.wipe()
			t.unsaved.add(r.record())
			s.handshake = nil
		}
	}
}

// drop wipes everything, and lists all records that may be in storage.
func (t *secretTree) drop() []recordID {
	for _, id := range t.records() {
		t.unsaved.add(id)
	}
	for _, node := range t.nodes {
		node.wipe()
	}
	for _, s := range t.senders {
		for _, r := range s.both() {
			t.dropSkipped(r, 0, len(r.skipped))
			r.secret.wipe()
		}
	}
	clear(t.nodes)
	clear(t.senders)
	t.sent = sentTags{}
	return t.unsaved.give(compareRecords)
}
