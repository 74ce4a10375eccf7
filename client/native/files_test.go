package native

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"parley/client/applock"
	"parley/client/store"
	"parley/ident"
)

// BenchmarkDatabases is what a device does with its database, plain and sealed:
// messages that come one by one, each on the disk before the next, pages of a
// chat, and searches.
func BenchmarkDatabases(b *testing.B) {
	for name, key := range map[string][]byte{"plain": nil, "sealed": make([]byte, applock.KeySize)} {
		b.Run(name, func(b *testing.B) {
			db, err := Files(b.TempDir()).Open(b.Context(), "device.db", key)
			if err != nil {
				b.Fatal(err)
			}
			benchmarkDatabase(b, db)
		})
	}
}

// benchmarked has how many messages each part works on.
const benchmarked = 3000

func benchmarkDatabase(b *testing.B, db *sql.DB) {
	s, err := store.Open(b.Context(), db)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	update := func(b *testing.B, f func(*store.Tx) error) {
		b.Helper()
		if err := s.Update(b.Context(), f); err != nil {
			b.Fatal(err)
		}
	}
	peer := ident.AccountID{2}
	n := 0
	insert := func(tx *store.Tx) error {
		n++
		id := ident.MessageID{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}
		_, err := tx.CreateMessage(&store.Message{
			ID: id, Chat: ident.ChatWith(peer), Sequence: uint64(n), Sender: peer, Kind: "text", SentAt: int64(n),
			Text: fmt.Sprintf("Message %d of a chat in which people write a sentence at a time, now and then about topic %d.", n, n%97),
		})
		return err
	}
	update(b, func(tx *store.Tx) error { return tx.SaveChat(store.DirectChat(peer)) })
	b.Run("write=1", func(b *testing.B) {
		for b.Loop() {
			update(b, insert)
		}
	})
	update(b, func(tx *store.Tx) error {
		for range benchmarked {
			if err := insert(tx); err != nil {
				return err
			}
		}
		return nil
	})
	b.Run("write=100", func(b *testing.B) {
		for b.Loop() {
			update(b, func(tx *store.Tx) (err error) {
				for range 100 {
					err = errors.Join(err, insert(tx))
				}
				return err
			})
		}
	})
	b.Run("read=50", func(b *testing.B) {
		for b.Loop() {
			update(b, func(tx *store.Tx) error {
				found, err := tx.FindMessages(store.MessagePage{Chat: ident.ChatWith(peer), Limit: 50})
				if len(found) != 50 {
					b.Fatalf("%d messages", len(found))
				}
				return err
			})
		}
	})
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			update(b, func(tx *store.Tx) error {
				found, err := tx.Search([]string{"topic", "42"}, nil, 20)
				if len(found) == 0 {
					b.Fatal("nothing found")
				}
				return err
			})
		}
	})
}

// A sealed database opens under its key alone, and says when there is no room as
// the core expects it.
func TestSealed_M38(t *testing.T) {
	files, key := Files(t.TempDir()), make([]byte, applock.KeySize)
	db, err := files.Open(t.Context(), "device-1.db", key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE t (b BLOB); PRAGMA max_page_count = 10"); err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("INSERT INTO t VALUES (zeroblob(100000))")
	if code, ok := resultCode(err); !ok || code != store.Full || !isFull(err) {
		t.Errorf("without room: code %d, %v", code, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	wrong := append([]byte{1}, key[1:]...)
	if db, err := files.Open(t.Context(), "device-1.db", wrong); err == nil {
		db.Close()
		t.Error("another key opens it")
	}
	if db, err := files.Open(t.Context(), "device-1.db", key[1:]); err == nil {
		db.Close()
		t.Error("a short key opens it")
	}
	if err := files.Copy(t.Context(), "device-1.db", wrong, "device.db", nil); err == nil {
		t.Error("it is copied under another key")
	}
	keys.Range(func(word, _ any) bool {
		t.Errorf("the key of %v is still remembered", word)
		return true
	})
}
