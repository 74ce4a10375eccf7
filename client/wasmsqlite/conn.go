//go:build js && wasm

package wasmsqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// conn is the connection. database/sql never uses it from two goroutines at a time.
type conn struct {
	db   uint32
	idle map[string]*statement // prepared, not in use, by text
	uses uint64                // counts releases; orders idle by age
}

var (
	_ driver.Conn               = (*conn)(nil)
	_ driver.ConnPrepareContext = (*conn)(nil)
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.ExecerContext      = (*conn)(nil)
	_ driver.QueryerContext     = (*conn)(nil)
	_ driver.SessionResetter    = (*conn)(nil)
)

// Prepare implements driver.Conn.
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// PrepareContext checks the statement and leaves it ready in the cache.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	st, err := c.acquireSingle(query)
	if err != nil {
		return nil, err
	}
	defer c.release(st)
	return &preparedStmt{conn: c, query: query, params: int(st.params)}, nil
}

// ExecContext runs every statement in query. Arguments go to the statements in turn, as many as each has parameters.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	var last ran
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		st, rest, err := c.acquire(query)
		if err != nil {
			return nil, err
		}
		if st == nil {
			break
		}
		take := min(int(st.params), len(args))
		last, err = st.run(args[:take])
		c.release(st)
		if err != nil {
			return nil, err
		}
		if args = renumber(args, take); rest == "" {
			break
		}
		query = rest
	}
	if len(args) > 0 {
		return nil, fmt.Errorf("wasmsqlite: %d more arguments than parameters", len(args))
	}
	return result(last), nil
}

// renumber drops the first n arguments and counts the rest from 1 again, for the next statement of a script.
func renumber(args []driver.NamedValue, n int) []driver.NamedValue {
	rest := append([]driver.NamedValue(nil), args[n:]...)
	for i := range rest {
		rest[i].Ordinal = i + 1
	}
	return rest
}

// QueryContext runs a single statement and returns its rows. The first row is computed before it returns, so that
// what is wrong with the query shows here.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	st, err := c.acquireSingle(query)
	if err != nil {
		return nil, err
	}
	if len(args) > int(st.params) {
		c.release(st)
		return nil, fmt.Errorf("wasmsqlite: %d arguments for %d parameters", len(args), st.params)
	}
	rows, err := newRows(ctx, st, args)
	if err != nil {
		c.release(st)
		return nil, err
	}
	return rows, nil
}

// Begin implements driver.Conn.
func (c *conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

// BeginTx starts a transaction. SQLite's are serializable, so any isolation level is met.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if level := sql.IsolationLevel(opts.Isolation); level > sql.LevelLinearizable {
		return nil, fmt.Errorf("wasmsqlite: unknown isolation level %d", level)
	}
	if _, err := c.ExecContext(ctx, "BEGIN", nil); err != nil {
		return nil, err
	}
	t := &tx{conn: c, readOnly: opts.ReadOnly}
	if !opts.ReadOnly {
		return t, nil
	}
	if err := c.exec("PRAGMA query_only=1"); err != nil {
		return nil, errors.Join(err, t.Rollback())
	}
	return t, nil
}

func (c *conn) exec(query string) error {
	_, err := c.ExecContext(context.Background(), query, nil)
	return err
}

// ResetSession rolls back what a caller left open with a "BEGIN" of its own, before another gets the connection.
func (c *conn) ResetSession(context.Context) error {
	if c.inTransaction() {
		return c.exec("ROLLBACK")
	}
	return nil
}

func (c *conn) inTransaction() bool { return shimAutocommit(c.db) == 0 }

// Close finalizes what is prepared and closes the database.
func (c *conn) Close() error {
	for query, st := range c.idle {
		shimFinalize(st.handle)
		delete(c.idle, query)
	}
	return resultError(shimClose(c.db))
}

// tx is the connection's open transaction.
type tx struct {
	conn     *conn
	readOnly bool
}

// Commit makes the transaction durable. When SQLite refuses, the transaction is rolled back: database/sql takes it
// for finished either way.
func (t *tx) Commit() error {
	err := t.conn.exec("COMMIT")
	if err != nil {
		return errors.Join(err, t.Rollback())
	}
	return t.finish()
}

// Rollback undoes the transaction, unless an error such as SQLITE_FULL has made SQLite do it already.
func (t *tx) Rollback() error {
	if t.conn.inTransaction() {
		if err := t.conn.exec("ROLLBACK"); err != nil {
			return errors.Join(err, t.finish())
		}
	}
	return t.finish()
}

func (t *tx) finish() error {
	if !t.readOnly {
		return nil
	}
	return t.conn.exec("PRAGMA query_only=0")
}

// result is what a statement changed.
type result ran

// LastInsertId is the row id of the last successful INSERT on the connection.
func (r result) LastInsertId() (int64, error) { return r.lastID, nil }

// RowsAffected counts the rows changed by the statement itself, not by triggers.
func (r result) RowsAffected() (int64, error) { return r.changes, nil }

func isBlank(query string) bool { return strings.TrimSpace(query) == "" }
