// Package sqlite keeps the relay's data in one SQLite database.
//
// One goroutine writes: it runs all transactions that wait as one SQLite
// transaction, so that many share one fsync (group commit), and calls them
// done in order afterwards. They also share what they read of conversations,
// members and feeds, and what they write there is written together (batch).
// Reads run beside it on their own connections, each on a snapshot (WAL).
// Another process may open the same folder, as `parley admin` does beside a
// running relay; SQLite's locks keep the two apart.
//
// It does not judge what it is asked to write beyond the schema's CHECKs.
package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"parley/internal/store"
	"parley/internal/store/sqlstore"
)

// FileName is the name of the database in the data folder.
const FileName = "relay.db"

// readers is how many snapshots can be read at a time: reading is bound by the
// processor, and each connection has a page cache of its own.
const readers = 4

// writerCache is how many bytes of pages the writer keeps. What a commit changes should fit:
// SQLite writes to the log before the commit what does not, and reads it again.
const writerCache = 32 << 20

// Options are the settings of a store; the zero value is good.
type Options struct {
	// MaxBytes bounds the size of the database; writes beyond it get
	// store.ErrFull. 0 means no bound but the disk.
	MaxBytes int64
}

// Store implements store.Store.
type Store struct {
	*sqlstore.Queue
	dir    string
	db     *sql.DB
	writer *conn
	pool   chan *conn
	// brief are the short reads that wait; it has no buffer, so that none is left in it.
	brief chan *briefRead
	// change is the last value given to a receipt's change.
	change atomic.Int64
}

var _ store.Store = (*Store)(nil)

// Open opens the database in the folder dir, which it makes if need be, and
// brings it to the present schema. Errors: store.ErrNewer, or why the folder
// cannot be used.
func Open(ctx context.Context, dir string, o Options) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	db, err := sql.Open("sqlite", dataSource(filepath.Join(dir, FileName)))
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s := &Store{Queue: sqlstore.NewQueue(), dir: dir, db: db, pool: make(chan *conn, readers), brief: make(chan *briefRead)}
	if err := s.prepare(ctx, o); err != nil {
		_ = db.Close() // the error below is the one that matters
		return nil, fmt.Errorf("open database: %w", asStoreError(err))
	}
	go s.Serve(s.run)
	s.serveBrief()
	return s, nil
}

func dataSource(path string) string {
	pragmas := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"journal_size_limit(67108864)", "temp_store(MEMORY)",
	}}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: pragmas.Encode()}).String()
}

func (s *Store) prepare(ctx context.Context, o Options) error {
	var err error
	if s.writer, err = newConn(ctx, s.db); err != nil {
		return err
	}
	if _, err := s.writer.ExecContext(ctx, "PRAGMA cache_size = -"+strconv.Itoa(writerCache>>10)); err != nil {
		return err
	}
	if err := migrate(ctx, s.writer, s.dir); err != nil {
		return err
	}
	if err := s.bound(ctx, o.MaxBytes); err != nil {
		return err
	}
	for range readers {
		c, err := newConn(ctx, s.db)
		if err != nil {
			return err
		}
		s.pool <- c
	}
	var change int64
	if err := s.writer.QueryRowContext(ctx, queries.Find("lastChange")).Scan(&change); err != nil {
		return err
	}
	s.change.Store(change)
	return nil
}

// bound limits the number of pages.
func (s *Store) bound(ctx context.Context, maxBytes int64) error {
	if maxBytes <= 0 {
		return nil
	}
	var pageSize int64
	if err := s.writer.QueryRowContext(ctx, "PRAGMA page_size").Scan(&pageSize); err != nil {
		return err
	}
	_, err := s.writer.ExecContext(ctx, "PRAGMA max_page_count = "+strconv.FormatInt(max(1, maxBytes/pageSize), 10))
	return err
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	var c *conn
	select {
	case c = <-s.pool:
	case <-s.Stopped():
		return store.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { s.pool <- c }()
	var err error
	if failed := s.snapshot(c, func(t *tx) { err = asStoreError(fn(t)) }); err == nil {
		err = failed
	}
	return err
}

// snapshot runs fn, which keeps its own errors, on a snapshot.
func (s *Store) snapshot(c *conn, fn func(*tx)) error {
	if _, err := c.exec("beginRead"); err != nil {
		return asStoreError(err)
	}
	// Without an end: a statement stopped half-way would leave the snapshot open.
	fn(newTx(context.Background(), c, s))
	_, err := c.exec("rollback")
	return asStoreError(err)
}

// Identity implements store.Store.
func (s *Store) Identity(ctx context.Context, random io.Reader) (store.Identity, error) {
	return sqlstore.Identity(ctx, random, func(ctx context.Context, fn func(sqlstore.Statements) error) error {
		return s.Update(ctx, func(t store.Tx) error { return fn(t.(*tx)) })
	})
}

// Rest implements store.Store. SQLite's connections keep pages; they read again what they need.
func (s *Store) Rest() {
	s.Submit(func(t store.Tx) error { return t.(*tx).shrink() }, func(error) {}) // it keeps them
	for range readers {
		select {
		case c := <-s.pool:
			_ = c.shrink() // it keeps them
			s.pool <- c
		default:
		}
	}
}

// Close implements store.Store.
func (s *Store) Close() error {
	if !s.Queue.Close() {
		return nil
	}
	for range readers {
		_ = (<-s.pool).Close() // db.Close tells what matters
	}
	_ = s.writer.Close() // db.Close tells what matters
	return s.db.Close()
}
