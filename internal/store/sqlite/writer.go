package sqlite

import (
	"context"

	"parley/internal/store"
)

// maxBatch is how many transactions share one fsync at most, and how many wait
// in the queue: it bounds what a crash of the machine makes devices send again.
const maxBatch = 512

// write is one transaction on its way through the writer.
type write struct {
	fn   func(store.Tx) error
	done func(error)
	err  error
}

// Submit implements store.Store.
func (s *Store) Submit(fn func(store.Tx) error, done func(error)) {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		done(store.ErrClosed)
		return
	}
	s.queue <- &write{fn: fn, done: done}
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	result := make(chan error, 1)
	s.Submit(fn, func(err error) { result <- err })
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write is the writer goroutine: it ends when the queue is closed and empty.
func (s *Store) write() {
	defer close(s.stopped)
	batch := make([]*write, 0, maxBatch)
	for first := range s.queue {
		batch = s.gather(append(batch[:0], first))
		s.run(batch)
		for i, w := range batch {
			w.done(w.err)
			batch[i] = nil
		}
	}
}

// gather adds what waits in the queue already.
func (s *Store) gather(batch []*write) []*write {
	for len(batch) < maxBatch {
		select {
		case w, open := <-s.queue:
			if !open {
				return batch
			}
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

// run carries out a batch as one SQLite transaction. If that fails as a whole,
// each of its transactions runs alone, so that only the guilty ones fail.
func (s *Store) run(batch []*write) {
	if s.together(batch) {
		return
	}
	for i := range batch {
		s.together(batch[i : i+1])
	}
}

// together reports whether the transactions are committed, save those that
// were refused before they wrote anything. If not, nothing was changed, and
// the one that failed has its error.
func (s *Store) together(batch []*write) bool {
	if _, err := s.writer.exec("beginWrite"); err != nil {
		batch[0].err = asStoreError(err)
		return false
	}
	t := &tx{conn: s.writer, ctx: context.Background(), store: s}
	for _, w := range batch {
		t.wrote = false
		if w.err = asStoreError(w.fn(t)); w.err != nil && t.wrote {
			s.rollback()
			return false
		}
	}
	if _, err := s.writer.exec("commit"); err != nil {
		batch[0].err = asStoreError(err)
		s.rollback()
		return false
	}
	return true
}

// rollback ends a failed transaction; SQLite may have done so itself.
func (s *Store) rollback() { _, _ = s.writer.exec("rollback") }
