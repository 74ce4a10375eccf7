package ident

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// SafetyDigits is the length of a SafetyNumber: 30 digits of each account.
const SafetyDigits = 60

// SafetyNumber is what two people compare to know that nobody stands between
// them (X6): 60 decimal digits made of the ids and keys of both accounts, the
// same on both sides. It changes when, and only when, one of the keys changes.
type SafetyNumber string

// ErrSafetyCode is the error for text that is not a SafetyCode.
var ErrSafetyCode = errors.New("not a safety code")

const (
	fingerprintSize = sha512.Size
	// fingerprintRounds makes looking for a key that begins with the same digits
	// dearer: 30 digits are 100 bits.
	fingerprintRounds = 5200
	fingerprintLabel  = "parley safety number 1"
	safetyCodePrefix  = "parley-safety:1:"
)

// A Party is one side of a safety number.
type Party struct {
	Account AccountID
	Key     ed25519.PublicKey
}

// fingerprint is a slow hash of who the party is.
func (p Party) fingerprint() [fingerprintSize]byte {
	h := sha512.Sum512(bytes.Join([][]byte{[]byte(fingerprintLabel), p.Account[:], p.Key}, nil))
	for range fingerprintRounds {
		h = sha512.Sum512(append(h[:], p.Key...))
	}
	return h
}

// digits are the first thirty digits of a fingerprint: six groups of five, each
// of five bytes.
func digits(fingerprint [fingerprintSize]byte) string {
	var text strings.Builder
	for i := range SafetyDigits / 10 {
		var group [8]byte
		copy(group[3:], fingerprint[5*i:5*i+5])
		fmt.Fprintf(&text, "%05d", binary.BigEndian.Uint64(group[:])%100000)
	}
	return text.String()
}

// NewSafetyNumber returns the number of two accounts, in either order.
func NewSafetyNumber(a, b Party) SafetyNumber {
	first, second := digits(a.fingerprint()), digits(b.fingerprint())
	if first > second {
		first, second = second, first
	}
	return SafetyNumber(first + second)
}

// Groups returns the twelve groups of five digits in which it is read aloud.
func (n SafetyNumber) Groups() []string {
	var groups []string
	for i := 0; i+5 <= len(n); i += 5 {
		groups = append(groups, string(n[i:i+5]))
	}
	return groups
}

// A SafetyCode is the content of the QR code that one person shows and the
// other scans: who the shower is and who they take the scanner to be, in full.
type SafetyCode struct{ Shower, Scanner Party }

// String is the text of the QR code.
func (c SafetyCode) String() string {
	b := bytes.Join([][]byte{c.Shower.Account[:], c.Shower.Key, c.Scanner.Account[:], c.Scanner.Key}, nil)
	return safetyCodePrefix + base64.RawURLEncoding.EncodeToString(b)
}

// ParseSafetyCode reads the text of a QR code. Errors: ErrSafetyCode.
func ParseSafetyCode(text string) (SafetyCode, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(text), safetyCodePrefix)
	b, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if !ok || err != nil || len(b) != 2*(IDSize+ed25519.PublicKeySize) {
		return SafetyCode{}, ErrSafetyCode
	}
	party := func(b []byte) Party {
		return Party{Account: AccountID(b[:IDSize]), Key: ed25519.PublicKey(b[IDSize:])}
	}
	half := len(b) / 2
	return SafetyCode{Shower: party(b[:half:half]), Scanner: party(b[half:])}, nil
}

// Equal reports whether both are the same account under the same key.
func (p Party) Equal(o Party) bool { return p.Account == o.Account && p.Key.Equal(o.Key) }
