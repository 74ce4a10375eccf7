//go:build js && wasm

package wasmsqlite

import (
	"context"
	"fmt"
)

// conn is the connection. One goroutine at a time has it.
type conn struct {
	db   uint32
	idle map[string]*statement // prepared, not in use, by text
	uses uint64                // counts releases; orders idle by age
}

func (c *conn) exec(ctx context.Context, query string, args []any) (Result, error) {
	var last int64
	for {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		st, rest, err := c.acquire(query)
		if err != nil {
			return Result{}, err
		}
		if st == nil {
			break
		}
		take := min(int(st.params), len(args))
		last, err = st.run(args[:take])
		c.release(st)
		if err != nil {
			return Result{}, err
		}
		if args = args[take:]; rest == "" {
			break
		}
		query = rest
	}
	if len(args) > 0 {
		return Result{}, fmt.Errorf("wasmsqlite: %d more arguments than parameters", len(args))
	}
	return Result{last}, nil
}

func (c *conn) query(ctx context.Context, query string, args []any) (*Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	st, err := c.acquireSingle(query)
	if err != nil {
		return nil, err
	}
	rows := &Rows{ctx: ctx, st: st, buf: make([]byte, firstRowBuffer)}
	if err = st.bind(args); err == nil {
		err = rows.step()
	}
	if err != nil {
		c.release(st)
		return nil, err
	}
	return rows, nil
}

// script runs statements without arguments.
func (c *conn) script(query string) error {
	_, err := c.exec(context.Background(), query, nil)
	return err
}

func (c *conn) inTransaction() bool { return shimAutocommit(c.db) == 0 }

// close finalizes what is prepared and closes the database.
func (c *conn) close() error {
	for query, st := range c.idle {
		shimFinalize(st.handle)
		delete(c.idle, query)
	}
	return resultError(shimClose(c.db))
}
