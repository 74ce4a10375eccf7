package native

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	_ "modernc.org/sqlite" // the driver of what is not encrypted, pure Go

	"parley/client/applock"
)

// Files keeps databases in a folder; see client/applock.
func Files(dir string) applock.Files { return files{dir} }

// files are the databases in a folder of the user's alone, which no other
// process has open. Plain ones are opened by modernc.org/sqlite, sealed ones by
// github.com/ncruces/go-sqlite3 (docs/design/0009-the-app-lock.md).
type files struct{ dir string }

var _ applock.Files = files{}

// journals are the endings of what lies beside a database.
var journals = []string{"-wal", "-shm", "-journal"}

// Open opens a database with full synchronisation: after a power cut the
// ratchets must not be older than what was sent under them.
func (f files) Open(ctx context.Context, name string, key []byte) (*sql.DB, error) {
	path := filepath.Join(f.dir, name)
	if err := create(path); err != nil {
		return nil, err
	}
	if key != nil {
		return openSealed(ctx, path, key)
	}
	pragmas := url.Values{"_pragma": {
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)", "busy_timeout(5000)",
	}}
	return sql.Open("sqlite", fileURI(path, pragmas))
}

// create makes an empty file if there is none, for the user alone.
func create(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}

// fileURI names a database to SQLite.
func fileURI(path string, parameters url.Values) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + parameters.Encode()
}

// Copy implements applock.Files. The copy is written anew: what was deleted in
// the original is not in it.
func (f files) Copy(ctx context.Context, from string, fromKey []byte, to string, toKey []byte) error {
	path := filepath.Join(f.dir, to)
	if err := create(path); err != nil {
		return err
	}
	if err := copySealed(ctx, filepath.Join(f.dir, from), fromKey, path, toKey); err != nil {
		return err
	}
	if err := syncPath(path); err != nil {
		return err
	}
	return f.syncDir()
}

// Remove implements applock.Files.
func (f files) Remove(name string) error {
	for _, ending := range append([]string{""}, journals...) {
		if err := os.Remove(filepath.Join(f.dir, name+ending)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return f.syncDir()
}

// syncDir has the names in the folder survive a power cut.
func (f files) syncDir() error {
	if runtime.GOOS == "windows" {
		return nil // folders are not synchronised there
	}
	return syncPath(f.dir)
}

func syncPath(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
