package wire_test

import (
	"bytes"
	"testing"

	"parley/wire"
)

// A frame made from the shared encoding is the one that Encode makes.
func FuzzEntryFrame(f *testing.F) {
	f.Add(uint64(1), []byte("message"), []byte(nil))
	f.Add(uint64(1)<<63, bytes.Repeat([]byte{7}, 20_000), []byte("welcome"))
	for size := range 300 { // lengths of one byte and of two
		f.Add(uint64(127+size%2), make([]byte, size), []byte(nil))
	}
	f.Fuzz(func(t *testing.T, position uint64, message, welcome []byte) {
		position = max(position, 1)
		e := &wire.Entry{
			Position: position, ConversationID: make([]byte, 16), Sequence: 300, Kind: wire.EntryApplication, SenderAccount: make([]byte, 16),
			SenderDevice: make([]byte, 16), MessageID: make([]byte, 16), Epoch: 1 << 40, TimeMS: 1_800_000_000_000, Message: message, Welcome: welcome,
			ConversationKind: wire.ConversationGroup, FormerSequence: 1 << 50,
		}
		want := wire.Encode(&wire.Frame{Body: &wire.Event{Happening: &wire.FeedEntries{Entries: []*wire.Entry{e}}}})
		frame := wire.NewEntryFrame(e).At(position)
		if got := frame.AppendTo(nil); !bytes.Equal(got, want) || len(got) != frame.Len() {
			t.Errorf("the frame is %x, want %x", got, want)
		}
	})
}

func BenchmarkEntryFrame(b *testing.B) {
	f := wire.NewEntryFrame(&wire.Entry{ConversationID: make([]byte, 16), Message: make([]byte, 900)})
	b.ReportAllocs()
	for b.Loop() {
		f.At(1000)
	}
}

func BenchmarkEncodeEntry(b *testing.B) {
	frame := &wire.Frame{Body: &wire.Event{Happening: &wire.FeedEntries{Entries: []*wire.Entry{{Position: 1000, ConversationID: make([]byte, 16), Message: make([]byte, 900)}}}}}
	b.ReportAllocs()
	for b.Loop() {
		wire.Encode(frame)
	}
}
