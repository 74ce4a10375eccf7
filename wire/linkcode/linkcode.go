// Package linkcode is the code that a person types to link a device: eight
// characters of Crockford's base32, shown as XXXX-XXXX. It names a linking slot
// and proves nothing; what two devices compare does.
package linkcode

import (
	"errors"
	"io"
	"strings"
)

// Length is how many characters a code has, each of five random bits.
const Length = 8

// alphabet is Crockford's: without I, L, O and U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// maxText bounds what Parse looks at.
const maxText = 64

// ErrMalformed is the error for text that is no code.
var ErrMalformed = errors.New("not a link code")

// New makes a code.
func New(random io.Reader) (string, error) {
	b := make([]byte, Length)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", err
	}
	for i := range b {
		b[i] = alphabet[b[i]%byte(len(alphabet))]
	}
	return string(b), nil
}

// Parse reads a code as people type it: in either case, with O for 0 and I or L
// for 1, with blanks and dashes anywhere. The error is always ErrMalformed.
func Parse(text string) (string, error) {
	if len(text) > maxText {
		return "", ErrMalformed
	}
	var code []byte
	for i := range len(text) {
		c := text[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		switch c {
		case ' ', '-', '\t', '\r', '\n':
			continue
		case 'O':
			c = '0'
		case 'I', 'L':
			c = '1'
		}
		if strings.IndexByte(alphabet, c) < 0 {
			return "", ErrMalformed
		}
		code = append(code, c)
	}
	if len(code) != Length {
		return "", ErrMalformed
	}
	return string(code), nil
}

// Format writes a code that New made for people.
func Format(code string) string { return code[:Length/2] + "-" + code[Length/2:] }
