package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/internal/store/sqlstore"
	"parley/internal/store/storetest"
)

func open(t *testing.T, dir string, o Options) *Store {
	t.Helper()
	st, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return st
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, t.TempDir(), Options{}) })
}

// Every query of the .sql files is one that SQLite understands.
func TestQueriesPrepare(t *testing.T) {
	st := open(t, t.TempDir(), Options{})
	c := <-st.pool
	defer func() { st.pool <- c }()
	for name := range queries {
		if _, err := c.statement(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func phoneOf(n int) ident.Phone { return ident.Phone(fmt.Sprintf("+32470%06d", n)) }

func putCode(st store.Store, phone ident.Phone) error {
	return st.Update(context.Background(), func(tx store.Tx) error {
		return tx.PutCode(store.Code{
			Phone: phone, Kind: store.CodeInvitation, Salt: make([]byte, 16), Hash: make([]byte, 32),
			Expires: time.UnixMilli(1), Tries: 5,
		})
	})
}

// An operator's command works on the data of a running relay.
func TestTwoProcessesShareTheData(t *testing.T) {
	dir := t.TempDir()
	relay, admin := open(t, dir, Options{}), open(t, dir, Options{})
	for i := range 20 {
		writer := []*Store{relay, admin}[i%2]
		if err := putCode(writer, "+32470000001"); err != nil {
			t.Fatal(err)
		}
	}
	err := relay.View(t.Context(), func(r store.Reader) error {
		codes, err := r.ListCodes("+32470000001")
		if len(codes) != 1 {
			t.Errorf("the relay sees %d codes of the operator, want 1", len(codes))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDataSurviveReopening(t *testing.T) {
	dir := t.TempDir()
	st, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := putCode(st, "+32470000001"); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	err = open(t, dir, Options{}).View(t.Context(), func(r store.Reader) error {
		codes, err := r.ListCodes("+32470000001")
		if len(codes) != 1 {
			t.Errorf("%d codes are there, want 1", len(codes))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A full database refuses writes as such, changes nothing, and takes up work
// again when there is room.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	st := open(t, dir, Options{MaxBytes: 256 << 10})
	fill := func() error {
		for i := range 100_000 {
			phone := ident.Phone("+3247" + string(rune('0'+i/1000%10)) + string(rune('0'+i/100%10)) +
				string(rune('0'+i/10%10)) + string(rune('0'+i%10)) + "000")
			if err := putCode(st, phone); err != nil {
				return err
			}
		}
		return nil
	}
	if err := fill(); !errors.Is(err, store.ErrFull) {
		t.Fatalf("filling ended with %v, want ErrFull", err)
	}
	before := countCodes(t, st)
	if err := putCode(st, "+4917000000000"); err == nil {
		t.Log("one more row found room") // on a page that was not full yet
	} else if after := countCodes(t, st); after != before {
		t.Errorf("a refused write changed %d rows to %d", before, after)
	}
	if err := st.Update(t.Context(), func(tx store.Tx) error { return tx.DeleteCodesBefore(time.UnixMilli(2)) }); err != nil {
		t.Fatalf("making room: %v", err)
	}
	if err := putCode(st, "+32470000001"); err != nil {
		t.Errorf("after making room: %v", err)
	}
}

func countCodes(t *testing.T, st *Store) (n int) {
	t.Helper()
	c := <-st.pool
	defer func() { st.pool <- c }()
	if err := c.QueryRowContext(t.Context(), "SELECT count(*) FROM codes").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A database of a later version is left alone.
func TestNewerDatabase(t *testing.T) {
	dir := t.TempDir()
	st, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.writer.ExecContext(t.Context(), "PRAGMA user_version = 9999"); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, Options{}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("opening it gave %v, want ErrNewer", err)
	}
}

// A folder name may contain what means something in a data source name.
func TestFolderNames(t *testing.T) {
	for _, name := range []string{"with space", "question?mark", "hash#tag", "per%20cent", "ümlaut"} {
		dir := filepath.Join(t.TempDir(), name)
		if err := putCode(open(t, dir, Options{}), "+32470000001"); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, FileName)); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// What it costs that one of the many transactions that wait fails after it wrote.
func BenchmarkOneOfManyFails(b *testing.B) {
	st, err := Open(b.Context(), b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	failure := errors.New("it failed after it wrote")
	for b.Loop() {
		held, done := make(chan struct{}), make(chan error, sqlstore.MaxBatch)
		st.Submit(func(store.Tx) error { <-held; return nil }, func(error) {})
		for i := range sqlstore.MaxBatch {
			st.Submit(func(tx store.Tx) error {
				err := tx.PutCode(store.Code{Phone: phoneOf(i), Kind: store.CodeInvitation, Salt: make([]byte, 16), Hash: make([]byte, 32), Expires: time.UnixMilli(1), Tries: 5})
				if i == sqlstore.MaxBatch/2 {
					err = errors.Join(err, failure)
				}
				return err
			}, func(err error) { done <- err })
		}
		close(held)
		failed := 0
		for range sqlstore.MaxBatch {
			if err := <-done; err != nil {
				failed++
			}
		}
		if failed != 1 {
			b.Fatalf("%d transactions failed, want 1", failed)
		}
	}
}
