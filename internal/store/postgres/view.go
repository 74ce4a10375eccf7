package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/internal/store"
)

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	select {
	case <-s.Stopped():
		return store.ErrClosed
	default:
	}
	select {
	case c := <-s.pool:
		err := s.view(ctx, &c, fn)
		s.pool <- c
		return err
	case <-s.Stopped():
		return store.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ViewBriefly implements store.Store. Here it is View: one that PostgreSQL refuses ends the snapshot of all, and waiting
// for the server takes no stack.
func (s *Store) ViewBriefly(ctx context.Context, fn func(store.Reader) error) error {
	return s.View(ctx, fn)
}

// view runs fn on a snapshot of a connection, which it makes anew if it was lost.
func (s *Store) view(ctx context.Context, c **pgx.Conn, fn func(store.Reader) error) error {
	if err := s.connectReader(ctx, c); err != nil {
		return err
	}
	// Not ctx: a statement stopped half-way costs the connection.
	t := begin(context.WithoutCancel(ctx), *c, "beginRead")
	t.journal = s.journal.Load()
	t.again = func() error {
		err := s.connectReader(ctx, c)
		if err == nil {
			t.conn = *c
			t.pending.Queue(queries.Find("beginRead"))
		}
		return err
	}
	err := fn(t)
	if t.pending.Len() > 0 { // nothing was read: that the database is there is said at least
		var found int
		err = errors.Join(err, t.Row("probe").Scan(&found))
	}
	if endErr := t.rollback(); err == nil {
		err = endErr
	}
	return lost(t.conn, err)
}

// connectReader connects again if the connection was lost, and waits for a server that
// restarts.
func (s *Store) connectReader(ctx context.Context, c **pgx.Conn) (err error) {
	for n := range tries {
		if *c != nil && !(*c).IsClosed() {
			return nil
		}
		if n > 0 {
			select {
			case <-time.After(tryPause):
			case <-s.Stopped():
				return store.ErrClosed
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		*c, err = pgx.ConnectConfig(ctx, s.config)
	}
	return asStoreError(err)
}
