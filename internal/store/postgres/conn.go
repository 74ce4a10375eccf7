package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parley/internal/store"
	"parley/internal/store/sqlstore"
)

// statements runs the queries of one transaction on a connection. What writes without telling anything waits in
// pending and is sent together with the next reading, or with the commit: one round trip.
type statements struct {
	conn    *pgx.Conn
	ctx     context.Context
	pending *pgx.Batch
	// wrote is set when a statement may change something.
	wrote bool
	// turn is set for a transaction that takes its turn as its second statement, which
	// gives its number.
	turn   bool
	number string
	// again, if it is set, makes a connection anew that was lost while nobody used it: the
	// transaction has not begun then.
	again func() error
	// failed is why PostgreSQL has given the transaction up.
	failed error
}

// turnAt is the place of takeTurn among the statements of a transaction.
const turnAt = 1

// tx implements store.Tx.
type tx struct {
	sqlstore.Tx
	*statements
	// journal is nil if the store is not followed, and notices what the transactions so far say
	// to other relays.
	journal *journal
	notices []byte
}

var _ store.Tx = (*tx)(nil)

// begin returns a transaction that begins with its first round trip.
func begin(ctx context.Context, conn *pgx.Conn, first ...string) *tx {
	t := &statements{conn: conn, ctx: ctx, pending: new(pgx.Batch)}
	for _, name := range first {
		t.pending.Queue(queries.Find(name))
	}
	return &tx{Tx: sqlstore.Tx{Statements: t}, statements: t}
}

// Do implements sqlstore.Statements. It queues the statement.
func (t *statements) Do(name string, args ...any) error {
	t.wrote = true
	t.pending.Queue(queries.Find(name), args...)
	return t.failed
}

// skip reads the results of n statements that waited; of the one that took the turn it
// keeps the number of the transaction.
func (t *statements) skip(results pgx.BatchResults, n int) (err error) {
	for i := 0; i < n && err == nil; i++ {
		if i == turnAt && t.number == "" && t.turn {
			err = results.QueryRow().Scan(&t.number)
		} else {
			_, err = results.Exec()
		}
	}
	return err
}

// finish sends what waits, and a last statement. It returns the last one's tag.
func (t *statements) finish(name string) (tag pgconn.CommandTag, err error) {
	t.pending.Queue(queries.Find(name))
	n := t.pending.Len()
	results := t.conn.SendBatch(t.ctx, t.pending)
	if err = t.skip(results, n-1); err == nil {
		tag, err = results.Exec()
	}
	return tag, errors.Join(err, results.Close())
}

// rollback ends the transaction, whatever its state.
func (t *statements) rollback() error {
	_, err := t.conn.PgConn().Exec(t.ctx, queries.Find("rollback")).ReadAll()
	return err
}

// Each implements sqlstore.Statements. It sends what waits, and the query.
func (t *statements) Each(scan func(sqlstore.Scanner) error, name string, args ...any) error {
	if t.failed != nil {
		return t.failed
	}
	again := t.again
	t.again = nil
	seen := false
	var refused error
	each := func(row sqlstore.Scanner) error {
		seen, refused = true, scan(row)
		return refused
	}
	err := t.send(each, name, args)
	if err != nil && !seen && again != nil && t.conn.IsClosed() {
		if err = again(); err == nil {
			err = t.send(each, name, args)
		}
	}
	if err != nil && refused == nil {
		t.failed = asStoreError(err)
		return t.failed
	}
	return err
}

// send is Each without its remedies.
func (t *statements) send(scan func(sqlstore.Scanner) error, name string, args []any) error {
	batch := t.pending
	before := batch.Len()
	batch.Queue(queries.Find(name), args...)
	t.pending = new(pgx.Batch)
	results := t.conn.SendBatch(t.ctx, batch)
	if err := t.skip(results, before); err != nil {
		_ = results.Close() // says the same
		return err
	}
	rows, err := results.Query()
	for err == nil && rows.Next() {
		err = scan(rows)
	}
	rows.Close()
	if err != nil {
		_ = results.Close() // the first error is the one that matters
		return err
	}
	return errors.Join(rows.Err(), results.Close())
}

// oneRow runs its query when it is scanned.
type oneRow struct {
	t    *statements
	name string
	args []any
}

// Scan implements sqlstore.Scanner.
func (r oneRow) Scan(dest ...any) error {
	found := false
	err := r.t.Each(func(row sqlstore.Scanner) error {
		if found {
			return nil
		}
		found = true
		return row.Scan(dest...)
	}, r.name, r.args...)
	if err == nil && !found {
		return store.ErrNotFound
	}
	return err
}

// Row implements sqlstore.Statements.
func (t *statements) Row(name string, args ...any) sqlstore.Scanner { return oneRow{t, name, args} }

// Change implements sqlstore.Statements.
func (t *statements) Change(name string, args ...any) sqlstore.Scanner {
	t.wrote = true
	return t.Row(name, args...)
}

// AddAccount implements sqlstore.Statements.
func (t *statements) AddAccount(conversation, account []byte) error {
	return t.Do("createConversationAccount", conversation, account)
}

// asStoreError gives the errors that callers branch on their names.
func asStoreError(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrNotFound
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return errors.Join(store.ErrUnavailable, err)
	}
	var failure *pgconn.PgError
	if !errors.As(err, &failure) {
		return err
	}
	switch {
	case failure.Code == "53100", failure.Code == "25006", strings.HasPrefix(failure.Code, "58"):
		return errors.Join(store.ErrFull, err) // disk full, read only, input or output
	}
	return err
}

// lost returns err as one of a connection that may be lost.
func lost(conn *pgx.Conn, err error) error {
	if err != nil && conn.IsClosed() && !errors.Is(err, store.ErrUnavailable) {
		return errors.Join(store.ErrUnavailable, err)
	}
	return asStoreError(err)
}

// isRepeatable reports whether PostgreSQL gave a transaction up because of another one,
// so that it may succeed when it runs again.
func isRepeatable(err error) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && (failure.Code == "40001" || failure.Code == "40P01")
}
