package codec

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// ErrMalformed is the error for everything that is not a well-formed encoding
// of the message read. Its text never quotes the input.
var ErrMalformed = errors.New("malformed protobuf message")

// Reader goes through the fields of one encoded message.
type Reader struct {
	rest  []byte
	field protowire.Number
	kind  protowire.Type
	value []byte // the content of a bytes field, else the encoded value
	err   error
}

// NewReader returns a Reader over b, which must not change meanwhile.
func NewReader(b []byte) Reader { return Reader{rest: b} }

// Next moves to the next field and reports whether there is one.
func (r *Reader) Next() bool {
	if r.err != nil || len(r.rest) == 0 {
		return false
	}
	field, kind, n := protowire.ConsumeTag(r.rest)
	if n < 0 {
		return r.fail()
	}
	r.rest = r.rest[n:]
	size := protowire.ConsumeFieldValue(field, kind, r.rest)
	if size < 0 {
		return r.fail()
	}
	r.field, r.kind, r.value = field, kind, r.rest[:size]
	r.rest = r.rest[size:]
	return true
}

// Field returns the number of the present field.
func (r *Reader) Field() protowire.Number { return r.field }

// Err returns ErrMalformed if anything read so far was malformed.
func (r *Reader) Err() error { return r.err }

func (r *Reader) fail() bool {
	r.err = ErrMalformed
	return false
}

// Uint returns the present field as a varint.
func (r *Reader) Uint() uint64 {
	if r.kind != protowire.VarintType {
		r.fail()
		return 0
	}
	v, n := protowire.ConsumeVarint(r.value)
	if n < 0 {
		r.fail()
		return 0
	}
	return v
}

// Bool returns the present field as a bool.
func (r *Reader) Bool() bool { return protowire.DecodeBool(r.Uint()) }

// Bytes returns a copy of the present field as bytes; nil if it is empty.
func (r *Reader) Bytes() []byte {
	v := r.content()
	if len(v) == 0 {
		return nil
	}
	return bytes.Clone(v)
}

// Element is Bytes for a repeated field, whose elements may be empty but are
// never nil.
func (r *Reader) Element() []byte { return append([]byte{}, r.content()...) }

// String returns the present field as a string, which must be UTF-8.
func (r *Reader) String() string {
	v := r.content()
	if !utf8.Valid(v) {
		r.fail()
		return ""
	}
	return string(v)
}

// Packed appends the present field, packed or single, to vs.
func (r *Reader) Packed(vs []uint64) []uint64 {
	if r.kind == protowire.VarintType {
		return append(vs, r.Uint())
	}
	for rest := r.content(); len(rest) > 0; {
		v, n := protowire.ConsumeVarint(rest)
		if n < 0 {
			r.fail()
			return nil
		}
		vs = append(vs, v)
		rest = rest[n:]
	}
	return vs
}

// Message reads the present field into m.
func (r *Reader) Message(m Message) {
	v := r.content()
	if r.err != nil {
		return
	}
	if m.Unmarshal(v) != nil {
		r.fail()
	}
}

func (r *Reader) content() []byte {
	if r.kind != protowire.BytesType {
		r.fail()
		return nil
	}
	v, n := protowire.ConsumeBytes(r.value)
	if n < 0 {
		r.fail()
		return nil
	}
	return v
}
