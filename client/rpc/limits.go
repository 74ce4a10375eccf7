package rpc

import "time"

// The bounds of a connection, with what each protects against.
const (
	// MaxRequest bounds the memory one line can make the server hold, bytes:
	// the longest text with every character escaped fits several times.
	MaxRequest = 1 << 20
	// MaxResponse is the same for what a client reads: a page of 500 messages
	// of the greatest length.
	MaxResponse = 64 << 20
	// MaxBatch bounds the answers the server holds back for one batch.
	MaxBatch = 100
	// MaxCalls is how many calls of one connection run at a time; then the
	// server reads no further until one has been answered.
	MaxCalls = 256
	// MaxQueuedEvents bounds what a slow reader can make the server hold; past
	// it the queued events are dropped and a reset is queued in their place.
	MaxQueuedEvents = 4096
	// drainTime is how long calls may go on after the end of standard input,
	// so that a script can pipe calls in and still gets the answers.
	drainTime = 30 * time.Second
)
