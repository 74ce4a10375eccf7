//go:build js && wasm

// Package wasmsqlite is SQLite in a browser's dedicated worker, with as much of the interface of database/sql as the
// client core uses; package sql says why.
//
// It drives @sqlite.org/sqlite-wasm, loaded in the same worker by web/src/core/worker/sqlite.ts, through WebAssembly
// imports that read and write Go's memory directly. Databases live in the origin private file system
// (VFS "opfs-sahpool"), or in memory where the browser offers none; Where tells which.
//
// It promises what one connection needs: prepared statements, transactions, SQLite's result codes
// (see Error), and that a committed transaction survives the worker. With synchronous=NORMAL the last commits may be
// lost, whole, when the machine loses power.
//
// It does not promise more than one connection: a database is locked by the first. A context is looked at between rows
// and statements; a statement that is running cannot be stopped, since the worker has one thread.
package wasmsqlite

import (
	"context"
	"errors"
	"strings"
	"unsafe"
)

// KeySize is the length of a key, bytes.
const KeySize = 32

// Storage says where databases are kept.
type Storage string

// Where databases can be.
const (
	OPFS   Storage = "opfs"   // in the browser's private files: they survive reload and restart
	Memory Storage = "memory" // gone when the worker ends
)

// openPragmas give WAL without shared memory, which the VFS does not have, keep temporary tables out of the VFS's
// fixed pool of files, and overwrite what is deleted, since deleted keys must be gone.
const openPragmas = `PRAGMA locking_mode=EXCLUSIVE;
PRAGMA journal_mode=WAL;
PRAGMA synchronous=NORMAL;
PRAGMA temp_store=MEMORY;
PRAGMA secure_delete=ON;
PRAGMA foreign_keys=ON;`

// Open opens or creates the database called name, a plain file name without a slash.
func Open(ctx context.Context, name string) (*DB, error) { return OpenSealed(ctx, name, nil) }

// OpenSealed is Open for a database that is encrypted under a key of KeySize
// bytes with its journals, by web/src/core/worker. A wrong key fails with
// ErrNotADatabase. The key must not change until the database is closed. No key
// is Open.
func OpenSealed(ctx context.Context, name string, key []byte) (*DB, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, err := databasePath(name)
	if err != nil {
		return nil, err
	}
	c := &conn{idle: map[string]*statement{}}
	if err := resultError(shimOpen(path, unsafe.SliceData(key), uint32(len(key)), &c.db)); err != nil {
		return nil, err
	}
	if err := c.script(openPragmas); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return &DB{conn: c, taken: make(chan struct{}, 1)}, nil
}

// Copy makes the database called to of the one called from, which is closed and
// has no journal; each is encrypted if it has a key. What was in to is gone.
// When it returns, the copy is on the disk; after an error a part may be.
func Copy(from string, fromKey []byte, to string, toKey []byte) error {
	fromPath, err := databasePath(from)
	if err != nil {
		return err
	}
	toPath, err := databasePath(to)
	if err != nil {
		return err
	}
	return resultError(shimCopy(fromPath, unsafe.SliceData(fromKey), uint32(len(fromKey)), toPath, unsafe.SliceData(toKey), uint32(len(toKey))))
}

// Remove deletes the database called name with its journal; absent is not an error. The database must be closed.
func Remove(name string) error {
	path, err := databasePath(name)
	if err != nil {
		return err
	}
	return resultError(shimRemove(path))
}

// Where tells where this worker's databases are kept. It does not change while the worker lives.
func Where() Storage {
	if shimStorage() == 1 {
		return OPFS
	}
	return Memory
}

var errName = errors.New("wasmsqlite: a database name is a plain file name without a slash")

func databasePath(name string) (string, error) {
	if name == "" || strings.ContainsAny(name, "/\\\x00?#%") {
		return "", errName
	}
	return "/" + name, nil
}
