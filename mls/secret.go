package mls

import (
	"fmt"
	"io"
)

// A secret is key material. However it is printed or logged, it says only that
// it is there.
type secret []byte

const redacted = "mls.secret{redacted}"

func (secret) String() string             { return redacted }
func (secret) GoString() string           { return redacted }
func (secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }
func (secret) MarshalJSON() ([]byte, error) {
	return []byte(`"` + redacted + `"`), nil
}

// wipe overwrites s. The garbage collector may have made copies of its own;
// this is the best the language offers.
func (s secret) wipe() { clear(s) }
