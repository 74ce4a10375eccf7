package sqlite

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"parley/internal/store"
)

// migrations are numbered from 1 without holes; the database's user_version is
// the number of the last one applied.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the database in dir to the present schema; two processes may try at
// the same time. Of one that is older and not new a copy is kept.
func migrate(ctx context.Context, c *conn, dir string) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	var present int
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&present); err != nil {
		return err
	}
	if present > 0 && present < len(names) {
		if err := c.copyTo(ctx, filepath.Join(dir, fmt.Sprintf("relay-v%d.db", present))); err != nil {
			return errors.Join(errors.New("keep a copy of the database as it was before this version"), err)
		}
	}
	if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := applyMissing(ctx, c, names); err != nil {
		_, _ = c.ExecContext(ctx, "ROLLBACK")
		return err
	}
	_, err = c.ExecContext(ctx, "COMMIT")
	return err
}

func applyMissing(ctx context.Context, c *conn, names []string) error {
	var present int
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&present); err != nil {
		return err
	}
	if present > len(names) {
		return store.ErrNewer
	}
	for _, name := range names[present:] {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, string(text)); err != nil {
			return fmt.Errorf("apply %s: %w", name, err)
		}
	}
	_, err := c.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(names)))
	return err
}
