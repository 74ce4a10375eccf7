package sqlite

import (
	"context"

	"parley/internal/store/sqlstore"
)

// run carries out a batch, in one SQLite transaction if none of it fails after it wrote.
func (s *Store) run(batch []*sqlstore.Write) { sqlstore.Divide(batch, s.together) }

// together is a sqlstore.Attempt: it commits the transactions, save those that were refused
// before they wrote anything.
func (s *Store) together(batch []*sqlstore.Write) (blamed int, err error) {
	if _, err := s.writer.exec("beginWrite"); err != nil {
		return sqlstore.NoOne, asStoreError(err)
	}
	defer func() {
		if err != nil {
			s.rollback()
		}
	}()
	t := newTx(context.Background(), s.writer, s)
	t.batch = newBatch(s.writer)
	for i, w := range batch {
		t.wrote = false
		w.Err = asStoreError(w.Run(t))
		if t.batch.failed != nil {
			return sqlstore.Anyone, t.batch.failed
		}
		if w.Err != nil && t.wrote {
			return i, w.Err
		}
	}
	if err := t.batch.flush(); err != nil {
		return sqlstore.Anyone, err
	}
	_, err = s.writer.exec("commit")
	return sqlstore.Anyone, asStoreError(err)
}

// rollback ends a failed transaction; SQLite may have done so itself.
func (s *Store) rollback() { _, _ = s.writer.exec("rollback") }
