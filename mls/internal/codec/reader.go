// Package codec reads and writes the TLS presentation language as RFC 9420
// section 2.1 uses it: big-endian integers, and variable-size vectors whose
// length is a minimal variable-size integer.
//
// A Reader accepts exactly one encoding of each value, so what parses
// re-encodes identically. It never allocates more than its input.
package codec

import "errors"

// ErrSyntax is the only error of a Reader: truncated, trailing or non-minimal input.
var ErrSyntax = errors.New("codec: malformed encoding")

// A Reader takes values off the front of a byte slice. Its first error stays:
// every later call returns a zero value, and Err tells. Slices it returns
// alias the input.
type Reader struct {
	data []byte
	bad  bool
}

// NewReader reads data, which must not change while results are in use.
func NewReader(data []byte) *Reader { return &Reader{data: data} }

// Fail makes the reader report ErrSyntax: for values a caller refuses.
func (r *Reader) Fail() { r.bad, r.data = true, nil }

// Err is ErrSyntax after a failure, else nil.
func (r *Reader) Err() error {
	if r.bad {
		return ErrSyntax
	}
	return nil
}

// End is Err, or ErrSyntax if input is left over.
func (r *Reader) End() error {
	if len(r.data) > 0 {
		r.Fail()
	}
	return r.Err()
}

// Rest is what has not been read yet.
func (r *Reader) Rest() []byte { return r.data }

// Bytes takes n bytes.
func (r *Reader) Bytes(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.Fail()
		return nil
	}
	b := r.data[:n:n]
	r.data = r.data[n:]
	return b
}

func (r *Reader) uint(n int) (v uint64) {
	for _, b := range r.Bytes(n) {
		v = v<<8 | uint64(b)
	}
	return v
}

func (r *Reader) Uint8() uint8   { return uint8(r.uint(1)) }
func (r *Reader) Uint16() uint16 { return uint16(r.uint(2)) }
func (r *Reader) Uint32() uint32 { return uint32(r.uint(4)) }
func (r *Reader) Uint64() uint64 { return r.uint(8) }

// Optional takes the presence byte of optional<T>.
func (r *Reader) Optional() bool {
	v := r.Uint8()
	if v > 1 {
		r.Fail()
	}
	return v == 1 && !r.bad
}

// Length takes a variable-size integer (RFC 9420 section 2.1.2): 1, 2 or 4
// bytes, minimal.
func (r *Reader) Length() int {
	if len(r.data) == 0 {
		r.Fail()
		return 0
	}
	switch prefix := r.data[0] >> 6; prefix {
	case 0:
		return int(r.Uint8())
	case 1:
		return r.minimal(int(r.Uint16()&0x3fff), 1<<6)
	case 2:
		return r.minimal(int(r.Uint32()&0x3fffffff), 1<<14)
	default:
		r.Fail()
		return 0
	}
}

func (r *Reader) minimal(v, least int) int {
	if v < least {
		r.Fail()
		return 0
	}
	return v
}

// Vector takes the content of a variable-size vector of bytes.
func (r *Reader) Vector() []byte { return r.Bytes(r.Length()) }

// Each calls item until the content of a variable-size vector is used up.
// Each item takes at least one byte, or the reader fails.
func (r *Reader) Each(item func(*Reader)) { r.EachUpTo(MaxVector, item) }

// EachUpTo is Each that fails before it calls item more than most times: for
// items that take more room in memory than encoded.
func (r *Reader) EachUpTo(most int, item func(*Reader)) {
	inner := Reader{data: r.Vector()}
	for n := 0; len(inner.data) > 0 && !r.bad; n++ {
		if n == most {
			r.Fail()
			return
		}
		before := len(inner.data)
		item(&inner)
		if inner.bad || len(inner.data) == before {
			r.Fail()
		}
	}
}
