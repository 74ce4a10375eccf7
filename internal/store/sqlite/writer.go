package sqlite

import (
	"context"

	"parley/internal/store/sqlstore"
)

// run carries out a batch as one SQLite transaction. If that fails as a whole,
// each of its transactions runs alone, so that only the guilty ones fail.
func (s *Store) run(batch []*sqlstore.Write) {
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
func (s *Store) together(batch []*sqlstore.Write) bool {
	if _, err := s.writer.exec("beginWrite"); err != nil {
		batch[0].Err = asStoreError(err)
		return false
	}
	t := newTx(context.Background(), s.writer, s)
	t.batch = newBatch(s.writer)
	for _, w := range batch {
		t.wrote = false
		w.Err = asStoreError(w.Run(t))
		if t.batch.failed != nil || w.Err != nil && t.wrote {
			s.rollback()
			return false
		}
	}
	err := t.batch.flush()
	if err == nil {
		_, err = s.writer.exec("commit")
	}
	if err != nil {
		batch[0].Err = asStoreError(err)
		s.rollback()
		return false
	}
	return true
}

// rollback ends a failed transaction; SQLite may have done so itself.
func (s *Store) rollback() { _, _ = s.writer.exec("rollback") }
