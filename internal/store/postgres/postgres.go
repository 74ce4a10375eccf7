// Package postgres keeps the relay's data in a PostgreSQL database, of version 15 or later,
// that several relays may share.
//
// One goroutine of each relay writes: it runs all transactions that wait as one transaction
// of PostgreSQL, so that many share one commit and its fsync (group commit), and calls them
// done in order afterwards. Such a transaction begins by taking its turn: it updates the row
// of the table writer, which makes those of other relays wait. So all happen one after the
// other, whatever process they are of, and nothing that one reads can change before it ends.
// Statements that only write are sent with the next one that reads. Reads run beside it on
// their own connections, each on a snapshot.
//
// It does not judge what it is asked to write beyond the schema's CHECKs.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/internal/store"
	"parley/internal/store/sqlstore"
)

const (
	// readers is how many snapshots one relay reads at a time, each on a connection and
	// a process of PostgreSQL.
	readers = 4
	// oldest is the oldest version of PostgreSQL that has all that is used.
	oldest = 15
	// connectTime is how long one try to connect may take.
	connectTime = 5 * time.Second
	// lockTries and lockPause bound how long a database may seem to be in use: the server notices
	// the end of a relay a moment later.
	lockTries = 5
	lockPause = 100 * time.Millisecond
)

// Store implements store.Store.
type Store struct {
	*sqlstore.Queue
	config  *pgx.ConnConfig
	options Options
	// journal is nil until Follow.
	journal atomic.Pointer[journal]
	// writer is nil after it was lost, until the next transaction; as are those of pool.
	writer *pgx.Conn
	pool   chan *pgx.Conn
	// peers are the writer's.
	peers peers
}

var _ store.Store = (*Store)(nil)

// ErrInUse: another process has opened the database with Options.Alone, or this one would and
// another has with Options.Shared.
var ErrInUse = errors.New("another relay runs on this database")

// Options are the settings of a store; the zero value is good.
type Options struct {
	// Alone refuses the database with ErrInUse while another process has opened it so.
	Alone bool
	// Shared refuses it while another process has opened it with Alone, and keeps such
	// processes away: several relays share it. Alone counts if both are set.
	Shared bool
}

// parse reads a connection string. Its error does not contain a part of it.
func parse(connection string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(connection)
	if err != nil {
		return nil, errors.New("it is neither an address such as postgres://USER:PASSWORD@HOST/DATABASE nor a list such as host=HOST user=USER dbname=DATABASE")
	}
	// An acknowledgement means that it is on disk, whatever the server's default is.
	config.RuntimeParams["synchronous_commit"] = "on"
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "parley"
	}
	config.ConnectTimeout = min(max(config.ConnectTimeout, time.Second), connectTime)
	return config, nil
}

// Open connects to a database, as a URL or as a list of key=value pairs of libpq, and brings
// it to the present schema. Errors: store.ErrNewer, ErrInUse, or why the database cannot be used.
func Open(ctx context.Context, connection string, o Options) (*Store, error) {
	config, err := parse(connection)
	if err != nil {
		return nil, fmt.Errorf("read the connection string: %w", err)
	}
	s := &Store{Queue: sqlstore.NewQueue(), config: config, options: o, pool: make(chan *pgx.Conn, readers), peers: make(peers)}
	s.writer, err = s.connectWriter(ctx)
	for n := 1; n < lockTries && errors.Is(err, ErrInUse); n++ {
		time.Sleep(lockPause)
		s.writer, err = s.connectWriter(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	if err = checkVersion(s.writer); err == nil {
		err = migrate(ctx, s.writer)
	}
	if err != nil {
		_ = s.writer.Close(ctx) // the error is the one that matters
		return nil, fmt.Errorf("open database: %w", asStoreError(err))
	}
	for range readers {
		s.pool <- nil
	}
	go s.Serve(s.run)
	return s, nil
}

func checkVersion(conn *pgx.Conn) error {
	version := conn.PgConn().ParameterStatus("server_version")
	digits := 0
	for digits < len(version) && version[digits] >= '0' && version[digits] <= '9' {
		digits++
	}
	if major, err := strconv.Atoi(version[:digits]); err == nil && major < oldest {
		return fmt.Errorf("the server is PostgreSQL %s and must be %d or later", version, oldest)
	}
	return nil
}

// writerSettings are those of the writer's session. What it runs often finds rows by their keys, as many as an
// array has: PostgreSQL cannot know how many, plans each time anew, and reads a whole table as
// long as that was small when it last counted.
var writerSettings = [][2]string{
	{"plan_cache_mode", "force_generic_plan"}, {"enable_seqscan", "off"}, {"enable_hashjoin", "off"}, {"enable_mergejoin", "off"}, {"jit", "off"},
}

// connectWriter connects the writer, whose session keeps others away if it is to be alone, or
// those that are to be.
func (s *Store) connectWriter(ctx context.Context) (*pgx.Conn, error) {
	config := s.config.Copy()
	for _, setting := range writerSettings {
		config.RuntimeParams[setting[0]] = setting[1]
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil || !s.options.Alone && !s.options.Shared {
		return conn, asStoreError(err)
	}
	free, lock := false, "lockDatabaseShared"
	if s.options.Alone {
		lock = "lockDatabase"
	}
	if err = conn.QueryRow(ctx, queries.Find(lock)).Scan(&free); err == nil && !free {
		err = ErrInUse
	}
	if err != nil {
		_ = conn.Close(ctx) // the error is the one that matters
		return nil, lost(conn, err)
	}
	return conn, nil
}

// Identity implements store.Store.
func (s *Store) Identity(ctx context.Context, random io.Reader) (store.Identity, error) {
	return sqlstore.Identity(ctx, random, func(ctx context.Context, fn func(sqlstore.Statements) error) error {
		return s.Update(ctx, func(t store.Tx) error { return fn(t.(*tx)) })
	})
}

// Rest implements store.Store. What is kept is the server's.
func (s *Store) Rest() {}

// Close implements store.Store.
func (s *Store) Close() error {
	if !s.Queue.Close() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectTime)
	defer cancel()
	for range readers {
		if c := <-s.pool; c != nil {
			_ = c.Close(ctx) // it had nothing to lose
		}
	}
	if s.writer != nil {
		_ = s.writer.Close(ctx) // nothing waits for it any more
	}
	return nil
}
