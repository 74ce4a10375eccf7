//go:build js && wasm

// These tests run in a browser: node web/test/gowasm.mjs --runs 2 ./client/wasmsqlite
package wasmsqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/client/wasmsqlite"
)

// open gives a database of its own to the test and removes it afterwards. With PARLEY_TEST_SEALED it is sealed.
func open(t testing.TB) *wasmsqlite.DB {
	t.Helper()
	name := strings.ReplaceAll(t.Name(), "/", "-") + ".db"
	var sealedWith []byte
	if os.Getenv("PARLEY_TEST_SEALED") != "" {
		sealedWith = key
	}
	db, err := wasmsqlite.OpenSealed(t.Context(), name, sealedWith)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if err := wasmsqlite.Remove(name); err != nil {
			t.Error(err)
		}
	})
	return db
}

func exec(t testing.TB, db interface {
	ExecContext(context.Context, string, ...any) (wasmsqlite.Result, error)
}, query string, args ...any,
) wasmsqlite.Result {
	t.Helper()
	result, err := db.ExecContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return result
}

func count(t testing.TB, db *wasmsqlite.DB, table string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTypesRoundTrip(t *testing.T) {
	db := open(t)
	cases := []struct {
		name     string
		declared string
		in, want any
	}{
		{"integer", "INTEGER", int64(42), int64(42)},
		{"smallest integer", "INTEGER", int64(math.MinInt64), int64(math.MinInt64)},
		{"largest integer", "INTEGER", int64(math.MaxInt64), int64(math.MaxInt64)},
		{"float", "REAL", 0.1, 0.1},
		{"infinity", "REAL", math.Inf(-1), math.Inf(-1)},
		{"text", "TEXT", "héllo 🙂", "héllo 🙂"},
		{"text with a zero", "TEXT", "a\x00b", "a\x00b"},
		{"empty text", "TEXT", "", ""},
		{"blob", "BLOB", []byte{0, 255, 1}, []byte{0, 255, 1}},
		{"empty blob", "BLOB", []byte{}, []byte{}},
		{"nil blob", "BLOB", []byte(nil), nil},
		{"null", "TEXT", nil, nil},
		{"true", "INTEGER", true, int64(1)},
		{"false", "INTEGER", false, int64(0)},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			exec(t, db, fmt.Sprintf("CREATE TABLE t%d (v %s)", i, c.declared))
			exec(t, db, fmt.Sprintf("INSERT INTO t%d VALUES (?)", i), c.in)
			var got any
			if err := db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT v FROM t%d", i)).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, want %#v", got, c.want)
			}
		})
	}
}

func TestExecTellsRowsAffected(t *testing.T) {
	db := open(t)
	exec(t, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
	check := func(r wasmsqlite.Result, want int64) {
		t.Helper()
		if n, err := r.RowsAffected(); n != want || err != nil {
			t.Errorf("rows %d, %v; want %d", n, err, want)
		}
	}
	check(exec(t, db, "INSERT INTO t VALUES (7, 'a'), (1<<40, 'b')"), 2)
	check(exec(t, db, "UPDATE t SET v='c'"), 2)
	check(exec(t, db, "UPDATE t SET v='c' WHERE id=99"), 0)
	check(exec(t, db, "CREATE TABLE u (x)"), 0)
}

func TestScriptTakesArgumentsInTurn(t *testing.T) {
	db := open(t)
	exec(t, db, `CREATE TABLE t (v); -- a comment
		INSERT INTO t VALUES (?); INSERT INTO t VALUES (?), (?);
		-- the end`, 1, 2, 3)
	if n := count(t, db, "t WHERE v IN (1,2,3)"); n != 3 {
		t.Errorf("%d rows", n)
	}
	if _, err := db.ExecContext(t.Context(), "INSERT INTO t VALUES (?)", 1, 2); err == nil {
		t.Error("an argument too many was accepted")
	}
	if _, err := db.ExecContext(t.Context(), "INSERT INTO t VALUES (?, ?)", 1); err == nil {
		t.Error("a missing argument was accepted")
	}
	if _, err := db.QueryContext(t.Context(), "SELECT 1; SELECT 2"); err == nil {
		t.Error("a query of two statements was accepted")
	}
}

func TestNumberedParameters(t *testing.T) {
	db := open(t)
	var a, b, c int
	if err := db.QueryRowContext(t.Context(), "SELECT ?2, ?1, ?2", 1, 2).Scan(&a, &b, &c); err != nil || a != 2 || b != 1 || c != 2 {
		t.Error(a, b, c, err)
	}
}

func TestTransactionCommitsOrRollsBack(t *testing.T) {
	db := open(t)
	exec(t, db, "CREATE TABLE t (v)")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, "INSERT INTO t VALUES (1)")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, "t"); n != 0 {
		t.Errorf("%d rows after rollback", n)
	}
	if tx, err = db.Begin(); err != nil {
		t.Fatal(err)
	}
	exec(t, tx, "INSERT INTO t VALUES (1)")
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, "t"); n != 1 {
		t.Errorf("%d rows after commit", n)
	}
}

