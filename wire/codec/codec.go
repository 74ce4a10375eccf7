// Package codec is the small part of the Protocol Buffers encoding that
// Parley's generated messages need: appending fields, and reading them one by
// one. It is what stands in for the full protobuf runtime, which would add
// half a megabyte to the browser build.
//
// A Reader never panics, copies what it hands out and remembers its first
// error. It does not check required fields: proto3 has none.
package codec

import "google.golang.org/protobuf/encoding/protowire"

// Message is what wiregen makes of a message of a .proto file.
type Message interface {
	// AppendTo appends the encoding, fields in ascending order of number.
	AppendTo(b []byte) []byte
	// Unmarshal replaces the message with what b encodes, or leaves it empty
	// and returns the error. It keeps no reference to b.
	Unmarshal(b []byte) error
}

// AppendUint appends a varint field; zero is left out, as proto3 wants.
func AppendUint(b []byte, field protowire.Number, v uint64) []byte {
	if v == 0 {
		return b
	}
	b = protowire.AppendTag(b, field, protowire.VarintType)
	return protowire.AppendVarint(b, v)
}

// AppendBool appends a bool field; false is left out.
func AppendBool(b []byte, field protowire.Number, v bool) []byte {
	return AppendUint(b, field, protowire.EncodeBool(v))
}

// AppendBytes appends a bytes or string field; empty is left out.
func AppendBytes[T ~string | ~[]byte](b []byte, field protowire.Number, v T) []byte {
	if len(v) == 0 {
		return b
	}
	return AppendElement(b, field, v)
}

// AppendElement appends a bytes or string field even if it is empty, as the
// elements of a repeated field are.
func AppendElement[T ~string | ~[]byte](b []byte, field protowire.Number, v T) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(len(v)))
	return append(b, v...)
}

// AppendPacked appends a repeated varint field in packed form.
func AppendPacked(b []byte, field protowire.Number, vs []uint64) []byte {
	if len(vs) == 0 {
		return b
	}
	b = protowire.AppendTag(b, field, protowire.BytesType)
	size := 0
	for _, v := range vs {
		size += protowire.SizeVarint(v)
	}
	b = protowire.AppendVarint(b, uint64(size))
	for _, v := range vs {
		b = protowire.AppendVarint(b, v)
	}
	return b
}

// AppendMessage appends a message field, present even if the message is empty.
func AppendMessage(b []byte, field protowire.Number, m Message) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	// The length comes before the content but is known after it: one byte is
	// kept free, and longer lengths move the content.
	b = append(b, 0)
	start := len(b)
	b = m.AppendTo(b)
	size := len(b) - start
	extra := protowire.SizeVarint(uint64(size)) - 1
	if extra > 0 {
		b = append(b, make([]byte, extra)...)
		copy(b[start+extra:], b[start:start+size])
	}
	protowire.AppendVarint(b[start-1:start-1], uint64(size))
	return b
}
