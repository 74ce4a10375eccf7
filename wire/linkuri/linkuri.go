// Package linkuri is the text of the QR code by which a device is linked:
//
//	parley://link?v=1&relay=https%3A%2F%2Fexample.org&slot=…&key=…&secret=…
//
// slot, key and secret are base64url without padding. The secret never passes
// the relay: it proves to each side that the other one saw the code (M6).
package linkuri

import (
	"encoding/base64"
	"errors"
	"strings"

	"parley/wire/relayurl"
)

// Sizes of the fields, bytes.
const (
	SlotSize   = 16
	KeySize    = 32
	SecretSize = 16
)

// maxLength bounds what Parse looks at; a real URI has about 200 bytes.
const maxLength = 2048

// ErrMalformed is the error for text that is not a link URI of a known version.
var ErrMalformed = errors.New("not a Parley link code")

// Link is the content of a link URI.
type Link struct {
	// Relay is the URL of the relay, http or https, without path.
	Relay string
	// Slot is the linking slot at the relay.
	Slot []byte
	// Key is the X25519 HPKE public key of the new device.
	Key []byte
	// Secret authenticates both sides to each other.
	Secret []byte
}

// String returns the URI. It contains the secret: show it, never log it.
func (l Link) String() string {
	enc := base64.RawURLEncoding.EncodeToString
	return "parley://link?v=1&relay=" + escape(l.Relay) +
		"&slot=" + enc(l.Slot) + "&key=" + enc(l.Key) + "&secret=" + enc(l.Secret)
}

// Parse reads a link URI; the error is always ErrMalformed.
func Parse(text string) (Link, error) {
	if len(text) > maxLength {
		return Link{}, ErrMalformed
	}
	text, _, _ = strings.Cut(text, "#")
	address, query, _ := strings.Cut(text, "?")
	q, ok := parseQuery(query)
	if !ok || !strings.EqualFold(strings.TrimSuffix(address, "/"), "parley://link") || q["v"] != "1" {
		return Link{}, ErrMalformed
	}
	l := Link{Relay: q["relay"]}
	for _, f := range []struct {
		dst  *[]byte
		name string
		size int
	}{{&l.Slot, "slot", SlotSize}, {&l.Key, "key", KeySize}, {&l.Secret, "secret", SecretSize}} {
		value, err := base64.RawURLEncoding.Strict().DecodeString(q[f.name])
		if err != nil || len(value) != f.size {
			return Link{}, ErrMalformed
		}
		*f.dst = value
	}
	if _, err := relayurl.Parse(l.Relay); err != nil {
		return Link{}, ErrMalformed
	}
	return l, nil
}
