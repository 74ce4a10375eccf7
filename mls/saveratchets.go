package mls

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sort"
	"strings"

	"parley/mls/internal/codec"
)

// ratchetVersion is the first byte of each epoch's first record.
const ratchetVersion = 1

// ChangedRatchets are the records to write, or to delete where Value is nil, so
// that storage holds the ratchets as they are now: in the order of their keys,
// each key once. A message changes one or two records, and a few more when its
// sender has sent nothing before in its epoch. A group that was just made has all
// its records among them: first delete those of a former group with the same id.
//
// Write them in one transaction with what the message brought, and with
// MarshalState if that is due, and call RatchetsSaved when the transaction is
// committed. Records are handed out again until then, so a transaction that
// failed is made good by the next one, or by restoring the group.
func (g *Group) ChangedRatchets() []RatchetRecord {
	var list []RatchetRecord
	for _, key := range g.deleted.give(strings.Compare) {
		list = append(list, RatchetRecord{Key: []byte(key)})
	}
	for _, e := range g.ratchetEpochs() {
		for _, id := range e.tree.unsaved.give(compareRecords) {
			list = append(list, e.record(id))
		}
	}
	return list
}

// RatchetsSaved tells that what ChangedRatchets last returned is in storage.
// What changed since then is still to be saved. A caller that stores nothing
// calls both now and then: names of changed records are kept until they are saved.
func (g *Group) RatchetsSaved() {
	g.deleted.saved()
	for _, e := range g.ratchetEpochs() {
		e.tree.unsaved.saved()
	}
}

// Ratchets are all the records, in the order of their keys: for a caller that
// writes the whole group at once.
func (g *Group) Ratchets() []RatchetRecord {
	var list []RatchetRecord
	for _, e := range g.ratchetEpochs() {
		for _, id := range e.tree.records() {
			list = append(list, e.record(id))
		}
	}
	return list
}

// ratchetEpoch is the secret tree of an epoch with what its records are bound to.
type ratchetEpoch struct {
	epoch   uint64
	tag     []byte // the epoch's confirmation tag
	tree    *secretTree
	rewound bool
}

// ratchetEpochs lists the epochs whose messages can be opened, oldest first.
func (g *Group) ratchetEpochs() []ratchetEpoch {
	list := make([]ratchetEpoch, 0, len(g.past)+1)
	for _, p := range g.past {
		list = append(list, ratchetEpoch{p.epoch, p.confirmationTag, p.ratchets, false})
	}
	return append(list, ratchetEpoch{g.epoch.context.epoch, g.epoch.confirmationTag, g.ratchets, g.rewound})
}

func (e ratchetEpoch) record(id recordID) RatchetRecord {
	value := e.tree.value(id)
	if id == epochRecord {
		var w codec.Writer
		w.Uint8(ratchetVersion)
		w.Vector(e.tag)
		w.Uint32(uint32(e.tree.leaves))
		w.Optional(e.tree.over)
		w.Optional(e.rewound)
		value = w.Data()
	}
	return RatchetRecord{Key: id.key(e.epoch), Value: value}
}

// records lists what there is to save, in order.
func (t *secretTree) records() []recordID {
	list := []recordID{epochRecord}
	for x := range t.nodes {
		list = append(list, x.record())
	}
	for _, s := range t.senders {
		for _, r := range s.both() {
			list = append(list, r.record())
			for _, k := range r.skipped {
				list = append(list, r.skippedRecord(k.generation))
			}
		}
	}
	list = append(list, t.sent.records()...)
	sort.Slice(list, func(i, j int) bool { return compareRecords(list[i], list[j]) < 0 })
	return list
}

func (s *leafRatchets) both() []*ratchet {
	if s.handshake == nil {
		return []*ratchet{s.application}
	}
	return []*ratchet{s.handshake, s.application}
}

// value encodes a record, nil if there is none any more.
func (t *secretTree) value(id recordID) []byte {
	switch id.kind {
	case recordNode:
		return bytes.Clone(t.nodes[nodeIndex(id.at)])
	case recordSent:
		return t.sent.chunk(id.at)
	}
	sender := t.senders[LeafIndex(id.at)]
	if sender == nil {
		return nil
	}
	r := sender.pick(id.kind == recordHandshake || id.kind == recordSkippedHandshake)
	switch {
	case r == nil:
		return nil
	case !id.skipped():
		return append(binary.BigEndian.AppendUint32(nil, r.generation), r.secret...)
	}
	at, found := r.find(id.generation)
	if !found {
		return nil
	}
	k := r.skipped[at]
	return slices.Concat(binary.BigEndian.AppendUint64(nil, uint64(k.since)), k.key.key, k.key.nonce)
}
