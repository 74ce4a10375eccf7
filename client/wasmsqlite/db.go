//go:build js && wasm

package wasmsqlite

import (
	"context"
	"errors"
)

// DB is an open database: one connection, which is taken in turns. Its methods, and
// those of what it gives, do what the methods of the same names of database/sql do.
// They may be called from any goroutine.
type DB struct {
	conn *conn
	// taken holds a value while somebody has the connection.
	taken  chan struct{}
	closed bool
}

var (
	// ErrNoRows is what Row.Scan gives where there is no row.
	ErrNoRows = errors.New("wasmsqlite: no rows in result set")
	errClosed = errors.New("wasmsqlite: the database is closed")
	errTxDone = errors.New("wasmsqlite: the transaction is over")
)

// take waits for the connection; who has it calls give.
func (db *DB) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case db.taken <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if db.closed {
		<-db.taken
		return errClosed
	}
	return nil
}

// give rolls back what its user left open with a "BEGIN" of its own.
func (db *DB) give() {
	if db.conn.inTransaction() {
		_ = db.conn.script("ROLLBACK") // what fails here fails for the next one too
	}
	if db.closed {
		_ = db.conn.close() // nobody waits for it any more
	}
	<-db.taken
}

// SetMaxOpenConns is there for database/sql's sake: there is one connection.
func (*DB) SetMaxOpenConns(int) {}

// Close closes the database, once whoever has the connection gives it back.
func (db *DB) Close() error {
	if db.closed {
		return nil
	}
	db.closed = true
	select {
	case db.taken <- struct{}{}:
		defer func() { <-db.taken }()
		return db.conn.close()
	default:
		return nil
	}
}

// ExecContext runs every statement in query. Arguments go to the statements in turn,
// as many as each has parameters.
func (db *DB) ExecContext(ctx context.Context, query string, args ...any) (Result, error) {
	if err := db.take(ctx); err != nil {
		return Result{}, err
	}
	defer db.give()
	return db.conn.exec(ctx, query, args)
}

// QueryContext runs a single statement and returns its rows. The first row is computed
// before it returns, so that what is wrong with the query shows here. All others
// wait until the rows are closed or read to the end.
func (db *DB) QueryContext(ctx context.Context, query string, args ...any) (*Rows, error) {
	if err := db.take(ctx); err != nil {
		return nil, err
	}
	rows, err := db.conn.query(ctx, query, args)
	if err != nil {
		db.give()
		return nil, err
	}
	rows.closed = db.give
	return rows, nil
}

// QueryRowContext is QueryContext for the first row alone.
func (db *DB) QueryRowContext(ctx context.Context, query string, args ...any) *Row {
	return newRow(db.QueryContext(ctx, query, args...))
}

// PrepareContext checks the statement and leaves it ready.
func (db *DB) PrepareContext(ctx context.Context, query string) (*Stmt, error) {
	if err := db.take(ctx); err != nil {
		return nil, err
	}
	defer db.give()
	st, err := db.conn.acquireSingle(query)
	if err != nil {
		return nil, err
	}
	db.conn.release(st)
	return &Stmt{query: query}, nil
}

// Begin starts a transaction. All others wait until it is over.
func (db *DB) Begin() (*Tx, error) {
	if err := db.take(context.Background()); err != nil {
		return nil, err
	}
	if err := db.conn.script("BEGIN"); err != nil {
		db.give()
		return nil, err
	}
	return &Tx{db: db}, nil
}

// Tx is the connection's open transaction.
type Tx struct {
	db   *DB
	done bool
}

// ExecContext is that of DB.
func (tx *Tx) ExecContext(ctx context.Context, query string, args ...any) (Result, error) {
	if tx.done {
		return Result{}, errTxDone
	}
	return tx.db.conn.exec(ctx, query, args)
}

// QueryContext is that of DB. Rows of several queries may be read by turns.
func (tx *Tx) QueryContext(ctx context.Context, query string, args ...any) (*Rows, error) {
	if tx.done {
		return nil, errTxDone
	}
	return tx.db.conn.query(ctx, query, args)
}

// QueryRowContext is QueryContext for the first row alone.
func (tx *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *Row {
	return newRow(tx.QueryContext(ctx, query, args...))
}

// StmtContext is the prepared statement, for use in the transaction.
func (tx *Tx) StmtContext(_ context.Context, s *Stmt) *Stmt { return &Stmt{tx: tx, query: s.query} }

// Commit makes the transaction durable. When SQLite refuses, it is rolled back: it is
// over either way.
func (tx *Tx) Commit() error { return tx.end("COMMIT") }

// Rollback undoes the transaction, unless an error such as SQLITE_FULL has made SQLite do it already.
func (tx *Tx) Rollback() error { return tx.end("ROLLBACK") }

func (tx *Tx) end(how string) error {
	if tx.done {
		return errTxDone
	}
	tx.done = true
	defer tx.db.give()
	if how == "ROLLBACK" && !tx.db.conn.inTransaction() {
		return nil
	}
	return tx.db.conn.script(how)
}

// Stmt is a statement that was prepared. It holds none of SQLite: each use takes one
// from the cache, so that two open result sets of it do not disturb each other.
type Stmt struct {
	tx    *Tx // nil before StmtContext
	query string
}

// ExecContext runs the statement.
func (s *Stmt) ExecContext(ctx context.Context, args ...any) (Result, error) {
	return s.tx.ExecContext(ctx, s.query, args...)
}

// QueryContext runs the statement and returns its rows.
func (s *Stmt) QueryContext(ctx context.Context, args ...any) (*Rows, error) {
	return s.tx.QueryContext(ctx, s.query, args...)
}

// QueryRowContext is QueryContext for the first row alone.
func (s *Stmt) QueryRowContext(ctx context.Context, args ...any) *Row {
	return s.tx.QueryRowContext(ctx, s.query, args...)
}

// Result is what a statement changed.
type Result struct{ changes int64 }

// RowsAffected counts the rows changed by the statement itself, not by triggers.
func (r Result) RowsAffected() (int64, error) { return r.changes, nil }
