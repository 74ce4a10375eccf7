package applock

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"parley/client/api"
	"parley/client/sql"
)

// lockName is the database that holds the slots; it is never encrypted.
const lockName = "lock.db"

const schema = `
CREATE TABLE lock (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	place TEXT NOT NULL,         -- name of the device's database
	sealed INTEGER NOT NULL,     -- whether it is encrypted
	number INTEGER NOT NULL,     -- of the latest sealed database
	lock_after INTEGER NOT NULL, -- milliseconds
	wrong INTEGER NOT NULL,      -- wrong passphrases in a row
	wait_until INTEGER NOT NULL  -- before this time none is tried, Unix milliseconds
);
-- Databases that may be there and are not the device's.
CREATE TABLE leftover (name TEXT PRIMARY KEY);
CREATE TABLE slot (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL CHECK (kind IN ('passphrase', 'passkey')),
	salt BLOB NOT NULL,
	memory_kib INTEGER NOT NULL,
	passes INTEGER NOT NULL,
	threads INTEGER NOT NULL,
	name TEXT NOT NULL,
	credential BLOB NOT NULL,
	created INTEGER NOT NULL,
	wrapped BLOB NOT NULL
);
PRAGMA user_version = 1;
`

// schemaVersion is what schema sets.
const schemaVersion = 1

// lockDB is lock.db. Each method is one transaction, which is on the disk when
// it returns.
type lockDB struct {
	db    *sql.DB
	plain string // name of the database without a lock
}

// place is where the device's database is.
type place struct {
	name   string
	sealed bool
}

func openLockDB(ctx context.Context, files Files, plain string) (*lockDB, error) {
	db, err := files.Open(ctx, lockName, nil)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", lockName, err)
	}
	l := &lockDB{db, plain}
	if err := l.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare %s: %w", lockName, err), db.Close())
	}
	return l, nil
}

func (l *lockDB) prepare(ctx context.Context) error {
	l.db.SetMaxOpenConns(1)
	// The old database is removed once the row names the new one, for good.
	if _, err := l.db.ExecContext(ctx, "PRAGMA synchronous=FULL"); err != nil {
		return err
	}
	var version int
	if err := l.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > schemaVersion {
		return fmt.Errorf("it is of version %d, this app knows up to %d: update the app", version, schemaVersion)
	}
	if version == schemaVersion {
		return nil
	}
	return l.update(ctx, func(tx *tx) {
		tx.exec(schema)
		tx.exec("INSERT INTO lock VALUES (1, ?, 0, 0, 0, 0, 0)", l.plain)
	})
}

func (l *lockDB) close() error { return l.db.Close() }

// tx is a transaction that keeps its first error.
type tx struct {
	ctx context.Context
	tx  *sql.Tx
	err error
}

func (t *tx) exec(query string, args ...any) {
	if t.err == nil {
		_, t.err = t.tx.ExecContext(t.ctx, query, args...)
	}
}

// update runs f in a transaction and commits it if nothing failed. It is short,
// and is not interrupted when ctx ends.
func (l *lockDB) update(ctx context.Context, f func(*tx)) error {
	ctx = context.WithoutCancel(ctx)
	begun, err := l.db.Begin()
	if err != nil {
		return err
	}
	t := &tx{ctx: ctx, tx: begun}
	if f(t); t.err != nil {
		_ = begun.Rollback() // the error above is the one that matters
		return t.err
	}
	return begun.Commit()
}

