package linkuri

import (
	"encoding/base64"
	"strings"

	"parley/ident"
	"parley/wire/relayurl"
)

// Group is the invite link of a group:
//
//	https://example.org/#group=CONVERSATION.SECRET
//
// Both are base64url without padding. Browsers do not send what follows the #.
type Group struct {
	// Relay is the URL of the relay, as in Link.
	Relay        string
	Conversation ident.ConversationID
	// Secret has SecretSize bytes.
	Secret []byte
}

const groupMark = "/#group="

// String returns the link. It lets in who has it: show it, never log it.
func (g Group) String() string {
	enc := base64.RawURLEncoding.EncodeToString
	return strings.TrimSuffix(g.Relay, "/") + groupMark + enc(g.Conversation[:]) + "." + enc(g.Secret)
}

// ParseGroup reads an invite link; the error is always ErrMalformed.
func ParseGroup(text string) (Group, error) {
	text = strings.TrimSpace(text)
	address, rest, found := strings.Cut(text, groupMark)
	id, secret, whole := strings.Cut(rest, ".")
	if len(text) > maxLength || !found || !whole {
		return Group{}, ErrMalformed
	}
	if _, err := relayurl.Parse(address); err != nil {
		return Group{}, ErrMalformed
	}
	enc := base64.RawURLEncoding.Strict()
	g := Group{Relay: address}
	b, err := enc.DecodeString(id)
	if err != nil || len(b) != len(g.Conversation) {
		return Group{}, ErrMalformed
	}
	copy(g.Conversation[:], b)
	if g.Secret, err = enc.DecodeString(secret); err != nil || len(g.Secret) != SecretSize {
		return Group{}, ErrMalformed
	}
	return g, nil
}
