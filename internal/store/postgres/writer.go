package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/internal/store"
	"parley/internal/store/sqlstore"
)

const (
	// tries and tryPause bound how long transactions wait for a server that is gone, as
	// long as a restart of it takes.
	tries    = 20
	tryPause = 250 * time.Millisecond
)

// run carries out a batch, in one transaction if none of it fails after it wrote.
func (s *Store) run(batch []*sqlstore.Write) { sqlstore.Divide(batch, s.attempt) }

// attempt is a sqlstore.Attempt that waits for a server that is gone.
func (s *Store) attempt(batch []*sqlstore.Write) (blamed int, err error) {
	blamed, err = s.together(batch)
	for n := 1; n < tries && (errors.Is(err, store.ErrUnavailable) || isRepeatable(err)) && !errors.Is(err, errUnknown); n++ {
		time.Sleep(tryPause)
		blamed, err = s.together(batch)
	}
	if errors.Is(err, store.ErrUnavailable) {
		blamed = sqlstore.NoOne
	}
	return blamed, err
}

// errUnknown: nobody can tell whether a transaction was committed.
var errUnknown = errors.New("the connection was lost during the commit")

// together commits the transactions, save those that were refused before they wrote anything. With
// an error nothing was changed, unless it is errUnknown; blamed is as of a sqlstore.Attempt.
func (s *Store) together(batch []*sqlstore.Write) (blamed int, err error) {
	ctx := context.Background()
	if err := s.reconnect(ctx); err != nil {
		return sqlstore.NoOne, err
	}
	t := begin(ctx, s.writer, "beginWrite")
	t.takeTurn()
	t.peers = s.peers
	if blamed, err := s.runAll(t, batch); err != nil {
		_ = t.rollback()
		return blamed, lost(s.writer, err)
	}
	if len(t.notices) == 0 {
		return sqlstore.Anyone, s.commit(ctx, t)
	}
	number := t.journal.last() + 1
	if err := s.commit(ctx, t); err != nil {
		return sqlstore.Anyone, err
	}
	t.journal.written(number)
	return 0, nil
}

// runAll runs the transactions, and writes what they say to other relays.
func (s *Store) runAll(t *tx, batch []*sqlstore.Write) (blamed int, err error) {
	if err := s.prepare(t, batch); err != nil {
		return sqlstore.Anyone, err
	}
	for i, w := range batch {
		if err := t.readAhead(batch, i); err != nil {
			return sqlstore.Anyone, err
		}
		t.wrote = false
		said := len(t.notices)
		w.Err = asStoreError(w.Run(t))
		if t.failed != nil || w.Err != nil && t.wrote {
			return i, errors.Join(t.failed, w.Err)
		}
		if w.Err != nil {
			t.notices = t.notices[:said]
		}
	}
	if len(t.notices) == 0 {
		return 0, nil
	}
	return sqlstore.Anyone, t.Do("createNotice", t.journal.relay[:], t.notices)
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
		switch outcome, _ := s.outcome(ctx, t.number, t.turn); outcome {
		case "committed":
			return nil
		case "aborted":
			return errors.Join(store.ErrUnavailable, err)
		case "forgotten":
			return errors.Join(store.ErrUnavailable, errUnknown, err)
		}
	}
	return errors.Join(store.ErrUnavailable, errUnknown, err)
}

// outcome returns what became of the transaction of a number and a turn: committed, aborted, in
// progress or, if that cannot be told any more, forgotten.
func (s *Store) outcome(ctx context.Context, number string, turn int64) (outcome string, err error) {
	err = s.writer.QueryRow(ctx, queries.Find("findOutcome"), number, turn).Scan(&outcome)
	return outcome, err
}
