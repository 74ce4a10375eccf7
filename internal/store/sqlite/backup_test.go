package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"parley/internal/store"
)

// A copy that is made while others write is whole, and for its owner alone.
func TestCopyBesideWriters(t *testing.T) {
	st := open(t, t.TempDir(), Options{})
	if err := putCode(st, "+32470000001"); err != nil {
		t.Fatal(err)
	}
	stop, writing := make(chan struct{}), make(chan error)
	go func() {
		var err error
		for n := 0; err == nil; n++ {
			select {
			case <-stop:
				close(writing)
				return
			default:
				err = putCode(st, "+32470000002")
			}
		}
		writing <- err
	}()
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	if err := st.Copy(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := st.Copy(t.Context(), path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("copying over a file gave %v", err)
	}
	close(stop)
	if err := <-writing; err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy is %v, %v", info, err)
	}
	copied := open(t, dir, Options{})
	if err := copied.Check(t.Context()); err != nil {
		t.Error(err)
	}
	err := copied.View(t.Context(), func(r store.Reader) error {
		codes, err := r.ListCodes("+32470000001")
		if len(codes) != 1 {
			t.Errorf("the copy has %d codes, want 1", len(codes))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Damage is found by reading all, and named as such when the file cannot be opened at all.
func TestCheckFindsDamage(t *testing.T) {
	dir := t.TempDir()
	st, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 300 {
		if err := putCode(st, phoneOf(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(st.Check(t.Context()), st.Close()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the closed database has a log: %v", err)
	}
	database, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := len(database) / 2; at < len(database); at++ {
		database[at] = 0xa5
	}
	if err := os.WriteFile(path, database, 0o600); err != nil {
		t.Fatal(err)
	}
	damaged, err := Open(t.Context(), dir, Options{})
	if err == nil {
		err = errors.Join(damaged.Check(t.Context()), damaged.Close())
	}
	if !errors.Is(err, store.ErrDamaged) {
		t.Errorf("damage gave %v", err)
	}
	if err := os.WriteFile(path, []byte("this is not a database, whatever its name says, and no page of one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, Options{}); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("a text gave %v", err)
	}
}

// A database of each earlier version comes to the present one with what it had, and a copy of
// it is kept as it was.
func TestMigratesFromEveryVersion(t *testing.T) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for version := 1; version < len(names); version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			dir := t.TempDir()
			before(t, dir, names[version], `
				INSERT INTO accounts (account_id, phone, account_key, created_ms) VALUES (zeroblob(16), '+32470000001', zeroblob(32), 7);`)
			st := open(t, dir, Options{})
			if err := st.Check(t.Context()); err != nil {
				t.Error(err)
			}
			err := st.View(t.Context(), func(r store.Reader) error {
				a, err := r.FindAccountByPhone("+32470000001")
				if a.Created.UnixMilli() != 7 {
					t.Errorf("the account is %+v", a)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
			if kept := versionOf(t, filepath.Join(dir, fmt.Sprintf("relay-v%d.db", version))); kept != version {
				t.Errorf("the copy is of version %d", kept)
			}
		})
	}
	dir := t.TempDir()
	open(t, dir, Options{})
	if copies, _ := filepath.Glob(filepath.Join(dir, "relay-v*")); len(copies) > 0 {
		t.Errorf("a new database has the copies %v", copies)
	}
}

func versionOf(t *testing.T, path string) (version int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}
