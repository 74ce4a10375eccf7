package mls

import (
	"bytes"
	"sort"

	"parley/mls/internal/codec"
)

// loadRatchets takes the saved records. Those of a past epoch may be missing as
// a whole: the epoch has been dropped. Anything else that does not fit fails.
func (g *Group) loadRatchets(records []RatchetRecord) error {
	byEpoch, err := sortRecords(records)
	if err != nil {
		return err
	}
	rewound := false // of the epoch loaded last, the present one
	load := func(epoch uint64, tag []byte, leaves int) (*secretTree, error) {
		l := &ratchetLoader{suite: g.epoch.suite, records: byEpoch[epoch], leaves: leaves, sent: map[uint32][]byte{}}
		delete(byEpoch, epoch)
		t, err := l.load(tag)
		rewound = l.rewound
		return t, err
	}
	var kept []*pastEpoch
	for _, p := range g.past {
		if byEpoch[p.epoch] == nil {
			continue
		}
		if p.ratchets, err = load(p.epoch, p.confirmationTag, len(p.leaves)); err != nil {
			return err
		}
		if !p.ratchets.over {
			return fail(ErrState, "ratchets of an epoch that is not over in them")
		}
		kept = append(kept, p)
	}
	g.past = kept
	e := g.epoch
	if g.ratchets, err = load(e.context.epoch, e.confirmationTag, len(e.tree.leaves)); err != nil {
		return err
	}
	g.rewound = rewound
	if len(byEpoch) > 0 {
		return fail(ErrState, "ratchets of an epoch that the state does not have")
	}
	return nil
}

func sortRecords(records []RatchetRecord) (map[uint64]map[recordID][]byte, error) {
	byEpoch := map[uint64]map[recordID][]byte{}
	for _, record := range records {
		epoch, id, ok := parseRecordKey(record.Key)
		if !ok {
			return nil, fail(ErrState, "key of a ratchet record")
		}
		if byEpoch[epoch] == nil {
			byEpoch[epoch] = map[recordID][]byte{}
		}
		if byEpoch[epoch][id] != nil || record.Value == nil {
			return nil, fail(ErrState, "ratchet record that is deleted or there twice")
		}
		byEpoch[epoch][id] = bytes.Clone(record.Value)
	}
	return byEpoch, nil
}

// A ratchetLoader reads the records of one epoch.
type ratchetLoader struct {
	suite   *suite
	records map[recordID][]byte
	leaves  int
	tree    *secretTree
	sent    map[uint32][]byte
	rewound bool
}

func (l *ratchetLoader) load(tag []byte) (*secretTree, error) {
	l.tree = &secretTree{suite: l.suite, leaves: l.leaves, nodes: map[nodeIndex]secret{}, senders: map[LeafIndex]*leafRatchets{}}
	if !l.loadEpoch(tag) {
		return nil, fail(ErrState, "ratchets of another epoch than the state's")
	}
	for id, value := range l.records {
		if !l.loadRecord(id, value) {
			return nil, fail(ErrState, "ratchet record")
		}
	}
	if !l.tree.coversAll() || !l.complete() || !l.tree.sent.load(l.sent) {
		return nil, fail(ErrState, "ratchet records that do not fit together")
	}
	return l.tree, nil
}

// loadEpoch checks that the records belong to the epoch with this confirmation tag.
func (l *ratchetLoader) loadEpoch(tag []byte) bool {
	r := codec.NewReader(l.records[epochRecord])
	version, bound, leaves := r.Uint8(), r.Vector(), r.Uint32()
	l.tree.over, l.rewound = r.Optional(), r.Optional()
	return r.End() == nil && version == ratchetVersion && bytes.Equal(bound, tag) && int64(leaves) == int64(l.leaves)
}

func (l *ratchetLoader) loadRecord(id recordID, value []byte) bool {
	s, r := l.suite, codec.NewReader(value)
	switch id.kind {
	case recordEpoch:
		return id == epochRecord
	case recordNode:
		x := nodeIndex(id.at)
		l.tree.nodes[x] = r.Bytes(s.hashLen)
		return r.End() == nil && int64(x) < 2*int64(l.leaves)-1
	case recordSent:
		l.sent[id.at] = value
		return !l.tree.over
	}
	if int64(id.at) >= int64(l.leaves) {
		return false
	}
	t := l.ratchet(LeafIndex(id.at), id.kind == recordHandshake || id.kind == recordSkippedHandshake)
	if id.skipped() {
		k := skippedKey{generation: id.generation, since: int64(r.Uint64())}
		k.key.key, k.key.nonce = r.Bytes(s.keyLen), r.Bytes(s.nonceLen)
		t.skipped = append(t.skipped, k)
		l.tree.noteAge(k.since)
		return r.End() == nil
	}
	t.generation, t.secret = r.Uint32(), r.Bytes(s.hashLen)
	return r.End() == nil
}

// ratchet is the one that a record belongs to, in the making.
func (l *ratchetLoader) ratchet(leaf LeafIndex, handshake bool) *ratchet {
	sender := l.tree.senders[leaf]
	if sender == nil {
		sender = &leafRatchets{}
		l.tree.senders[leaf] = sender
	}
	if sender.pick(handshake) == nil {
		r := &ratchet{leaf: leaf, handshake: handshake}
		if handshake {
			sender.handshake = r
		} else {
			sender.application = r
		}
	}
	return sender.pick(handshake)
}

// complete checks that each sender has the ratchets it should have, and sorts
// the skipped keys.
func (l *ratchetLoader) complete() bool {
	for _, sender := range l.tree.senders {
		if sender.application == nil || l.tree.over != (sender.handshake == nil) {
			return false
		}
		for _, r := range sender.both() {
			sort.Slice(r.skipped, func(i, j int) bool { return r.skipped[i].generation < r.skipped[j].generation })
			n := len(r.skipped)
			if r.secret == nil || n > 0 && r.skipped[n-1].generation >= r.generation {
				return false
			}
		}
	}
	return true
}

// coversAll tells whether nodes and senders cover each leaf exactly once. A
// record that should have been deleted, or is missing, shows here.
func (t *secretTree) coversAll() bool {
	covered := len(t.senders)
	for x := range t.nodes {
		covered += int(x.lastLeaf()-x.firstLeaf()) + 1
		if !t.alone(x) {
			return false
		}
	}
	for leaf := range t.senders {
		if t.nodes[leaf.node()] != nil || !t.alone(leaf.node()) {
			return false
		}
	}
	return covered == t.leaves
}

// alone tells that no node above x is there.
func (t *secretTree) alone(x nodeIndex) bool {
	for root := rootOf(t.leaves); x != root; {
		if x = x.parent(); t.nodes[x] != nil {
			return false
		}
	}
	return true
}
