package codec

import (
	"bytes"
	"testing"
)

func TestLengths(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 16383, 16384, 1 << 20} {
		var w Writer
		w.Vector(make([]byte, n))
		r := NewReader(w.Data())
		if got := r.Vector(); len(got) != n || r.End() != nil {
			t.Fatalf("length %d reads as %d", n, len(got))
		}
		var nested Writer
		nested.Nested(func(w *Writer) { w.Raw(make([]byte, n)) })
		if !bytes.Equal(nested.Data(), w.Data()) {
			t.Fatalf("length %d nests differently", n)
		}
	}
}

func TestMalformedLengths(t *testing.T) {
	for name, data := range map[string][]byte{
		"empty": {}, "two bytes for less than 64": {0x40, 0x3f}, "four bytes for less than 2^14": {0x80, 0, 0x3f, 0xff},
		"eight bytes": {0xc0, 0, 0, 0, 0, 0, 0, 1}, "truncated length": {0x40}, "truncated content": {0x02, 0x01},
	} {
		r := NewReader(data)
		if got := r.Vector(); r.Err() == nil || got != nil {
			t.Errorf("%s: read %x", name, got)
		}
		if r.Uint64() != 0 || r.Optional() || r.Err() == nil {
			t.Errorf("%s: the error does not stay", name)
		}
	}
	if NewReader([]byte{2}).Optional() {
		t.Error("presence byte 2")
	}
	r := NewReader([]byte{1, 0})
	r.Each(func(*Reader) {}) // takes nothing
	if r.Err() == nil {
		t.Error("an item that takes nothing")
	}
}

// FuzzReader: a list of vectors that parses re-encodes identically.
func FuzzReader(f *testing.F) {
	f.Add([]byte{4, 1, 7, 1, 8})
	f.Fuzz(func(t *testing.T, data []byte) {
		var items [][]byte
		r := NewReader(data)
		r.Each(func(r *Reader) { items = append(items, r.Vector()) })
		if r.End() != nil {
			return
		}
		var w Writer
		w.Nested(func(w *Writer) {
			for _, item := range items {
				w.Vector(item)
			}
		})
		if !bytes.Equal(w.Data(), data) {
			t.Fatal("re-encodes differently")
		}
	})
}
