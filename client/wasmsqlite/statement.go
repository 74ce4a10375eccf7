//go:build js && wasm

package wasmsqlite

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"
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

	// bound are the arguments while SQLite reads them from Go's memory.
	bound []any
}

var errSeveral = errors.New("wasmsqlite: only Exec takes several statements at once")

var errEmpty = errors.New("wasmsqlite: the query holds no statement")

var errNoNext = errors.New("wasmsqlite: Scan without Next")

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
	if rest = query[out.tail:]; strings.TrimSpace(rest) == "" {
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

// run executes the statement to its end and tells the rows that it changed.
func (st *statement) run(args []any) (changes int64, err error) {
	slots, err := st.slots(args)
	if err != nil {
		return 0, err
	}
	code := shimRun(st.conn.db, st.handle, unsafe.SliceData(slots), uint32(len(slots)), &changes)
	st.bound = nil
	return changes, resultError(code)
}

// bind sets the parameters; they stay until the statement is reset.
func (st *statement) bind(args []any) error {
	slots, err := st.slots(args)
	if err != nil {
		return err
	}
	code := shimBind(st.conn.db, st.handle, unsafe.SliceData(slots), uint32(len(slots)))
	st.bound = nil
	return resultError(code)
}

// slots lays the arguments out, one for each parameter.
func (st *statement) slots(args []any) ([]slot, error) {
	if len(args) != int(st.params) {
		return nil, fmt.Errorf("wasmsqlite: %d arguments for %d parameters", len(args), st.params)
	}
	st.bound = make([]any, len(args)) // args itself stays on its caller's stack
	slots := make([]slot, len(args))
	for i, arg := range args {
		v, err := argument(arg)
		if err != nil {
			return nil, fmt.Errorf("wasmsqlite: argument %d: %w", i+1, err)
		}
		st.bound[i], slots[i] = v, toSlot(v)
	}
	return slots, nil
}
