package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
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
	// number is the transaction's, once it has its turn, which is a random number.
	number string
	turn   int64
	// set is what was read for several transactions together, or nil; ahead is the place in the
	// batch of the first transaction that it was not read for.
	set   *workingSet
	ahead int
	peers peers
	// again, if it is set, makes a connection anew that was lost while nobody used it: the
	// transaction has not begun then.
	again func() error
	// failed is why PostgreSQL has given the transaction up.
	failed error
}

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
func begin(ctx context.Context, conn *pgx.Conn, first string) *tx {
	t := &statements{conn: conn, ctx: ctx, pending: new(pgx.Batch)}
	t.pending.Queue(queries.Find(first))
	return &tx{Tx: sqlstore.Tx{Statements: t}, statements: t}
}

// takeTurn queues the statement that waits for the turn to write.
func (t *statements) takeTurn() {
	t.turn = rand.Int64() //nolint:gosec // it must differ, and may be guessed
	t.pending.Queue(queries.Find("takeTurn"), t.turn).QueryRow(func(row pgx.Row) error { return row.Scan(&t.number) })
}

// Do implements sqlstore.Statements. It queues the statement.
func (t *statements) Do(name string, args ...any) error {
	t.changing()
	t.pending.Queue(queries.Find(name), args...)
	return t.failed
}

// changing is called before a statement that changes something, other than those of the working
// set: what was read for it may not be so any more.
func (t *statements) changing() {
	t.wrote = true
	t.settle()
	t.set = nil
}

// settle queues what the working set has to write, so that what follows finds it.
func (t *statements) settle() {
	if t.set != nil {
		t.set.flush(t.pending)
	}
}

// ask queues a query; its rows are scanned when it is answered.
func (t *statements) ask(scan func(pgx.Rows) error, name string, args ...any) {
	t.pending.Queue(queries.Find(name), args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return nil
	})
}

// roundTrip sends what waits.
func (t *statements) roundTrip() error {
	batch := t.pending
	t.pending = new(pgx.Batch)
	return t.conn.SendBatch(t.ctx, batch).Close()
}

// finish sends what waits, and a last statement. It returns the last one's tag.
func (t *statements) finish(name string) (tag pgconn.CommandTag, err error) {
	t.settle()
	t.pending.Queue(queries.Find(name)).Exec(func(last pgconn.CommandTag) error {
		tag = last
		return nil
	})
	return tag, t.roundTrip()
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
	if queries.Reads(name) {
		t.settle()
	} else {
		t.changing()
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
	t.ask(func(rows pgx.Rows) error { return scan(rows) }, name, args...)
	return t.roundTrip()
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
func (t *statements) Change(name string, args ...any) sqlstore.Scanner { return t.Row(name, args...) }

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
