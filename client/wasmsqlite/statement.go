//go:build js && wasm

package wasmsqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
)

// maxIdle bounds the prepared statements kept for reuse: about what the client core has, at a few KiB each.
const maxIdle = 64

// statement is one prepared statement of SQLite, in use by one caller or idle in the connection's cache.
type statement struct {
	conn   *conn
	query  string // "" when it must not be cached
	handle uint32
	params uint32
	used   uint64 // conn.uses at the last release

	cols   []column // nil until asked for
	colsAt uint32   // shimReprepares when cols was read
}

var errSeveral = errors.New("wasmsqlite: only Exec takes several statements at once")

var errEmpty = errors.New("wasmsqlite: the query holds no statement")

// acquireSingle is acquire for callers that need exactly one statement.
func (c *conn) acquireSingle(query string) (*statement, error) {
	st, rest, err := c.acquire(query)
	switch {
	case err != nil:
		return nil, err
	case st == nil:
		return nil, errEmpty
	case rest != "":
		c.release(st)
		return nil, errSeveral
	}
	return st, nil
}

// acquire gives the first statement of query to the caller, who releases it, and the text behind it. It gives nil
// when there is no statement.
func (c *conn) acquire(query string) (st *statement, rest string, err error) {
	if st = c.idle[query]; st != nil {
		delete(c.idle, query)
		return st, "", nil
	}
	var out prepared
	if err := resultError(shimPrepare(c.db, query, &out)); err != nil {
		return nil, "", err
	}
	if out.handle == 0 {
		return nil, "", nil
	}
	st = &statement{conn: c, handle: out.handle, params: out.params}
	if rest = query[out.tail:]; isBlank(rest) {
		st.query, rest = query, ""
	}
	return st, rest, nil
}

// release takes a statement back, reset, and keeps it for the next caller or throws the oldest away.
func (c *conn) release(st *statement) {
	if st.query == "" || c.idle[st.query] != nil {
		shimFinalize(st.handle)
		return
	}
	shimReset(st.handle)
	c.uses++
	st.used = c.uses
	c.idle[st.query] = st
	if len(c.idle) > maxIdle {
		c.dropOldest()
	}
}

func (c *conn) dropOldest() {
	var oldest *statement
	for _, st := range c.idle {
		if oldest == nil || st.used < oldest.used {
			oldest = st
		}
	}
	shimFinalize(oldest.handle)
	delete(c.idle, oldest.query)
}

// run executes the statement to its end.
func (st *statement) run(args []driver.NamedValue) (ran, error) {
	slots, err := st.slots(args)
	if err != nil {
		return ran{}, err
	}
	var out ran
	code := shimRun(st.conn.db, st.handle, first(slots), uint32(len(slots)), &out)
	runtime.KeepAlive(args)
	return out, resultError(code)
}

// bind sets the parameters; they stay until the statement is reset.
func (st *statement) bind(args []driver.NamedValue) error {
	slots, err := st.slots(args)
	if err != nil {
		return err
	}
	code := shimBind(st.conn.db, st.handle, first(slots), uint32(len(slots)))
	runtime.KeepAlive(args)
	return resultError(code)
}

// slots lays the arguments out by parameter number.
func (st *statement) slots(args []driver.NamedValue) ([]slot, error) {
	if len(args) < int(st.params) {
		return nil, fmt.Errorf("wasmsqlite: %d arguments for %d parameters", len(args), st.params)
	}
	if len(args) == 0 {
		return nil, nil
	}
	slots := make([]slot, st.params)
	for i := range args {
		at := args[i].Ordinal
		if name := args[i].Name; name != "" {
			at = int(shimParamIndex(st.handle, name))
		}
		if at < 1 || at > len(slots) {
			return nil, fmt.Errorf("wasmsqlite: the statement has no parameter %q (%d)", args[i].Name, args[i].Ordinal)
		}
		s, err := toSlot(args[i].Value)
		if err != nil {
			return nil, err
		}
		slots[at-1] = s
	}
	return slots, nil
}

func first(slots []slot) *slot {
	if len(slots) == 0 {
		return nil
	}
	return &slots[0]
}

// preparedStmt is a statement a caller prepared. It holds no statement of SQLite: each use takes one from the cache,
// so that two open result sets of it do not disturb each other.
type preparedStmt struct {
	conn   *conn
	query  string
	params int
}

var (
	_ driver.Stmt             = (*preparedStmt)(nil)
	_ driver.StmtExecContext  = (*preparedStmt)(nil)
	_ driver.StmtQueryContext = (*preparedStmt)(nil)
)

// Close implements driver.Stmt; the cache owns what is prepared.
func (s *preparedStmt) Close() error { return nil }

// NumInput is the number of parameters.
func (s *preparedStmt) NumInput() int { return s.params }

// ExecContext runs the statement.
func (s *preparedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.conn.ExecContext(ctx, s.query, args)
}

// QueryContext runs the statement and returns its rows.
func (s *preparedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.QueryContext(ctx, s.query, args)
}

// Exec implements driver.Stmt; database/sql uses ExecContext.
func (s *preparedStmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.ExecContext(context.Background(), named(args))
}

// Query implements driver.Stmt; database/sql uses QueryContext.
func (s *preparedStmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.QueryContext(context.Background(), named(args))
}

func named(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, v := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out
}
