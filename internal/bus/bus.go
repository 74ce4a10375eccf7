// Package bus carries what relays on one database say to each other at once. Every message may be
// lost, and nothing may depend on one: what must not be lost is in the store.
//
// A message says who and where, never what: ids and positions, no content, no numbers, no secrets.
package bus

import (
	"context"
	"errors"
)

// MaxMessage is how long a message may be, bytes; a longer one is lost.
const MaxMessage = 512 << 10

// ErrNoAnswer: nobody has answered a request. It may have been carried out all the same.
var ErrNoAnswer = errors.New("bus: no answer")

// Bus is one relay's place among the others. All methods may be called at the same time, and take
// the caller's messages as they are: neither side changes them afterwards. A subject is made of
// letters, digits and dots.
type Bus interface {
	// Publish sends a message to the other relays that have subscribed to a subject. It does not
	// block.
	Publish(subject string, message []byte)
	// Subscribe has a function called with what others publish, one message at a time; those of one
	// relay come in its order. It should not block for long.
	Subscribe(subject string, handle func(message []byte)) error
	// Request asks the other relays that serve a subject, and returns the first answer. The error is
	// ErrNoAnswer when there is none, at the latest when ctx ends.
	Request(ctx context.Context, subject string, message []byte) ([]byte, error)
	// Serve has a function called for requests, several at a time; nil leaves the answer to others.
	Serve(subject string, answer func(message []byte) []byte) error
	// Close ends everything; what waits is lost.
	Close()
}
