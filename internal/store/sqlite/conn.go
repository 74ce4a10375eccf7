package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"parley/internal/store"
	"parley/internal/store/sqlstore"
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
	st, err := c.PrepareContext(context.Background(), queries.Find(name))
	if err != nil {
		return nil, err
	}
	c.statements[name] = st
	return st, nil
}

// shrink gives back the pages that the connection keeps.
func (c *conn) shrink() error {
	_, err := c.exec("shrinkMemory")
	return err
}

// Close ends the connection. SQLite keeps one open that has statements, and its log with it.
func (c *conn) Close() error {
	for _, st := range c.statements {
		_ = st.Close() // the connection ends in any case
	}
	return c.Conn.Close()
}

func (c *conn) exec(name string, args ...any) (sql.Result, error) {
	st, err := c.statement(name)
	if err != nil {
		return nil, err
	}
	return st.Exec(args...)
}

// statements runs the queries of one SQLite transaction.
type statements struct {
	*conn
	ctx   context.Context
	store *Store
	// wrote is set when a statement may have changed something.
	wrote bool
	// batch is nil where nothing is written.
	batch *batch
}

// tx implements store.Tx.
type tx struct {
	sqlstore.Tx
	*statements
}

var _ store.Tx = (*tx)(nil)

func newTx(ctx context.Context, c *conn, s *Store) *tx {
	st := &statements{conn: c, ctx: ctx, store: s}
	return &tx{sqlstore.Tx{Statements: st}, st}
}

// statement returns a prepared query, after what the batch must do before it.
func (t *statements) statement(name string) (*sql.Stmt, error) {
	if err := t.batch.before(name); err != nil {
		return nil, err
	}
	return t.conn.statement(name)
}

// exec runs a query that writes.
func (t *statements) exec(name string, args ...any) (sql.Result, error) {
	if err := t.batch.before(name); err != nil {
		return nil, err
	}
	t.wrote = true
	return t.conn.exec(name, args...)
}

// Do implements sqlstore.Statements.
func (t *statements) Do(name string, args ...any) error {
	_, err := t.exec(name, args...)
	return err
}

// row is the one row of a query.
type row struct {
	*sql.Row
	// failed is why the statement could not be prepared.
	failed error
}

// Scan implements sqlstore.Scanner.
func (r row) Scan(dest ...any) error {
	if r.failed != nil {
		return r.failed
	}
	return asStoreError(r.Row.Scan(dest...))
}

// Row implements sqlstore.Statements.
func (t *statements) Row(name string, args ...any) sqlstore.Scanner {
	st, err := t.statement(name)
	if err != nil {
		return row{failed: err}
	}
	return row{Row: st.QueryRowContext(t.ctx, args...)}
}

// Change implements sqlstore.Statements.
func (t *statements) Change(name string, args ...any) sqlstore.Scanner {
	t.wrote = true
	return t.Row(name, args...)
}

// Each implements sqlstore.Statements.
func (t *statements) Each(scan func(sqlstore.Scanner) error, name string, args ...any) error {
	st, err := t.statement(name)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(t.ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// AddAccount implements sqlstore.Statements.
func (t *statements) AddAccount(conversation, account []byte) error {
	return t.Do("createConversationAccount", conversation, account, t.store.change.Add(1))
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
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return errors.Join(store.ErrDamaged, err)
	}
	return err
}
