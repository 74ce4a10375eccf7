// Package content is what devices say to each other: the plaintext inside MLS
// application messages and the sealed bundles of linking. The schema is
// content.proto.
package content

//go:generate sh -c "go run -C ../../tools ./wiregen -package content ../client/content/content.proto > content.gen.go"

import (
	"errors"

	"parley/wire/codec"
)

// Encode returns the encoding of m.
func Encode(m codec.Message) []byte { return m.AppendTo(nil) }

// Decode reads b into a new message of type T; on failure it returns only the
// error, which never quotes the input.
func Decode[T any, M interface {
	*T
	codec.Message
}](b []byte) (M, error) {
	m := M(new(T))
	if err := m.Unmarshal(b); err != nil {
		return nil, err
	}
	return m, nil
}

// ErrBody is for content with another body than is needed.
var ErrBody = errors.New("content with another body")
