package sqlite

import (
	"bytes"
	"database/sql"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"parley/ident"
	"parley/internal/store"
)

// X13: key packages from before there were suites are of suite 0x0003.
func TestX13_KeyPackagesFromBeforeSuites(t *testing.T) {
	dir := t.TempDir()
	device := ident.DeviceID(bytes.Repeat([]byte{7}, 16))
	before(t, dir, "key_package_suites", `
		INSERT INTO accounts (account_id, phone, account_key, created_ms) VALUES (zeroblob(16), '+32470000001', zeroblob(32), 0);
		INSERT INTO devices (device_id, account_id, certificate, device_key, is_primary, created_ms, last_active_ms, cursor)
			VALUES (x'07070707070707070707070707070707', zeroblob(16), x'01', zeroblob(32), 1, 0, 0, 0);
		INSERT INTO key_packages (device_id, key_package) VALUES (x'07070707070707070707070707070707', x'0a');
		INSERT INTO last_resort_key_packages (device_id, key_package) VALUES (x'07070707070707070707070707070707', x'0b');`)
	err := open(t, dir, Options{}).Update(t.Context(), func(tx store.Tx) error {
		for _, want := range []byte{0x0a, 0x0b, 0x0b} {
			got, err := tx.ClaimKeyPackage(device, 0x0003)
			if err != nil {
				return err
			}
			if !bytes.Equal(got, []byte{want}) {
				t.Errorf("claimed %x, want %x", got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// before makes a database as it was before a migration, and fills it.
func before(t *testing.T, dir, migration, rows string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	version := 0
	for !strings.Contains(names[version], migration) {
		text, err := migrations.ReadFile(names[version])
		if err != nil {
			t.Fatal(err)
		}
		version++
		if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.ExecContext(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "PRAGMA user_version = "+strconv.Itoa(version)); err != nil {
		t.Fatal(err)
	}
}
