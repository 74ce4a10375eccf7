package applock

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"parley/client/api"
)

func newSlots(t *testing.T) (key []byte, slots map[string]slot, secrets map[string][]byte) {
	t.Helper()
	key = bytes.Repeat([]byte{7}, KeySize)
	slots = map[string]slot{
		kindPassphrase: {id: "a", kind: kindPassphrase, salt: bytes.Repeat([]byte{1}, saltSize), cost: Cost{64, 1, 1}, credential: []byte{}},
		kindPasskey:    {id: "b", kind: kindPasskey, salt: bytes.Repeat([]byte{2}, prfSize), credential: []byte("credential")},
	}
	secrets = map[string][]byte{kindPassphrase: []byte("correct horse"), kindPasskey: bytes.Repeat([]byte{3}, prfSize)}
	for kind, s := range slots {
		if err := s.wrap(rand.Reader, secrets[kind], key); err != nil {
			t.Fatal(err)
		}
		slots[kind] = s
	}
	return key, slots, secrets
}

// A slot opens for its own secret, as it was made, and for nothing else.
func TestSlot_M38(t *testing.T) {
	key, slots, secrets := newSlots(t)
	for kind, s := range slots {
		if got, err := s.unwrap(secrets[kind]); err != nil || !bytes.Equal(got, key) {
			t.Errorf("%s: %v", kind, err)
		}
		for what, change := range map[string]func(*slot){
			"another salt":       func(s *slot) { s.salt = bytes.Repeat([]byte{9}, len(s.salt)) },
			"another id":         func(s *slot) { s.id = "c" },
			"another credential": func(s *slot) { s.credential = []byte("x") },
			"another cost":       func(s *slot) { s.cost.Passes++ },
			"a changed key":      func(s *slot) { s.wrapped = append([]byte{s.wrapped[0] ^ 1}, s.wrapped[1:]...) },
		} {
			changed := s
			change(&changed)
			if got, err := changed.unwrap(secrets[kind]); err == nil || got != nil {
				t.Errorf("%s with %s opens", kind, what)
			}
		}
		if _, err := s.unwrap([]byte("wrong secret, 32 bytes or fewer.")); !errors.Is(err, errWrongKey) {
			t.Errorf("%s with a wrong secret: %v", kind, err)
		}
	}
}

// What somebody has written into lock.db takes bounded memory and does not panic.
func FuzzSlot(f *testing.F) {
	_, slots, _ := newSlots(&testing.T{})
	for kind, s := range slots {
		f.Add(kind, s.salt, uint32(64), uint32(1), uint8(1), s.wrapped)
	}
	f.Add(kindPassphrase, []byte{}, uint32(1<<31), uint32(0), uint8(0), []byte{})
	f.Fuzz(func(t *testing.T, kind string, salt []byte, memory, passes uint32, threads uint8, wrapped []byte) {
		if memory > 1<<10 && memory <= maxCost.MemoryKiB || passes > 4 && passes <= maxCost.Passes {
			return // allowed, and slow
		}
		s := slot{kind: kind, salt: salt, cost: Cost{memory, passes, threads}, wrapped: wrapped}
		if key, err := s.unwrap([]byte("secret")); err == nil || key != nil {
			t.Error("a slot that nobody made opens")
		}
	})
}

// memoryFiles keep plain databases only: enough to see what becomes of the key.
type memoryFiles struct{ dir string }

func (f memoryFiles) Open(_ context.Context, name string, _ []byte) (*sql.DB, error) {
	return sql.Open("sqlite", filepath.Join(f.dir, name))
}
func (memoryFiles) Copy(context.Context, string, []byte, string, []byte) error { return nil }
func (memoryFiles) Remove(string) error                                        { return nil }

// bare is an inner core without methods.
type bare struct{ db *sql.DB }

func (bare) Call(context.Context, string, json.RawMessage) (json.RawMessage, error) {
	return nil, api.ErrUnknownMethod
}
func (bare) Subscribe(func(string, json.RawMessage)) func() { return func() {} }
func (b bare) Close() error                                 { return b.db.Close() }

// The storage key is overwritten when the lock closes, and when the device does.
func TestKeyIsOverwritten_M38(t *testing.T) {
	open := func(ctx context.Context, db *sql.DB) (Inner, error) { return bare{db}, nil }
	c, err := Open(t.Context(), Config{
		Files: memoryFiles{t.TempDir()}, Name: "device.db", Open: open, Cost: Cost{64, 1, 1}, Rand: rand.Reader, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	zero := make([]byte, KeySize)
	call := func(method, params string) []byte {
		t.Helper()
		if _, err := c.Call(t.Context(), method, json.RawMessage(params)); err != nil {
			t.Fatal(err)
		}
		return c.key
	}
	key := call(api.SetLock.Name, `{"passphrase":"correct horse"}`)
	if len(key) != KeySize || bytes.Equal(key, zero) {
		t.Fatal("there is no key while the lock is open")
	}
	if c.Call(t.Context(), api.Lock.Name, nil); c.key != nil || !bytes.Equal(key, zero) {
		t.Error("the key is in memory while locked")
	}
	key = call(api.Unlock.Name, `{"passphrase":"correct horse"}`)
	if bytes.Equal(key, zero) {
		t.Fatal("unlocking gave no key")
	}
	if err := c.Close(); err != nil || !bytes.Equal(key, zero) {
		t.Errorf("the key is in memory after closing: %v", err)
	}
}
