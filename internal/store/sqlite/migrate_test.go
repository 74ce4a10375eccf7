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
	"parley/wire"
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

// X5: a relay that is older than groups keeps its conversations and takes groups, whose rows are larger and of a kind
// that its tables did not allow.
func TestX5_GroupsComeToAnOlderRelay(t *testing.T) {
	dir := t.TempDir()
	before(t, dir, "0008_groups", `
		INSERT INTO accounts (account_id, phone, account_key, created_ms) VALUES (zeroblob(16), '+32470000001', zeroblob(32), 0);
		INSERT INTO conversations (conversation_id, kind, epoch, last_sequence, last_active_ms, suite) VALUES (zeroblob(16), 1, 1, 5, 0, 3);
		INSERT INTO group_infos (conversation_id, group_info) VALUES (zeroblob(16), x'0a');`)
	st := open(t, dir, Options{})
	former, group := ident.ConversationID{}, ident.ConversationID{1}
	large := make([]byte, 600<<10)
	err := st.Update(t.Context(), func(tx store.Tx) error {
		if c, err := tx.FindConversation(former); err != nil || c.LastSequence != 5 || c.Kind != wire.ConversationSelf {
			t.Errorf("the former conversation is %+v, %v", c, err)
		}
		c := store.Conversation{ID: group, Kind: wire.ConversationGroup, Suite: 3}
		if err := tx.CreateConversation(c, []ident.AccountID{{}}); err != nil {
			return err
		}
		return tx.AdvanceEpoch(group, 1, large, nil, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = st.View(t.Context(), func(r store.Reader) error {
		info, err := r.FindGroupInfo(group)
		if !bytes.Equal(info, large) {
			t.Errorf("a GroupInfo of %d bytes came back", len(info))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var found string
	if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&found); err != nil || found != "ok" {
		t.Errorf("the database is %q, %v", found, err)
	}
	_, err = db.ExecContext(t.Context(), `INSERT INTO conversations (conversation_id, kind, epoch, last_active_ms, suite) VALUES (x'02020202020202020202020202020202', 4, 1, 0, 3)`)
	if err == nil {
		t.Error("a kind of conversation that there is not is taken")
	}
}
