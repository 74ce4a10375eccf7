// Package store keeps what a device knows in SQLite: identity, groups,
// messages, outbox. It is given an open *sql.DB (of client/native or
// client/wasmsqlite) with one connection, and runs everything in
// transactions, so that what belongs together is saved together.
//
// It holds no keys in memory and judges nothing; package client does.
package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"parley/client/sql"
)

// Store is a device's database. Its methods may be called from any goroutine;
// transactions run one after the other.
type Store struct {
	db *sql.DB
	// mu makes transactions run one after the other and guards statements.
	mu         sync.Mutex
	statements statements
}

// Tx is one transaction. It must not be used outside the function it was given to.
type Tx struct {
	ctx        context.Context
	tx         *sql.Tx
	statements *statements
}

// Open brings the database to the present schema. A database of a newer
// version is refused. The caller keeps ownership of db.
func Open(ctx context.Context, db *sql.DB) (*Store, error) {
	db.SetMaxOpenConns(1)
	s := &Store{db: db, statements: statements{prepared: map[string]*sql.Stmt{}}}
	if err := s.migrate(ctx); err != nil {
		return nil, fmt.Errorf("prepare database: %w", err)
	}
	return s, nil
}

// Update runs f in a transaction and commits it unless f fails. Transactions are
// short and are not interrupted when ctx ends: watching for that costs a
// goroutine for each query, which is most of a query's time in a browser.
func (s *Store) Update(ctx context.Context, f func(*Tx) error) error {
	ctx = context.WithoutCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.statements.prepareMissed(ctx, s.db); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	tx, err := s.db.Begin()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(&Tx{ctx: ctx, tx: tx, statements: &s.statements}); err != nil {
		_ = tx.Rollback() // the error of f is the one that matters
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// View is Update for functions that change nothing.
func (s *Store) View(ctx context.Context, f func(*Tx) error) error { return s.Update(ctx, f) }

// Wipe removes everything but the fact that this device was logged out and
// why, and gives the space back, so that nothing readable remains (M16). after is
// Identity.LogoutAfter.
func (s *Store) Wipe(ctx context.Context, reason string, after int64) error {
	err := s.Update(ctx, func(tx *Tx) error {
		if err := tx.deleteAll(); err != nil {
			return err
		}
		return tx.exec(`INSERT INTO identity (id, state, logout_reason, relay_url, relay_id, account_id, account_key,
			device_id, certificate, serial, is_primary, phone, profile_name, logout_after)
			VALUES (1, 'loggedOut', ?, '', zeroblob(16), zeroblob(16), zeroblob(32), zeroblob(16), x'', 0, 0, '', '', ?)`, reason, after)
	})
	if err != nil {
		return err
	}
	return s.vacuum(ctx)
}

// Clear is Wipe for a device that starts afresh: not even the logout remains.
func (s *Store) Clear(ctx context.Context) error {
	if err := s.Update(ctx, (*Tx).deleteAll); err != nil {
		return err
	}
	return s.vacuum(ctx)
}

func (tx *Tx) deleteAll() error {
	for _, table := range []string{
		"history", "history_part", "history_reach", "outbox", "receipt", "gap", "message", "chat", "mls_state", "mls_ratchet", "conversation",
		"key_package", "notice", "device_name", "device_list", "app_state", "account", "identity",
	} {
		if err := tx.exec("DELETE FROM " + table); err != nil {
			return err
		}
	}
	if err := tx.exec("INSERT INTO message_text (message_text) VALUES ('rebuild')"); err != nil {
		return err
	}
	return tx.exec("UPDATE progress SET feed = 0, acknowledged = 0, receipts = 0, external_sender = NULL")
}

// tryBytes is what TryWrite writes: more than the pages that may be free.
const tryBytes = 256 << 10

// TryWrite writes and takes it away again, to know whether the device can save.
// What a crash leaves is a key package that is long over.
func (s *Store) TryWrite(ctx context.Context) error {
	err := s.Update(ctx, func(tx *Tx) error {
		return tx.exec("INSERT OR REPLACE INTO key_package (ref, suite, bundle, last_resort, created) VALUES (x'00', 0, zeroblob(?), 0, 0)", tryBytes)
	})
	if err != nil {
		return err
	}
	return s.Update(ctx, func(tx *Tx) error { return tx.DeleteKeyPackage([]byte{0}) })
}

// Settle moves what was written into the database file and empties the
// write-ahead log, where former versions of pages, with message keys that were
// used since, would stay until they are written over.
func (s *Store) Settle(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.db.ExecContext(context.WithoutCancel(ctx), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return fmt.Errorf("empty the write-ahead log: %w", err)
	}
	return nil
}

func (s *Store) vacuum(ctx context.Context) error {
	for _, statement := range []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := s.db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("give space back: %w", err)
		}
	}
	return nil
}

func (tx *Tx) exec(query string, args ...any) error {
	_, err := tx.run(query, args)
	return err
}

// changed is exec that tells whether a row was changed.
func (tx *Tx) changed(query string, args ...any) (bool, error) {
	result, err := tx.run(query, args)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// one scans the only row of a query; found is false if there is none.
func (tx *Tx) one(query string, args []any, into ...any) (found bool, err error) {
	err = tx.row(query, args).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// collect scans every row of a query with scan.
func collect[T any](tx *Tx, scan func(row scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.rows(query, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

type scanner interface{ Scan(into ...any) error }
