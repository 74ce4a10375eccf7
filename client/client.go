// Package client is a device: it registers or is linked, keeps conversations in
// step with the relay, encrypts and decrypts, and remembers. It runs natively
// and in browsers; storage and transport are given to it.
//
// One goroutine, the worker, talks to the relay: it applies the feed in order
// and sends what waits. Calls of the core API read and change the database and
// wake the worker. Everything that belongs together is saved in one
// transaction: a message, its group's ratchets, and the feed cursor.
package client

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"parley/client/api"
	"parley/client/json"
	"parley/client/sql"
	"parley/client/store"
	"parley/ident"
	"parley/mls"
)

// Conn is a connection that carries binary messages. One goroutine reads and
// one writes at a time; Close may be called by any and ends both.
type Conn interface {
	Read(ctx context.Context) ([]byte, error)
	Write(ctx context.Context, message []byte) error
	Close() error
}

// Config is what a device brings along.
type Config struct {
	// DB is the device's own SQLite database; Client takes it over and closes it.
	DB *sql.DB
	// ResultCode finds SQLite's extended result code in an error of DB; nil for
	// drivers whose errors have a method Code() int.
	ResultCode func(err error) (code int, ok bool)
	// Dial opens a WebSocket to a ws or wss URL.
	Dial func(ctx context.Context, url string) (Conn, error)
	// Reach tries the relay at a URL below the WebSocket, for Diagnose: name,
	// certificate, HTTP. nil where the platform does not let it.
	Reach func(ctx context.Context, relay string) []api.Check
	// Room is how many bytes are free where DB is, for Diagnose; nil if unknown.
	Room func() (free int64, err error)
	// Files keeps and moves files; nil where they cannot be kept.
	Files Files
	// FetchSmall has small pictures and voice messages fetched as they come.
	FetchSmall bool
	// KeepSent is up to which size a file stays on this device that was sent from it,
	// bytes; a larger one can be fetched again.
	KeepSent int64
	// Storage tells people where DB is.
	Storage  api.Storage
	Platform ident.Platform
	// DeviceName is used when a person gives none.
	DeviceName string
	// Version of the software, shown and told to the relay.
	Version string
	Log     api.Log
	// Rand is the source of ids and keys, normally crypto/rand.Reader.
	Rand io.Reader
	// Now is the device's clock, normally time.Now.
	Now func() time.Time
	// Deflate compresses (RFC 1951), and Inflate undoes it: more than limit bytes
	// are an error.
	Deflate func(ctx context.Context, b []byte) ([]byte, error)
	Inflate func(ctx context.Context, b []byte, limit int) ([]byte, error)
	// Pause is called between short pieces of long work, outside of transactions:
	// where there is one thread for everything, it lets others run. nil does not pause.
	Pause func()
}

// Client is a device. It implements api.Core.
type Client struct {
	cfg    Config
	log    api.Log
	store  *store.Store
	bus    *bus
	ctx    context.Context
	cancel context.CancelFunc
	// spawnMu orders the end of ctx before waiting for done.
	spawnMu sync.Mutex
	done    sync.WaitGroup
	nudges  chan struct{}
	retry   chan struct{}
	// pullAsked and relist ask the worker to read the feed or the list of
	// conversations again.
	pullAsked, relist atomic.Bool
	// rewound asks it to look for groups to join anew.
	rewound atomic.Bool
	// rejoined: a device has joined a group, so that requests to it were in vain.
	rejoined atomic.Bool
	// presenceChanged has the worker tell the person's presence anew, and ask for others'.
	presenceChanged atomic.Bool
	// pingAsked has the worker try the connection at once.
	pingAsked atomic.Bool
	answers   answers
	// alone: none of the account's other devices was online when last asked.
	alone atomic.Bool
	// serves are the requests of siblings for history.
	serves serves
	// transfers are the files that move.
	transfers transfers
	// asks are the files that the relay does not have and other devices are asked for;
	// brings are those that this device may bring there again.
	asks   fileAsks
	brings brings
	// opened are the files that are looked at once.
	opened opened

	// mu serialises transactions and guards what follows.
	mu       sync.Mutex
	identity *store.Identity // nil before registration
	progress store.Progress
	groups   map[ident.ConversationID]*mls.Group
	// memberCounts are how many are in groups, where that was shown.
	memberCounts map[ident.ConversationID]int
	// pinChats are the chats in which something may have been pinned; nil until they are read.
	pinChats map[ident.ChatID]bool
	// verified are the groups in which all devices were found to be certified, with what they were judged by.
	verified map[ident.ConversationID]verifiedGroup
	// trustChanges counts what may change that judgement.
	trustChanges uint64
	// detailsDue are the groups whose details may not be here; mu guards it.
	detailsDue map[ident.ConversationID]bool
	// accountKeys are the keys of accounts, as the database has them, where they were looked at.
	accountKeys map[ident.AccountID]ed25519.PublicKey
	lists       *deviceLists
	live        live
	running     bool
	session     *session     // nil while offline
	link        *linkAttempt // the code on the screen of a new device
	claims      map[string]*claim

	wishes groupWishes
	// joinsDue are the groups of which to ask who wants to come in; mu guards it.
	joinsDue map[ident.ConversationID]bool
	// linksDue are the groups whose communities are to be looked at; mu guards it.
	linksDue map[ident.ConversationID]bool

	typed typedCodes
	// proof is the number that is being registered; proofMu is held while it is
	// proven, before mu.
	proofMu sync.Mutex
	proof   *proof
	// linkMu is held while an account is begun, before mu.
	linkMu sync.Mutex
}