// A commit that SQLite refuses must not leave its transaction open for the next user of the connection.
func TestRefusedCommitLeavesNoTransaction(t *testing.T) {
	db := open(t)
	exec(t, db, `CREATE TABLE a (id INTEGER PRIMARY KEY);
		CREATE TABLE b (a REFERENCES a(id) DEFERRABLE INITIALLY DEFERRED)`)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, "INSERT INTO b VALUES (5)")
	if err := tx.Commit(); !errors.Is(err, wasmsqlite.ErrConstraint) {
		t.Fatalf("commit: %v", err)
	}
	exec(t, db, "BEGIN; INSERT INTO a VALUES (5); COMMIT")
	if n := count(t, db, "b"); n != 0 {
		t.Errorf("%d rows of the refused transaction", n)
	}
}

// What is not of the transaction waits until it is over, and what came too late is refused.
func TestTransactionHasTheConnectionAlone(t *testing.T) {
	db := open(t)
	exec(t, db, "CREATE TABLE t (v)")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := db.ExecContext(short, "INSERT INTO t VALUES (1)"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("somebody else got the connection: %v", err)
	}
	counted := make(chan int)
	go func() { counted <- count(t, db, "t") }()
	exec(t, tx, "INSERT INTO t VALUES (1)")
	time.Sleep(time.Millisecond)
	exec(t, tx, "INSERT INTO t VALUES (2)")
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if n := <-counted; n != 2 {
		t.Errorf("%d rows were there for the one who waited", n)
	}
	if err := tx.Rollback(); err == nil {
		t.Error("the transaction ended twice")
	}
	if _, err := tx.ExecContext(t.Context(), "INSERT INTO t VALUES (3)"); err == nil {
		t.Error("a transaction that was over went on")
	}
}

// Nobody finds the transaction that another began by hand and left.
func TestTransactionByHandIsRolledBack(t *testing.T) {
	db := open(t)
	exec(t, db, "CREATE TABLE t (v)")
	exec(t, db, "BEGIN; INSERT INTO t VALUES (1)")
	exec(t, db, "BEGIN; INSERT INTO t VALUES (2); COMMIT")
	if n := count(t, db, "t WHERE v = 2"); n != 1 || count(t, db, "t") != 1 {
		t.Errorf("%d rows, %d of them of the second", count(t, db, "t"), n)
	}
}

func TestRowWithoutRowsAndWrongDestinations(t *testing.T) {
	db := open(t)
	var a, b int
	if err := db.QueryRowContext(t.Context(), "SELECT 1 WHERE 0").Scan(&a); !errors.Is(err, wasmsqlite.ErrNoRows) {
		t.Errorf("no rows: %v", err)
	}
	if err := db.QueryRowContext(t.Context(), "SELECT 1").Scan(&a, &b); err == nil {
		t.Error("one column was put into two places")
	}
	if err := db.QueryRowContext(t.Context(), "SELECT NULL").Scan(&a); err == nil {
		t.Error("nothing became a number")
	}
	exec(t, db, "CREATE TABLE t (v)") // the connection is free
}

func TestClosedDatabaseIsRefused(t *testing.T) {
	const name = "closed.db"
	db, err := wasmsqlite.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, "CREATE TABLE t (v)")
	if err := errors.Join(db.Close(), tx.Commit(), db.Close()); err != nil { // closed when the transaction is over
		t.Error(err)
	}
	if _, err := db.ExecContext(t.Context(), "SELECT 1"); err == nil {
		t.Error("a closed database answered")
	}
	if err := wasmsqlite.Remove(name); err != nil {
		t.Error(err)
	}
}

