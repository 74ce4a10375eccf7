package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"parley/internal/store"
)

// conn is one connection with its prepared statements; one goroutine uses it
// at a time.
type conn struct {
	*sql.Conn
	statements map[string]*sql.Stmt
}

func newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	return &conn{Conn: c, statements: make(map[string]*sql.Stmt)}, err
}

// statement returns the prepared query of a name in the .sql files.
func (c *conn) statement(name string) (*sql.Stmt, error) {
	if st, ok := c.statements[name]; ok {
		return st, nil
	}
	st, err := c.PrepareContext(context.Background(), query(name))
	if err != nil {
		return nil, err
	}
	c.statements[name] = st
	return st, nil
}

func (c *conn) exec(name string, args ...any) (sql.Result, error) {
	st, err := c.statement(name)
	if err != nil {
		return nil, err
	}
	return st.Exec(args...)
}

// tx implements store.Tx on a connection inside a SQLite transaction.
type tx struct {
	*conn
	ctx   context.Context
	store *Store
	// wrote is set when a statement may have changed something.
	wrote bool
}

var _ store.Tx = (*tx)(nil)

// do runs a statement that writes.
func (t *tx) do(name string, args ...any) error {
	t.wrote = true
	_, err := t.exec(name, args...)
	return err
}

// scanner is *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// failedRow is a row whose statement could not be prepared.
type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }

// row runs a query for one row.
func (t *tx) row(name string, args ...any) scanner {
	st, err := t.statement(name)
	if err != nil {
		return failedRow{err}
	}
	return st.QueryRowContext(t.ctx, args...)
}

// list runs a query and collects what scan makes of each row.
func list[T any](t *tx, scan func(scanner) (T, error), name string, args ...any) ([]T, error) {
	st, err := t.statement(name)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(t.ctx, args...)
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

// asStoreError gives the errors that callers branch on their names.
func asStoreError(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return err
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return errors.Join(store.ErrFull, err)
	}
	return err
}
