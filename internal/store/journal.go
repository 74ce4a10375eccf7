package store

import (
	"context"

	"parley/ident"
)

// RelayID is a relay among those that share a database: another each time it starts.
type RelayID [16]byte

// Journal is a Store that several relays share. What a transaction has them know it says with
// SharedTx.Notify; the notices of all transactions have one order, which is that of the
// transactions.
type Journal interface {
	// Follow gives the notices of other relays to a Follower from now on: all that are older than
	// a transaction of this relay before that runs, and what is new at each CatchUp. It is called
	// once, before the first transaction with a notice.
	Follow(ctx context.Context, relay RelayID, f Follower) error
	// CatchUp reads what is new. It may be called at any time, and waits for the database.
	CatchUp(ctx context.Context) error
	// Applied is the number of the last commit whose notices were applied, or are our own.
	Applied() uint64
}

// Follower gets what a Journal says. Its methods are called one at a time, must not block nor call
// the store.
type Follower interface {
	// Apply takes a notice of another relay; each comes once, in order.
	Apply(notice []byte)
	// Missed says that there were notices that are gone: this relay was away for too long.
	Missed()
	// Written says that a commit of this relay with notices is on disk, and its number.
	Written(number uint64)
}

// SharedReader is the part of Reader for relays that share a database. A Reader is one if its
// store is followed.
type SharedReader interface {
	Reader
	// ListConnected returns the devices of an account that are connected to other relays that run.
	ListConnected(account ident.AccountID) ([]ident.DeviceID, error)
	// PullFeeds is Reader.PullFeed for many accounts, in the order of the places. It reads an entry that
	// several of them have once.
	PullFeeds(places []Place, limit, maxBytes int) ([][]FeedEntry, error)
	// ListRelays returns the relays that run, this one among them.
	ListRelays() ([]RelayID, error)
	// IsFirst reports whether this relay is the first of those that run, which does what one does
	// for all. For a moment two may be it, or none.
	IsFirst() (bool, error)
}

// SharedTx is the part of Tx for relays that share a database.
type SharedTx interface {
	Tx
	SharedReader
	// IsShared reports whether the store is followed; what follows does nothing otherwise.
	IsShared() bool
	// Notify tells the other relays something if the transaction succeeds.
	Notify(notice []byte)
	// Enter notes that a device is connected to this relay, and returns the number of the connection,
	// which grows with each of the device.
	Enter(device ident.DeviceID) (connection uint64, err error)
	// Leave notes that a connection has ended; nothing if the device has a newer one.
	Leave(device ident.DeviceID, connection uint64) error
	// NoteRelay notes that this relay runs; it counts as running for 15 seconds.
	NoteRelay() error
	// ForgetRelay notes that it does not run any more.
	ForgetRelay() error
	// DeleteNotices removes notices that are older than ten minutes, and relays that are gone.
	DeleteNotices() error
	// ClaimWake notes that a device is woken at a time in milliseconds; false if it was woken behind since.
	ClaimWake(device ident.DeviceID, atMS, sinceMS int64) (bool, error)
}