// Two result sets of one prepared statement are read by turns inside a transaction.
func TestPreparedStatementReadTwiceAtOnce(t *testing.T) {
	db := open(t)
	exec(t, db, "CREATE TABLE t (v); INSERT INTO t VALUES (1), (2), (3)")
	prepared, err := db.PrepareContext(t.Context(), "SELECT v FROM t WHERE v >= ? ORDER BY v")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	stmt := tx.StmtContext(t.Context(), prepared)
	var got []int
	outer, err := stmt.QueryContext(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Close()
	for outer.Next() {
		var v, w int
		if err := outer.Scan(&v); err != nil {
			t.Fatal(err)
		}
		if err := stmt.QueryRowContext(t.Context(), 1).Scan(&w); err != nil {
			t.Fatal(err)
		}
		got = append(got, v, w)
	}
	if want := []int{2, 1, 3, 1}; !reflect.DeepEqual(got, want) || outer.Err() != nil {
		t.Errorf("got %v, want %v (%v)", got, want, outer.Err())
	}
}

func TestBigBlobs(t *testing.T) {
	db := open(t)
	exec(t, db, "CREATE TABLE t (v BLOB)")
	for _, size := range []int{1, 1023, 1024, 300 << 10, 20 << 20} {
		blob := make([]byte, size)
		for i := range blob {
			blob[i] = byte(i * 7)
		}
		exec(t, db, "DELETE FROM t")
		exec(t, db, "INSERT INTO t VALUES (?)", blob)
		var got []byte
		if err := db.QueryRowContext(t.Context(), "SELECT v FROM t WHERE v = ?", blob).Scan(&got); err != nil {
			t.Fatal(size, err)
		}
		if !bytes.Equal(got, blob) {
			t.Errorf("blob of %d bytes came back changed", size)
		}
	}
}

func TestFullTextSearch(t *testing.T) {
	db := open(t)
	exec(t, db, "CREATE VIRTUAL TABLE m USING fts5(body, tokenize='unicode61 remove_diacritics 2')")
	exec(t, db, "INSERT INTO m VALUES ('see you at the café'), ('the train is late'), ('Cafeteria closed')")
	var body, mark string
	row := db.QueryRowContext(t.Context(), "SELECT body, highlight(m, 0, '[', ']') FROM m WHERE m MATCH ? ORDER BY rank", "cafe")
	if err := row.Scan(&body, &mark); err != nil || mark != "see you at the [café]" {
		t.Error(body, mark, err)
	}
	if err := db.QueryRowContext(t.Context(), "SELECT body FROM m WHERE m MATCH ?", `"`).Scan(&body); err == nil {
		t.Error("a malformed search was accepted")
	}
}

func TestSchemaChangeReachesCachedStatement(t *testing.T) {
	db := open(t)
	exec(t, db, "CREATE TABLE t (a); INSERT INTO t VALUES (1)")
	var a, b int
	if err := db.QueryRowContext(t.Context(), "SELECT * FROM t").Scan(&a); err != nil || a != 1 {
		t.Fatal(a, err)
	}
	exec(t, db, "ALTER TABLE t ADD COLUMN b DEFAULT 2")
	if err := db.QueryRowContext(t.Context(), "SELECT * FROM t").Scan(&a, &b); err != nil || a != 1 || b != 2 {
		t.Error(a, b, err)
	}
}

func TestManyStatementsThroughTheCache(t *testing.T) {
	db := open(t)
	for i := range 300 {
		var got int
		if err := db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT %d", i)).Scan(&got); err != nil || got != i {
			t.Fatal(i, got, err)
		}
	}
}

func TestErrorsCarryCodes(t *testing.T) {
	db := open(t)
	exec(t, db, "CREATE TABLE t (v INTEGER PRIMARY KEY, c CHECK (c > 0)); INSERT INTO t VALUES (1, 1)")
	cases := []struct {
		name, query string
		code        int
	}{
		{"syntax", "SELEC 1", 1},
		{"no such table", "SELECT * FROM nowhere", 1},
		{"primary key", "INSERT INTO t VALUES (1, 1)", 1555},
		{"check", "INSERT INTO t VALUES (2, 0)", 275},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := db.ExecContext(t.Context(), c.query)
			var e *wasmsqlite.Error
			if !errors.As(err, &e) || e.Code() != c.code {
				t.Fatalf("got %v, want code %d", err, c.code)
			}
			if len(e.Error()) < len("sqlite:  (1)") {
				t.Errorf("no text: %v", e)
			}
		})
	}
}

