package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parley/internal/store"
)

// tx implements store.Tx on a connection. What writes without telling anything waits in
// pending and is sent together with the next reading, or with the commit: one round trip.
type tx struct {
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

var _ store.Tx = (*tx)(nil)

// begin returns a transaction that begins with its first round trip.
func begin(ctx context.Context, conn *pgx.Conn, statements ...string) *tx {
	t := &tx{conn: conn, ctx: ctx, pending: new(pgx.Batch)}
	for _, name := range statements {
		t.pending.Queue(query(name))
	}
	return t
}

// do queues a statement that writes. Its failure shows at the next reading or commit.
func (t *tx) do(name string, args ...any) error {
	t.wrote = true
	t.pending.Queue(query(name), args...)
	return t.failed
}

// skip reads the results of n statements that waited; of the one that took the turn it
// keeps the number of the transaction.
func (t *tx) skip(results pgx.BatchResults, n int) (err error) {
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
func (t *tx) finish(name string) (tag pgconn.CommandTag, err error) {
	t.pending.Queue(query(name))
	n := t.pending.Len()
	results := t.conn.SendBatch(t.ctx, t.pending)
	if err = t.skip(results, n-1); err == nil {
		tag, err = results.Exec()
	}
	return tag, errors.Join(err, results.Close())
}

// rollback ends the transaction, whatever its state.
func (t *tx) rollback() error {
	_, err := t.conn.PgConn().Exec(t.ctx, query("rollback")).ReadAll()
	return err
}

// read sends what waits, and a query whose rows it gives to scan one by one.
func (t *tx) read(scan func(scanner) error, name string, args ...any) error {
	if t.failed != nil {
		return t.failed
	}
	again := t.again
	t.again = nil
	seen := false
	var refused error
	each := func(row scanner) error {
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

// send is read without its remedies.
func (t *tx) send(scan func(scanner) error, name string, args []any) error {
	batch := t.pending
	before := batch.Len()
	batch.Queue(query(name), args...)
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

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

// oneRow runs its query when it is scanned.
type oneRow struct {
	t    *tx
	name string
	args []any
}

// Scan implements scanner.
func (r oneRow) Scan(dest ...any) error {
	found := false
	err := r.t.read(func(row scanner) error {
		if found {
			return nil
		}
		found = true
		return row.Scan(dest...)
	}, r.name, r.args...)
	if err == nil && !found {
		return pgx.ErrNoRows
	}
	return err
}

// row runs a query for one row.
func (t *tx) row(name string, args ...any) scanner { return oneRow{t, name, args} }

// list runs a query and collects what scan makes of each row.
func list[T any](t *tx, scan func(scanner) (T, error), name string, args ...any) ([]T, error) {
	var all []T
	err := t.read(func(row scanner) error {
		one, err := scan(row)
		all = append(all, one)
		return err
	}, name, args...)
	if err != nil {
		return nil, err
	}
	return all, nil
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
