//go:build js && wasm

package wasmsqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall/js"
	"testing"

	"parley/client/wasmsqlite"
)

var (
	key      = bytes.Repeat([]byte{7}, wasmsqlite.KeySize)
	otherKey = bytes.Repeat([]byte{8}, wasmsqlite.KeySize)
)

// words are what no file may show.
const words = "the combination of the bicycle lock"

func needsFiles(t testing.TB) {
	t.Helper()
	if wasmsqlite.Where() != wasmsqlite.OPFS {
		t.Skip("this browser keeps databases in memory")
	}
}

// openSealed opens a database and removes it after the test.
func openSealed(t testing.TB, name string, key []byte) *wasmsqlite.DB {
	t.Helper()
	db, err := wasmsqlite.OpenSealed(t.Context(), name, key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), wasmsqlite.Remove(name)); err != nil {
			t.Error(err)
		}
	})
	return db
}

// shut closes a database that was made for what comes.
func shut(t testing.TB, db *wasmsqlite.DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// await gives what a promise resolves with.
func await(t testing.TB, promise js.Value) js.Value {
	t.Helper()
	type outcome struct {
		value js.Value
		err   bool
	}
	done := make(chan outcome, 1)
	settle := func(failed bool) js.Func {
		f := js.FuncOf(func(_ js.Value, args []js.Value) any {
			done <- outcome{args[0], failed}
			return nil
		})
		t.Cleanup(f.Release)
		return f
	}
	promise.Call("then", settle(false), settle(true))
	got := <-done
	if got.err {
		t.Fatal(got.value.Call("toString").String())
	}
	return got.value
}

// onDisk gives what is in the files of the pool, as whoever copies the disk reads it.
func onDisk(t testing.TB) string {
	t.Helper()
	folder := await(t, js.Global().Get("navigator").Get("storage").Call("getDirectory"))
	for _, name := range []string{"parley", ".opaque"} {
		folder = await(t, folder.Call("getDirectoryHandle", name))
	}
	var all strings.Builder
	for files := folder.Call("values"); ; {
		next := await(t, files.Call("next"))
		if next.Get("done").Bool() {
			return all.String()
		}
		content := await(t, await(t, next.Get("value").Call("getFile")).Call("arrayBuffer"))
		content = js.Global().Get("Uint8Array").New(content)
		raw := make([]byte, content.Length())
		js.CopyBytesToGo(raw, content)
		all.Write(raw)
	}
}

func TestSealedDatabaseShowsNothingOnTheDisk(t *testing.T) { // M38
	needsFiles(t)
	plain := openSealed(t, "plain-words.db", nil)
	exec(t, plain, "CREATE TABLE t (v); INSERT INTO t VALUES (?)", words)
	if !strings.Contains(onDisk(t), words) {
		t.Fatal("the test does not see what a plain database holds")
	}
	shut(t, plain)
	if err := wasmsqlite.Remove("plain-words.db"); err != nil {
		t.Fatal(err)
	}

	db := openSealed(t, "sealed-words.db", key)
	exec(t, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE INDEX tv ON t(v); PRAGMA wal_autocheckpoint=5")
	for range 200 {
		exec(t, db, "INSERT INTO t(v) VALUES (?)", strings.Repeat(words, 20))
	}
	// What SQLite puts aside to be able to go back to a savepoint goes to a file of its own.
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, "SAVEPOINT s; UPDATE t SET v=v||'!'")
	if strings.Contains(onDisk(t), words[:12]) {
		t.Error("the words are readable in a transaction")
	}
	exec(t, tx, "ROLLBACK TO s; UPDATE t SET v=v||'?' WHERE id<10; DELETE FROM t WHERE id>100")
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	exec(t, db, "SELECT * FROM t ORDER BY v DESC, id")
	if strings.Contains(onDisk(t), words[:12]) {
		t.Error("the words are readable while the database is open")
	}
	shut(t, db)
	if strings.Contains(onDisk(t), words[:12]) {
		t.Error("the words are readable after it is closed")
	}
	again, err := wasmsqlite.OpenSealed(t.Context(), "sealed-words.db", key)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if n := count(t, again, "t WHERE v LIKE '"+words+"%'"); n != 100 {
		t.Errorf("%d rows", n)
	}
}

func TestSealedDatabaseIsNotOpenedTwice(t *testing.T) {
	needsFiles(t)
	db := openSealed(t, "twice.db", key)
	exec(t, db, "CREATE TABLE t (v); INSERT INTO t VALUES (1)")
	for _, again := range [][]byte{key, otherKey, nil} {
		if _, err := wasmsqlite.OpenSealed(t.Context(), "twice.db", again); !errors.Is(err, wasmsqlite.ErrBusy) {
			t.Errorf("key %v: %v", again, err)
		}
	}
	exec(t, db, "INSERT INTO t VALUES (2)")
	if n := count(t, db, "t"); n != 2 {
		t.Errorf("%d rows", n)
	}
}

func TestWrongKeyIsNotADatabase(t *testing.T) { // M38
	needsFiles(t)
	db := openSealed(t, "wrong.db", key)
	exec(t, db, "CREATE TABLE t (v); INSERT INTO t VALUES (1)")
	shut(t, db)
	for _, other := range [][]byte{otherKey, nil} {
		if _, err := wasmsqlite.OpenSealed(t.Context(), "wrong.db", other); !errors.Is(err, wasmsqlite.ErrNotADatabase) {
			t.Errorf("key %v: %v", other, err)
		}
	}
	if _, err := wasmsqlite.OpenSealed(t.Context(), "wrong.db", key[:31]); err == nil {
		t.Error("a short key")
	}
	again, err := wasmsqlite.OpenSealed(t.Context(), "wrong.db", key)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if n := count(t, again, "t"); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestCopySealsAndOpens(t *testing.T) { // M38
	needsFiles(t)
	const rows = 3000
	for _, c := range []struct {
		name     string
		from, to []byte
	}{{"seal", nil, key}, {"open", key, nil}, {"new key", key, otherKey}} {
		t.Run(c.name, func(t *testing.T) {
			db := openSealed(t, "from.db", c.from)
			exec(t, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, raw BLOB); PRAGMA user_version=7")
			insert(t, db, rows)
			if err := wasmsqlite.Copy("from.db", c.from, "to.db", c.to); !errors.Is(err, wasmsqlite.ErrBusy) {
				t.Errorf("copied while open: %v", err)
			}
			shut(t, db)
			for range 2 { // the second replaces the first
				if err := wasmsqlite.Copy("from.db", c.from, "to.db", c.to); err != nil {
					t.Fatal(err)
				}
			}
			to := openSealed(t, "to.db", c.to)
			var version int
			var check string
			if err := to.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version); err != nil || version != 7 {
				t.Error(version, err)
			}
			if err := to.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
				t.Error(check, err)
			}
			if n := count(t, to, "t"); n != rows {
				t.Errorf("%d rows", n)
			}
			exec(t, to, "INSERT INTO t(v) VALUES ('more')")
		})
	}
}

