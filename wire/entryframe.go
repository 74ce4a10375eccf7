package wire

import "google.golang.org/protobuf/encoding/protowire"

// The fields of device.proto that lead to an entry that is pushed, and to its position.
const (
	frameEvent    protowire.Number = 4
	eventEntries  protowire.Number = 1
	entriesEntry  protowire.Number = 1
	entryPosition protowire.Number = 1
)

// EntryFrame makes the frames that push one entry into many feeds, where it differs by its
// position alone: the rest is encoded once.
type EntryFrame struct{ rest []byte }

// NewEntryFrame encodes an entry, whose Position is ignored.
func NewEntryFrame(e *Entry) EntryFrame {
	unplaced := *e
	unplaced.Position = 0
	const others = 160 // bytes of the other fields, at most
	return EntryFrame{unplaced.AppendTo(make([]byte, 0, len(e.Message)+len(e.Welcome)+others))}
}

// Encoded is an encoded frame: Head, which may be nil, and behind it Rest, which many may share.
type Encoded struct{ Head, Rest []byte }

// Len is the length of the frame, bytes.
func (e Encoded) Len() int { return len(e.Head) + len(e.Rest) }

// AppendTo appends the frame.
func (e Encoded) AppendTo(b []byte) []byte { return append(append(b, e.Head...), e.Rest...) }

// headSize is the most that comes before what is the same at all positions.
const headSize = 48

// At returns what Encode gives for a frame with an event with the entry at a position, which is
// not 0.
func (f EntryFrame) At(position uint64) Encoded {
	entry := protowire.SizeTag(entryPosition) + protowire.SizeVarint(position) + len(f.rest)
	entries := protowire.SizeTag(entriesEntry) + protowire.SizeBytes(entry)
	event := protowire.SizeTag(eventEntries) + protowire.SizeBytes(entries)
	b := appendLength(make([]byte, 0, headSize), frameEvent, event)
	b = appendLength(b, eventEntries, entries)
	b = appendLength(b, entriesEntry, entry)
	b = protowire.AppendTag(b, entryPosition, protowire.VarintType)
	b = protowire.AppendVarint(b, position)
	return Encoded{Head: b, Rest: f.rest}
}

// appendLength begins a field of a number of bytes.
func appendLength(b []byte, field protowire.Number, bytes int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.BytesType), uint64(bytes))
}
