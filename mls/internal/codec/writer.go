package codec

import "encoding/binary"

// MaxVector is the longest vector a length can tell.
const MaxVector = 1<<30 - 1

// A Writer appends values to a byte slice. The zero Writer is ready.
type Writer struct{ data []byte }

// NewWriter has room for size bytes.
func NewWriter(size int) *Writer { return &Writer{data: make([]byte, 0, size)} }

// Data is what was written.
func (w *Writer) Data() []byte { return w.data }

func (w *Writer) Uint8(v uint8)   { w.data = append(w.data, v) }
func (w *Writer) Uint16(v uint16) { w.data = binary.BigEndian.AppendUint16(w.data, v) }
func (w *Writer) Uint32(v uint32) { w.data = binary.BigEndian.AppendUint32(w.data, v) }
func (w *Writer) Uint64(v uint64) { w.data = binary.BigEndian.AppendUint64(w.data, v) }

// Length appends the length of a vector whose content follows.
func (w *Writer) Length(n int) { w.data = AppendLength(w.data, n) }

// String appends the bytes of s without a length.
func (w *Writer) String(s string) { w.data = append(w.data, s...) }

// Zeros appends n zeros; none if n is negative.
func (w *Writer) Zeros(n int) { w.data = append(w.data, make([]byte, max(n, 0))...) }

// Raw appends bytes without a length.
func (w *Writer) Raw(b []byte) { w.data = append(w.data, b...) }

// Optional appends the presence byte of optional<T>.
func (w *Writer) Optional(present bool) {
	if present {
		w.Uint8(1)
		return
	}
	w.Uint8(0)
}

// Vector appends a variable-size vector of bytes.
func (w *Writer) Vector(b []byte) {
	w.data = AppendLength(w.data, len(b))
	w.data = append(w.data, b...)
}

// Nested appends a variable-size vector whose content write appends.
func (w *Writer) Nested(write func(*Writer)) {
	start := len(w.data)
	write(w)
	size := len(w.data) - start
	var prefix [4]byte
	length := AppendLength(prefix[:0], size)
	w.data = append(w.data, length...)
	copy(w.data[start+len(length):], w.data[start:start+size])
	copy(w.data[start:], length)
}

// AppendLength appends a variable-size integer (RFC 9420 section 2.1.2). It
// panics beyond MaxVector: a caller's bug, as all our inputs are smaller.
func AppendLength(b []byte, n int) []byte {
	switch {
	case n < 1<<6:
		return append(b, byte(n))
	case n < 1<<14:
		return binary.BigEndian.AppendUint16(b, uint16(n)|1<<14)
	case n <= MaxVector:
		return binary.BigEndian.AppendUint32(b, uint32(n)|2<<30)
	default:
		panic("codec: vector too long")
	}
}
