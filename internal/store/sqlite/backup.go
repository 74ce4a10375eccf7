package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"parley/internal/disk"
	"parley/internal/store"
)

// Copy writes the database, as it is now, into a new file. It may run beside a relay, which
// goes on meanwhile. Errors: store.ErrFull, store.ErrDamaged, fs.ErrExist.
func (s *Store) Copy(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fs.ErrExist, err)
	}
	c, err := newConn(ctx, s.db)
	if err != nil {
		return asStoreError(err)
	}
	defer func() { _ = c.Close() }() // it was only read
	return c.copyTo(ctx, path)
}

// copyTo writes the database into a file, which is whole and on the disk when it has that
// name; one that had it is replaced.
func (c *conn) copyTo(ctx context.Context, path string) (err error) {
	part := path + ".part"
	// SQLite would let everybody read it; it takes an empty file, too.
	file, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		_ = file.Close() // it was synced
		if err != nil {
			_ = os.Remove(part) // the error is the one that matters
		}
	}()
	if _, err := c.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
		return asStoreError(err)
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return disk.Sync(filepath.Dir(path))
}

// Check reads the whole database and returns store.ErrDamaged with the first finding if it
// is not in order.
func (s *Store) Check(ctx context.Context) error {
	c, err := newConn(ctx, s.db)
	if err != nil {
		return asStoreError(err)
	}
	defer func() { _ = c.Close() }() // it was only read
	var finding string
	if err := c.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&finding); err != nil {
		return asStoreError(err)
	}
	if finding != "ok" {
		return fmt.Errorf("%w: %s", store.ErrDamaged, finding)
	}
	return nil
}
