package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/internal/store"
	"parley/internal/store/sqlstore"
)

const (
	// tries and tryPause bound how long transactions wait for a server that is gone, as
	// long as a restart of it takes.
	tries    = 20
	tryPause = 250 * time.Millisecond
)

// run carries out a batch as one transaction. If that fails as a whole, each of its
// transactions runs alone, so that only the guilty ones fail; a server that is gone is
// waited for.
func (s *Store) run(batch []*sqlstore.Write) {
	err := s.together(batch)
	for n := 1; n < tries && (errors.Is(err, store.ErrUnavailable) || isRepeatable(err)) && !errors.Is(err, errUnknown); n++ {
		time.Sleep(tryPause)
		err = s.together(batch)
	}
	switch {
	case err == nil:
	case len(batch) == 1 || errors.Is(err, store.ErrUnavailable):
		for _, w := range batch {
			w.Err = err
		}
	default:
		for i := range batch {
			s.run(batch[i : i+1])
		}
	}
}

// errUnknown: nobody can tell whether a transaction was committed.
var errUnknown = errors.New("the connection was lost during the commit")

// together returns nil if the transactions are committed, save those that were refused
// before they wrote anything. If not, nothing was changed, unless it is errUnknown.
func (s *Store) together(batch []*sqlstore.Write) error {
	ctx := context.Background()
	if err := s.reconnect(ctx); err != nil {
		return err
	}
	t := begin(ctx, s.writer, "beginWrite")
	t.takeTurn()
	t.peers = s.peers
	if err := s.prepare(t, batch); err != nil {
		_ = t.rollback()
		return lost(s.writer, err)
	}
	for i, w := range batch {
		if err := t.readAhead(batch, i); err != nil {
			_ = t.rollback()
			return lost(s.writer, err)
		}
		t.wrote = false
		said := len(t.notices)
		w.Err = asStoreError(w.Run(t))
		if t.failed != nil || w.Err != nil && t.wrote {
			err := errors.Join(t.failed, w.Err)
			_ = t.rollback()
			return lost(s.writer, err)
		}
		if w.Err != nil {
			t.notices = t.notices[:said]
		}
	}
	if len(t.notices) == 0 {
		return s.commit(ctx, t)
	}
	number := t.journal.last() + 1
	if err := t.Do("createNotice", t.journal.relay[:], t.notices); err != nil {
		_ = t.rollback()
		return lost(s.writer, err)
	}
	err := s.commit(ctx, t)
	if err == nil {
		t.journal.written(number)
	}
	return err
}

// prepare reads what the others did before this transaction, and with it what the first of the
// batch need.
func (s *Store) prepare(t *tx, batch []*sqlstore.Write) error {
	if t.journal = s.journal.Load(); t.journal == nil {
		return nil
	}
	page := t.journal.ask(t.statements)
	if err := t.readAhead(batch, 0); err != nil {
		return err
	}
	if t.pending.Len() > 0 {
		if err := t.roundTrip(); err != nil {
			return err
		}
	}
	t.journal.apply(*page)
	if len(*page) < noticePage {
		return nil
	}
	return t.journal.catchUpIn(t)
}

// reconnect makes the writer's connection anew if it was lost. Its server may hold the lost
// one for a while, which is then in use.
func (s *Store) reconnect(ctx context.Context) error {
	if s.writer != nil && !s.writer.IsClosed() {
		return nil
	}
	conn, err := s.connectWriter(ctx)
	if errors.Is(err, ErrInUse) {
		err = errors.Join(store.ErrUnavailable, err)
	}
	s.writer = conn
	return err
}

// commit ends a transaction. If the connection is lost meanwhile, it asks the server what
// became of it.
func (s *Store) commit(ctx context.Context, t *tx) error {
	tag, err := t.finish("commit")
	if err == nil && tag.String() != "COMMIT" {
		err = fmt.Errorf("the commit became a %s", tag)
	}
	if err == nil {
		return nil
	}
	if !s.writer.IsClosed() {
		_ = t.rollback()
		return asStoreError(err)
	}
	if t.number == "" {
		return errors.Join(store.ErrUnavailable, errUnknown, err)
	}
	for range tries {
		time.Sleep(tryPause)
		if s.reconnect(ctx) != nil {
			continue
		}
		switch outcome, _ := s.outcome(ctx, t.number); outcome {
		case "committed":
			return nil
		case "aborted":
			return errors.Join(store.ErrUnavailable, err)
		}
	}
	return errors.Join(store.ErrUnavailable, errUnknown, err)
}

// outcome returns what became of the transaction of a number: committed, aborted, in
// progress or forgotten.
func (s *Store) outcome(ctx context.Context, number string) (outcome string, err error) {
	err = s.writer.QueryRow(ctx, queries.Find("findOutcome"), number).Scan(&outcome)
	if errors.Is(err, pgx.ErrNoRows) {
		return "forgotten", nil
	}
	return outcome, err
}