func TestFullDatabaseIsRecognised(t *testing.T) {
	db := open(t)
	exec(t, db, "CREATE TABLE t (v); PRAGMA max_page_count=20")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err = tx.ExecContext(t.Context(), "INSERT INTO t VALUES (zeroblob(1<<20))"); !errors.Is(err, wasmsqlite.ErrFull) {
		t.Fatalf("got %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Errorf("rollback: %v", err)
	}
	exec(t, db, "INSERT INTO t VALUES (1)")
}

// The browser's quota comes as an I/O error from the file system and must be told apart from a broken disk.
func TestUsedUpQuotaIsFull(t *testing.T) {
	if os.Getenv("PARLEY_TEST_QUOTA") == "" {
		t.Skip("run with --quota 20000000")
	}
	db := open(t)
	exec(t, db, "CREATE TABLE t (v)")
	var err error
	for i := 0; err == nil && i < 100; i++ {
		_, err = db.ExecContext(t.Context(), "INSERT INTO t VALUES (randomblob(1<<20))")
	}
	if !errors.Is(err, wasmsqlite.ErrFull) {
		t.Fatalf("got %v", err)
	}
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil || n == 0 {
		t.Errorf("%d rows can still be read, %v", n, err)
	}
}

func TestCancelledContextStopsRows(t *testing.T) {
	db := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rows, err := db.QueryContext(ctx, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i FROM n")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for n := 0; rows.Next(); n++ {
		if n == 10 {
			cancel()
		}
		if n > 1000 {
			t.Fatal("rows go on after the context was cancelled")
		}
	}
	if !errors.Is(rows.Err(), context.Canceled) {
		t.Errorf("got %v", rows.Err())
	}
	if _, err := db.ExecContext(ctx, "SELECT 1"); !errors.Is(err, context.Canceled) {
		t.Errorf("exec: %v", err)
	}
}

func TestBadNamesAreRefused(t *testing.T) {
	for _, name := range []string{"", "a/b", "a?b", `a\b`} {
		if db, err := wasmsqlite.Open(t.Context(), name); err == nil {
			db.Close()
			t.Errorf("%q was accepted", name)
		}
	}
}

func TestRowsSurviveReopening(t *testing.T) {
	if wasmsqlite.Where() != wasmsqlite.OPFS {
		t.Skip("this browser keeps databases in memory")
	}
	const name = "reopen.db"
	for i := range 3 {
		db, err := wasmsqlite.Open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, db, "CREATE TABLE IF NOT EXISTS t (v); INSERT INTO t VALUES (1)")
		if n := count(t, db, "t"); n != i+1 {
			t.Errorf("%d rows at opening %d", n, i+1)
		}
		var mode string
		if err := db.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
			t.Errorf("journal_mode %q, %v", mode, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := wasmsqlite.Remove(name); err != nil {
		t.Fatal(err)
	}
	db, err := wasmsqlite.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n := count(t, db, "sqlite_master"); n != 0 {
		t.Errorf("%d tables after Remove", n)
	}
}

// The database is left open, as it is when a tab closes; each run of the harness is a new worker on the same files.
func TestRowsSurviveTheWorker(t *testing.T) {
	if wasmsqlite.Where() != wasmsqlite.OPFS {
		t.Skip("this browser keeps databases in memory")
	}
	db, err := wasmsqlite.Open(t.Context(), "worker.db")
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, "CREATE TABLE IF NOT EXISTS t (v)")
	exec(t, db, "INSERT INTO t VALUES (1)")
	if got, want := fmt.Sprint(count(t, db, "t")), os.Getenv("PARLEY_TEST_RUN"); got != want {
		t.Errorf("%s rows in run %s", got, want)
	}
}

func TestTenThousandRowsInOneTransaction(t *testing.T) {
	db := open(t)
	exec(t, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT, raw BLOB)")
	insert(t, db, 10_000)
	rows, err := db.QueryContext(t.Context(), "SELECT id, body, raw FROM t ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var id int
		var body string
		var raw []byte
		if err := rows.Scan(&id, &body, &raw); err != nil || id != n || body != "message" || len(raw) != 100 {
			t.Fatal(id, body, len(raw), err)
		}
	}
	if n != 10_000 || rows.Err() != nil {
		t.Errorf("%d rows, %v", n, rows.Err())
	}
}

func insert(t testing.TB, db *wasmsqlite.DB, n int) {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	raw := make([]byte, 100)
	for i := range n {
		exec(t, tx, "INSERT INTO t VALUES (?, ?, ?)", i, "message", raw)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkInsertInOneTransaction(b *testing.B) {
	db := open(b)
	exec(b, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT, raw BLOB)")
	b.ResetTimer()
	insert(b, db, b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkInsertEachCommitted(b *testing.B) {
	db := open(b)
	exec(b, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)")
	b.ResetTimer()
	for i := range b.N {
		exec(b, db, "INSERT INTO t VALUES (?, ?)", i, "message")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkScanRows(b *testing.B) {
	db := open(b)
	exec(b, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT, raw BLOB)")
	insert(b, db, 10_000)
	b.ResetTimer()
	rows, err := db.QueryContext(b.Context(), "SELECT t.* FROM t, (SELECT 1 FROM t, t) LIMIT ?", b.N)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		var body string
		var raw []byte
		if err := rows.Scan(&id, &body, &raw); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkQueryOneRow(b *testing.B) {
	db := open(b)
	exec(b, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT, raw BLOB)")
	insert(b, db, 10_000)
	b.ResetTimer()
	// A context that can be cancelled costs database/sql a goroutine for every query, three times the query itself.
	for i := range b.N {
		var body string
		if err := db.QueryRowContext(context.Background(), "SELECT body FROM t WHERE id=?", i%10_000).Scan(&body); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