func TestCopyOfNothingFails(t *testing.T) {
	needsFiles(t)
	var fault *wasmsqlite.Error
	if err := wasmsqlite.Copy("nowhere.db", nil, "to.db", key); !errors.As(err, &fault) || fault.Code() != 14 {
		t.Error(err)
	}
	db := openSealed(t, "locked.db", key)
	exec(t, db, "CREATE TABLE t (v)")
	shut(t, db)
	if err := wasmsqlite.Copy("locked.db", otherKey, "to.db", nil); !errors.Is(err, wasmsqlite.ErrNotADatabase) {
		t.Errorf("another key: %v", err)
	}
	if err := wasmsqlite.Remove("to.db"); err != nil {
		t.Error(err)
	}
}

// The harness ends the worker at any moment, with --kill, and the next run looks at what is there: every transaction whole,
// and each that had been committed.
func TestSealedDatabaseSurvivesTheWorkersEnd(t *testing.T) { // M38
	needsFiles(t)
	if os.Getenv("PARLEY_TEST_KILL") == "" {
		t.Skip("NOT RUN: needs --kill of web/test/gowasm.mjs")
	}
	ctx := context.Background()
	db, err := wasmsqlite.OpenSealed(ctx, "killed.db", key)
	if err != nil {
		t.Fatal(err)
	}
	acks, err := wasmsqlite.Open(ctx, "acks.db")
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, "PRAGMA wal_autocheckpoint=8; CREATE TABLE IF NOT EXISTS t (batch, part, v)")
	exec(t, acks, "CREATE TABLE IF NOT EXISTS acks (batch INTEGER)")
	var check string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
		t.Fatal(check, err)
	}
	batches, acknowledged := count(t, db, "(SELECT DISTINCT batch FROM t)"), count(t, acks, "acks")
	whole := count(t, db, "t WHERE length(v)=1000+batch%3000")
	if whole != 3*batches || batches < acknowledged {
		t.Fatalf("%d batches in %d whole rows, %d had been acknowledged", batches, whole, acknowledged)
	}
	fmt.Printf("run %s: %d transactions\n", os.Getenv("PARLEY_TEST_RUN"), batches)
	if os.Getenv("PARLEY_TEST_KILL") == "last" {
		if batches == 0 {
			t.Error("nothing was written before the worker ended")
		}
		return
	}
	fmt.Println("KILL ME")
	for batch := batches; ; batch++ {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		for part := range 3 {
			exec(t, tx, "INSERT INTO t VALUES (?, ?, ?)", batch, part, strings.Repeat("x", 1000+batch%3000))
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		exec(t, acks, "INSERT INTO acks VALUES (?)", batch)
	}
}

// BenchmarkScanTwentyMegabytes reads a database that is larger than SQLite's cache, from the disk each time.
func BenchmarkScanTwentyMegabytes(b *testing.B) {
	db := open(b)
	exec(b, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)")
	exec(b, db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000) INSERT INTO t SELECT i, zeroblob(1000) FROM n")
	exec(b, db, "PRAGMA wal_checkpoint(TRUNCATE)")
	b.ResetTimer()
	for range b.N {
		var n int
		if err := db.QueryRowContext(b.Context(), "SELECT sum(length(v)+instr(v, x'01')) FROM t").Scan(&n); err != nil || n != 20_000_000 {
			b.Fatal(n, err)
		}
	}
}