// settle empties the journal, where slots that were removed would stay.
func (l *lockDB) settle(ctx context.Context) error {
	_, err := l.db.ExecContext(context.WithoutCancel(ctx), "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

func (l *lockDB) findPlace(ctx context.Context) (p place, err error) {
	err = l.db.QueryRowContext(ctx, "SELECT place, sealed FROM lock").Scan(&p.name, &p.sealed)
	return p, err
}

// planSealed names a new sealed database, which from now on is removed at a
// start unless moveTo has made it the device's.
func (l *lockDB) planSealed(ctx context.Context) (name string, err error) {
	var number int
	if err := l.db.QueryRowContext(ctx, "SELECT number FROM lock").Scan(&number); err != nil {
		return "", err
	}
	number++
	ending := path.Ext(l.plain)
	name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(l.plain, ending), number, ending)
	return name, l.update(ctx, func(tx *tx) {
		tx.exec("UPDATE lock SET number = ?", number)
		tx.exec("INSERT OR IGNORE INTO leftover (name) VALUES (?)", name)
	})
}

// planPlain is planSealed for the plain one.
func (l *lockDB) planPlain(ctx context.Context) error {
	return l.update(ctx, func(tx *tx) { tx.exec("INSERT OR IGNORE INTO leftover (name) VALUES (?)", l.plain) })
}

// lockOn makes a sealed database the device's: the moment at which the lock is on.
func (l *lockDB) lockOn(ctx context.Context, name string, passphrase slot, lockAfter int64) error {
	return l.update(ctx, func(tx *tx) {
		tx.moveTo(place{name, true})
		tx.exec("UPDATE lock SET lock_after = ?", lockAfter)
		tx.exec("DELETE FROM slot")
		tx.addSlot(passphrase)
	})
}

// lockOff makes the plain database the device's and forgets the slots.
func (l *lockDB) lockOff(ctx context.Context) error {
	return l.update(ctx, func(tx *tx) {
		tx.moveTo(place{l.plain, false})
		tx.exec("UPDATE lock SET lock_after = 0, wrong = 0, wait_until = 0")
		tx.exec("DELETE FROM slot")
	})
}

func (t *tx) moveTo(p place) {
	t.exec("INSERT OR IGNORE INTO leftover (name) SELECT place FROM lock")
	t.exec("DELETE FROM leftover WHERE name = ?", p.name)
	t.exec("UPDATE lock SET place = ?, sealed = ?", p.name, p.sealed)
}

func (l *lockDB) findLeftovers(ctx context.Context) ([]string, error) {
	return collect(ctx, l, func(rows *sql.Rows) (name string, err error) {
		err = rows.Scan(&name)
		return name, err
	}, "SELECT name FROM leftover")
}

func (l *lockDB) deleteLeftover(ctx context.Context, name string) error {
	return l.update(ctx, func(tx *tx) { tx.exec("DELETE FROM leftover WHERE name = ?", name) })
}

func (t *tx) addSlot(s slot) {
	t.exec("INSERT INTO slot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", s.id, s.kind, s.salt, s.cost.MemoryKiB, s.cost.Passes, s.cost.Threads,
		s.name, s.credential, s.created, s.wrapped)
}

// replacePassphrase puts a passphrase in the place of the present one.
func (l *lockDB) replacePassphrase(ctx context.Context, s slot) error {
	return l.update(ctx, func(tx *tx) {
		tx.exec("DELETE FROM slot WHERE kind = ?", kindPassphrase)
		tx.addSlot(s)
	})
}

// replacePasskey adds a passkey, in the place of one with the same credential.
func (l *lockDB) replacePasskey(ctx context.Context, s slot) error {
	return l.update(ctx, func(tx *tx) {
		tx.exec("DELETE FROM slot WHERE kind = ? AND credential = ?", kindPasskey, s.credential)
		tx.addSlot(s)
	})
}

func (l *lockDB) deletePasskey(ctx context.Context, id string) error {
	return l.update(ctx, func(tx *tx) { tx.exec("DELETE FROM slot WHERE kind = ? AND id = ?", kindPasskey, id) })
}

func (l *lockDB) setLockAfter(ctx context.Context, ms int64) error {
	return l.update(ctx, func(tx *tx) { tx.exec("UPDATE lock SET lock_after = ?", ms) })
}

func (l *lockDB) findSlots(ctx context.Context) ([]slot, error) {
	return collect(ctx, l, func(rows *sql.Rows) (s slot, err error) {
		err = rows.Scan(&s.id, &s.kind, &s.salt, &s.cost.MemoryKiB, &s.cost.Passes, &s.cost.Threads, &s.name, &s.credential, &s.created, &s.wrapped)
		return s, err
	}, "SELECT id, kind, salt, memory_kib, passes, threads, name, credential, created, wrapped FROM slot ORDER BY created, rowid")
}

// findStatus is the status but for its state.
func (l *lockDB) findStatus(ctx context.Context) (api.LockStatus, error) {
	status := api.LockStatus{Passkeys: []api.Passkey{}}
	if err := l.db.QueryRowContext(ctx, "SELECT lock_after FROM lock").Scan(&status.LockAfterMS); err != nil {
		return status, err
	}
	slots, err := l.findSlots(ctx)
	if err != nil {
		return status, err
	}
	for _, s := range slots {
		if s.kind == kindPassphrase {
			status.Passphrase = true
			continue
		}
		status.Passkeys = append(status.Passkeys, api.Passkey{
			ID: s.id, Name: s.name, Created: s.created,
			CredentialID: base64.StdEncoding.EncodeToString(s.credential), PRFSalt: base64.StdEncoding.EncodeToString(s.salt),
		})
	}
	return status, nil
}

// tries is how often the passphrase was wrong, and until when none is tried.
type tries struct {
	wrong     int
	waitUntil time.Time
}

func (l *lockDB) findTries(ctx context.Context) (t tries, err error) {
	var until int64
	err = l.db.QueryRowContext(ctx, "SELECT wrong, wait_until FROM lock").Scan(&t.wrong, &until)
	t.waitUntil = time.UnixMilli(until)
	return t, err
}

func (l *lockDB) setTries(ctx context.Context, t tries) error {
	return l.update(ctx, func(tx *tx) {
		tx.exec("UPDATE lock SET wrong = ?, wait_until = ?", t.wrong, t.waitUntil.UnixMilli())
	})
}

// collect scans every row of a query.
func collect[T any](ctx context.Context, l *lockDB, scan func(*sql.Rows) (T, error), query string) ([]T, error) {
	rows, err := l.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