var _ api.Core = (*Client)(nil)

// Open loads the device and, if it has an account, connects in the background.
// The context bounds opening only; Close ends the client.
func Open(ctx context.Context, cfg Config) (*Client, error) {
	s, err := store.Open(ctx, cfg.DB)
	if err != nil {
		return nil, err
	}
	c := &Client{
		cfg: cfg, log: cfg.Log, store: s, bus: newBus(),
		nudges: make(chan struct{}, 1), retry: make(chan struct{}, 1),
		groups: map[ident.ConversationID]*mls.Group{}, accountKeys: map[ident.AccountID]ed25519.PublicKey{}, memberCounts: map[ident.ConversationID]int{},
		verified: map[ident.ConversationID]verifiedGroup{}, detailsDue: map[ident.ConversationID]bool{}, joinsDue: map[ident.ConversationID]bool{}, linksDue: map[ident.ConversationID]bool{}, lists: new(deviceLists), claims: map[string]*claim{},
	}
	c.live = newLive()
	c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	err = s.View(ctx, func(tx *store.Tx) error {
		if c.identity, err = tx.FindIdentity(); err != nil {
			return err
		}
		if c.progress, err = tx.FindProgress(); err != nil {
			return err
		}
		return c.lists.load(tx)
	})
	if err != nil {
		c.cancel()
		return nil, err
	}
	if c.identity != nil {
		if err := c.update(ctx, (*tx).readAgain); err != nil {
			c.cancel()
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.startLocked()
	return c, nil
}

// Close ends the connection, waits for the worker and closes the database.
func (c *Client) Close() error {
	c.cancelLink()
	c.spawnMu.Lock()
	c.cancel()
	c.spawnMu.Unlock()
	c.done.Wait()
	c.bus.close()
	return c.cfg.DB.Close()
}

// spawn runs f in a goroutine that Close waits for, and reports whether it does: not
// once the client is being closed.
func (c *Client) spawn(f func()) bool {
	c.spawnMu.Lock()
	defer c.spawnMu.Unlock()
	if c.ctx.Err() != nil {
		return false
	}
	c.done.Go(f)
	return true
}

// Subscribe implements api.Core.
func (c *Client) Subscribe(f func(event string, data json.RawMessage)) (cancel func()) {
	return c.bus.subscribe(f)
}

// startLocked starts the worker if there is an account to work for.
func (c *Client) startLocked() {
	if c.running || c.identity == nil || c.identity.LoggedOut {
		return
	}
	c.live.begin()
	c.running = c.spawn(c.work)
}

// nudge wakes the worker: there is something to do.
func (c *Client) nudge() {
	select {
	case c.nudges <- struct{}{}:
	default:
	}
}

// relayNow is the time by the relay's clock as far as known, so that a wrong
// clock on this device does no harm (M29).
func (c *Client) relayNow() time.Time {
	return c.cfg.Now().Add(-time.Duration(c.clockOffset()) * time.Millisecond)
}

func (c *Client) clockOffset() int64 { return c.live.clockOffset.Load() }

// errGone ends the worker: the device has no account any more.
var errGone = errors.New("the device was logged out")
