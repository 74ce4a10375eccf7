// Package applock locks a device: its database is encrypted under a random
// storage key, which a passphrase or a passkey unlocks (M38). Core is the core
// API around a core that exists only while its key is there.
//
// The storage key lies in slots, each encrypted under a key of its own: one from
// the passphrase by Argon2id (RFC 9106), and one from each passkey's WebAuthn
// PRF by HKDF. The slots are kept in lock.db, a small database that anybody may
// read. It also names the device's database of the moment: changing that row is
// what turns the lock on or off. The new database is made whole before, and the
// old one removed after, so that a crash leaves the one or the other. What the
// row does not name is removed at the next start.
//
// How a database is encrypted is the platform's affair, see Files. While the
// lock is open the storage key is in memory; when it is closed the key is
// overwritten, and what the platform's cipher made of it is given up.
package applock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"parley/client/api"
	"parley/client/json"
	"parley/client/sql"
)

// KeySize is the length of a storage key, bytes.
const KeySize = 32

// Files is where a platform keeps databases, by plain file names without a
// slash. A key seals a database with its journals; without one it lies open.
type Files interface {
	// Open opens or creates a database for one connection. A wrong key is an
	// error, here or with the first query. The key may be overwritten when the
	// database is closed, not before.
	Open(ctx context.Context, name string, key []byte) (*sql.DB, error)
	// Copy makes the database to of the database from. Both are closed, and from
	// has no journal. When it returns, the copy is on the disk. After an error to
	// may be there in part.
	Copy(ctx context.Context, from string, fromKey []byte, to string, toKey []byte) error
	// Remove removes a closed database with its journals; absent is no error.
	Remove(name string) error
}

// Inner is the core that is locked; Close closes its database.
type Inner interface {
	api.Core
	Close() error
}

// Config is what a Core is made of.
type Config struct {
	Files Files
	// Name of the plain database with its ending, such as device.db: sealed ones
	// are called device-1.db, and so on.
	Name string
	// Open opens the core on its database, which it takes over unless it fails.
	Open func(ctx context.Context, db *sql.DB) (Inner, error)
	// IsFull reports whether an error of Files or of a database says that there is
	// no room left; nil if that is not known.
	IsFull func(error) bool
	// Volatile: nothing is kept on this device, so there is nothing to lock.
	Volatile bool
	// Cost of making a key of a new passphrase.
	Cost Cost
	// Rand is the source of keys, normally crypto/rand.Reader.
	Rand io.Reader
	// Now is the device's clock, normally time.Now.
	Now func() time.Time
	Log api.Log
}

// Core is a device with or without a lock. It implements api.Core.
type Core struct {
	cfg Config
	db  *lockDB

	// opMu is held while the lock is changed, before mu.
	opMu sync.Mutex
	// key is the storage key while the lock is open, guarded by opMu.
	key []byte

	mu      sync.Mutex
	session *session      // nil while there is none
	locked  bool          // why there is none
	failure error         // or else, if set
	closed  bool          // Close was called
	changed chan struct{} // closed when one of these changes
	status  api.LockStatus

	listeners listeners
}

var _ api.Core = (*Core)(nil)

// Open opens the device: the inner core too, unless the lock is on. The context
// bounds opening only; Close ends the use.
func Open(ctx context.Context, cfg Config) (*Core, error) {
	db, err := openLockDB(ctx, cfg.Files, cfg.Name)
	if err != nil {
		return nil, err
	}
	c := &Core{cfg: cfg, db: db, changed: make(chan struct{})}
	if err := c.open(ctx); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return c, nil
}

func (c *Core) open(ctx context.Context) error {
	place, err := c.db.findPlace(ctx)
	if err != nil {
		return err
	}
	if err := c.sweep(ctx); err != nil {
		return err
	}
	if c.status, err = c.db.findStatus(ctx); err != nil {
		return err
	}
	if place.sealed {
		c.locked, c.status.State = true, api.LockClosed
		return nil
	}
	c.status.State = api.LockOff
	return c.begin(ctx, place.name, nil)
}

// Close ends the use of the device; a lock that is on is closed.
func (c *Core) Close() error {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	err := c.end()
	c.forgetKey()
	c.set(nil, false, errEnded)
	return errors.Join(err, c.db.close())
}

// forgetKey overwrites the storage key. The caller holds opMu, and the database
// is closed.
func (c *Core) forgetKey() {
	clear(c.key)
	c.key = nil
}

// Subscribe implements api.Core. A subscription lasts over locking and unlocking.
func (c *Core) Subscribe(f func(event string, data json.RawMessage)) (cancel func()) {
	return c.listeners.add(f)
}

// Status tells the lock without waiting for a change under way.
func (c *Core) Status() api.LockStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// publish reads the lock's status anew and tells it. reset is for when the core
// behind it is another.
func (c *Core) publish(ctx context.Context, state api.LockState, reset bool) error {
	status, err := c.db.findStatus(ctx)
	if err != nil {
		return fmt.Errorf("read lock: %w", err)
	}
	status.State = state
	c.mu.Lock()
	c.status = status
	c.mu.Unlock()
	c.listeners.emit(api.OnLock.Name, encode(status))
	if reset {
		c.listeners.emit(api.OnReset.Name, encode(api.None{}))
	}
	return nil
}

func encode(data any) json.RawMessage {
	encoded, err := json.Marshal(data)
	if err != nil {
		panic("results and events always encode: " + err.Error())
	}
	return encoded
}
