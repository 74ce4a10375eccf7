package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"

	"parley/internal/store"
)

// migrations are numbered from 1 without holes; the table schema_version has the number of
// the last one applied.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrateLock keeps two processes from migrating a database at the same time.
const migrateLock = "SELECT pg_advisory_xact_lock(7293640114)"

// migrate brings the database to the present schema.
func migrate(ctx context.Context, c *pgx.Conn) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, c, func(t pgx.Tx) error { return applyMissing(ctx, t, names) })
}

func applyMissing(ctx context.Context, t pgx.Tx, names []string) error {
	if _, err := t.Exec(ctx, migrateLock); err != nil {
		return err
	}
	var exists bool
	if err := t.QueryRow(ctx, "SELECT to_regclass('schema_version') IS NOT NULL").Scan(&exists); err != nil {
		return err
	}
	if !exists {
		const start = "CREATE TABLE schema_version (version integer NOT NULL); INSERT INTO schema_version VALUES (0)"
		if _, err := t.Conn().PgConn().Exec(ctx, start).ReadAll(); err != nil {
			return err
		}
	}
	var present int
	if err := t.QueryRow(ctx, "SELECT version FROM schema_version").Scan(&present); err != nil {
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
		if _, err := t.Conn().PgConn().Exec(ctx, string(text)).ReadAll(); err != nil {
			return fmt.Errorf("apply %s: %w", name, err)
		}
	}
	if present == len(names) {
		return nil
	}
	_, err := t.Exec(ctx, "UPDATE schema_version SET version = $1", len(names))
	return err
}
