package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/client/store"
	"parley/ident"
)

// A ratchet that was replaced or deleted is in no file of the database any more
// once the store has settled.
func TestSettle_LeavesNoFormerRatchet(t *testing.T) {
	s, dir := open(t, nil)
	id := ident.ConversationID{1}
	secret := func(n int) []byte { return []byte(strings.Repeat(string(rune('A'+n)), 36)) }
	save := func(key string, value []byte) {
		update(t, s, func(tx *store.Tx) error {
			return tx.SaveGroupRatchet(id, store.RatchetRecord{Key: []byte(key), Value: value})
		})
	}
	update(t, s, func(tx *store.Tx) error {
		return tx.SaveConversation(&store.Conversation{ID: id, Kind: store.KindSelf})
	})
	save("a", secret(0))
	save("b", secret(1))
	save("a", secret(2))
	save("b", nil)
	if !found(t, dir, secret(0)) || !found(t, dir, secret(1)) {
		t.Fatal("the test looks in the wrong place: the log should still have them")
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found(t, dir, secret(0)) || found(t, dir, secret(1)) || !found(t, dir, secret(2)) {
		t.Fatal("former ratchets are left, or the present one is not there")
	}
}

// found looks through all files of a folder.
func found(t *testing.T, dir string, what []byte) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, what) {
			return true
		}
	}
	return false
}
