package mls

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"sort"
)

// A RatchetRecord is one part of the message ratchets as they are saved: a key
// of at most 17 bytes, which begins with the epoch as a big-endian integer, and
// a value. A nil Value says that the record is to be deleted. The value holds a
// secret, so a record prints as redacted.
type RatchetRecord struct{ Key, Value []byte }

const redactedRecord = "mls.RatchetRecord{redacted}"

func (RatchetRecord) String() string             { return redactedRecord }
func (RatchetRecord) GoString() string           { return redactedRecord }
func (RatchetRecord) Format(f fmt.State, _ rune) { io.WriteString(f, redactedRecord) }
func (RatchetRecord) MarshalJSON() ([]byte, error) {
	return []byte(`"` + redactedRecord + `"`), nil
}

// recordKind is the ninth byte of a record's key.
type recordKind uint8

const (
	recordEpoch       recordKind = iota // what the epoch's records belong to
	recordNode                          // a node of the secret tree
	recordHandshake                     // a ratchet
	recordApplication                   // a ratchet
	recordSkippedHandshake
	recordSkippedApplication
	recordSent // tags of what this member has sent
	recordKinds
)

// A recordID names a record among those of its epoch.
type recordID struct {
	kind       recordKind
	at         uint32 // node, leaf or chunk
	generation uint32 // of a skipped key
}

var epochRecord = recordID{kind: recordEpoch}

func (x nodeIndex) record() recordID { return recordID{kind: recordNode, at: uint32(x)} }

func (r *ratchet) record() recordID {
	if r.handshake {
		return recordID{kind: recordHandshake, at: uint32(r.leaf)}
	}
	return recordID{kind: recordApplication, at: uint32(r.leaf)}
}

func (r *ratchet) skippedRecord(generation uint32) recordID {
	if r.handshake {
		return recordID{kind: recordSkippedHandshake, at: uint32(r.leaf), generation: generation}
	}
	return recordID{kind: recordSkippedApplication, at: uint32(r.leaf), generation: generation}
}

func (id recordID) skipped() bool {
	return id.kind == recordSkippedHandshake || id.kind == recordSkippedApplication
}

// key is the key of a record, and parseRecordKey reads it back. Keys are in the order of compareRecords.
func (id recordID) key(epoch uint64) []byte {
	key := binary.BigEndian.AppendUint64(make([]byte, 0, 17), epoch)
	key = append(key, byte(id.kind))
	key = binary.BigEndian.AppendUint32(key, id.at)
	if id.skipped() {
		key = binary.BigEndian.AppendUint32(key, id.generation)
	}
	return key
}

func parseRecordKey(key []byte) (epoch uint64, id recordID, ok bool) {
	if len(key) != 13 && len(key) != 17 {
		return 0, id, false
	}
	epoch = binary.BigEndian.Uint64(key)
	id = recordID{kind: recordKind(key[8]), at: binary.BigEndian.Uint32(key[9:])}
	if len(key) == 17 {
		id.generation = binary.BigEndian.Uint32(key[13:])
	}
	return epoch, id, id.kind < recordKinds && id.skipped() == (len(key) == 17)
}

func compareRecords(a, b recordID) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.at, b.at), cmp.Compare(a.generation, b.generation))
}

// unsavedRecords are the records to be saved: those that changed since they were last
// handed out, and those that were handed out and are not known to be saved. The
// zero value is ready.
type unsavedRecords[K comparable] struct{ fresh, given map[K]struct{} }

func (c *unsavedRecords[K]) add(k K) {
	if c.fresh == nil {
		c.fresh = map[K]struct{}{}
	}
	c.fresh[k] = struct{}{}
}

// give hands out all.
func (c *unsavedRecords[K]) give(order func(a, b K) int) []K {
	if c.given == nil {
		c.given, c.fresh = c.fresh, nil
	}
	for k := range c.fresh {
		c.given[k] = struct{}{}
	}
	c.fresh = nil
	list := make([]K, 0, len(c.given))
	for k := range c.given {
		list = append(list, k)
	}
	sort.Slice(list, func(i, j int) bool { return order(list[i], list[j]) < 0 })
	return list
}

// saved forgets what was handed out.
func (c *unsavedRecords[K]) saved() { c.given = nil }
