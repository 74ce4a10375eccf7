// Package ident has the types by which Parley names things: accounts, devices,
// phone numbers and keys, and the certificates that tie a device to its
// account. It imports nothing of Parley and does no I/O.
package ident

import (
	"encoding/base32"
	"errors"
	"io"
)

// IDSize is the length of every id, bytes.
const IDSize = 16

// ErrMalformedID is the error for text or bytes that are not an id.
var ErrMalformedID = errors.New("malformed id")

// AccountID names an account; opaque, chosen by the relay.
type AccountID [IDSize]byte

// DeviceID names a device; random, chosen by the device.
type DeviceID [IDSize]byte

// ConversationID names a conversation and its MLS group; random, chosen by the
// device that creates it.
type ConversationID [IDSize]byte

// MessageID names a message before the relay has given it a place; random,
// chosen by the sending device.
type MessageID [IDSize]byte

// ChatID names a chat as people see it: by the account it is with, or, of a group,
// by the conversation.
type ChatID [IDSize]byte

// ChatWith is the id of the direct chat with an account; of the notes to oneself with
// one's own.
func ChatWith(account AccountID) ChatID { return ChatID(account) }

// ChatOfGroup is the id of the chat of a group.
func ChatOfGroup(conversation ConversationID) ChatID { return ChatID(conversation) }

// ID is one of the id types.
type ID interface {
	~[IDSize]byte
}

// NewID returns a fresh id from a cryptographic source. It fails only if the
// source does.
func NewID[T ID](rand io.Reader) (T, error) {
	var b [IDSize]byte
	_, err := io.ReadFull(rand, b[:])
	return T(b), err
}

// IDFromBytes returns the id that b holds; b must have IDSize bytes.
func IDFromBytes[T ID](b []byte) (T, error) {
	if len(b) != IDSize {
		return T{}, ErrMalformedID
	}
	return T(b), nil
}

// encoding is Crockford's base32 in lower case: no letter is mistaken for
// another when read aloud.
var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// ParseID reads the text form of an id: 26 characters.
func ParseID[T ID](text string) (T, error) {
	b, err := encoding.DecodeString(text)
	if err != nil || len(b) != IDSize || encoding.EncodeToString(b) != text {
		return T{}, ErrMalformedID
	}
	return T(b), nil
}

// String returns the 26-character text form.
func (id AccountID) String() string { return encoding.EncodeToString(id[:]) }

// String returns the 26-character text form.
func (id DeviceID) String() string { return encoding.EncodeToString(id[:]) }

// String returns the 26-character text form.
func (id ConversationID) String() string { return encoding.EncodeToString(id[:]) }

// String returns the 26-character text form.
func (id MessageID) String() string { return encoding.EncodeToString(id[:]) }

// String returns the 26-character text form.
func (id ChatID) String() string { return encoding.EncodeToString(id[:]) }

// IsZero reports whether the id is unset.
func (id AccountID) IsZero() bool { return id == AccountID{} }

// IsZero reports whether the id is unset.
func (id DeviceID) IsZero() bool { return id == DeviceID{} }
