//go:build js

package json

// RawMessage is JSON as it is.
type RawMessage []byte
