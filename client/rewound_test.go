package client_test

import (
	"crypto/ed25519"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/client/store"
	"parley/mls"
	"parley/wire"
)

// A device whose storage was put back from a backup notices, sends nothing under
// keys it has used, joins again, and has the messages: whether the relay has its
// acknowledgement or only what it sent.
func TestRestoredBackup(t *testing.T) {
	t.Parallel()
	for name, acknowledged := range map[string]bool{"acknowledged": true, "sent only": false} {
		t.Run(name, func(t *testing.T) {
			r, a1, a2, b1, _ := people(t)
			a1.Send(bob, "one")
			b1.Send(alice, "two")
			a1.WantTexts(bob, []string{"one", "two"})
			b1.WantTexts(alice, []string{"one", "two"})
			backup, observer := copyStorage(t, a1), openObserver(t, copyStorage(t, b1))
			r.Record()
			if !acknowledged {
				r.Cut(func(device string, f *wire.Frame) bool {
					request, ok := f.Body.(*wire.Request)
					if !ok || device != a1.Name {
						return false
					}
					_, acks := request.Call.(*wire.Ack)
					return acks
				})
			}
			a1.Send(bob, "three")
			if acknowledged {
				b1.Send(alice, "four")
				a1.WantTexts(bob, []string{"one", "two", "three", "four"})
				a1.Texts(bob)
			}
			a2.Texts(bob)
			b1.Texts(alice)
			a1.Stop()
			r.Cut(nil)
			putBack(t, a1, backup)
			a1.Start()
			a1.Send(bob, "five")
			a1.Send(bob, "six")
			b1.Send(alice, "seven")
			want := []string{"one", "two", "three", "four", "five", "six", "seven"}
			if !acknowledged {
				want = []string{"one", "two", "three", "five", "six", "seven"}
			}
			b1.WantTexts(alice, want)
			a2.WantTexts(bob, want)
			a1.WantTexts(bob, want)
			observer.check(t, r.Traffic())
		})
	}
}

// copyStorage copies a device's storage while it is stopped for it.
func copyStorage(t *testing.T, d *Device) string {
	t.Helper()
	d.Stop()
	data, err := os.ReadFile(d.Storage())
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// putBack puts a copy in place of the storage of a stopped device.
func putBack(t *testing.T, d *Device, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(d.Storage() + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(d.Storage(), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// viewStorage reads a device's storage as somebody does who has copied it.
func viewStorage(t *testing.T, path string, f func(*store.Tx) error) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := store.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.View(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// observer is a member of the direct conversation, as it was saved, who opens
// everything that is sent in the present epoch.
type observer struct {
	conversation *store.Conversation
	group        *mls.Group
}

func openObserver(t *testing.T, path string) *observer {
	t.Helper()
	o := &observer{}
	viewStorage(t, path, func(tx *store.Tx) error {
		identity, err := tx.FindIdentity()
		if err != nil {
			return err
		}
		all, err := tx.FindConversations()
		if err != nil {
			return err
		}
		for _, c := range all {
			if c.Kind != store.KindDirect {
				continue
			}
			state, saved, err := tx.FindGroup(c.ID)
			if err != nil {
				return err
			}
			records := make([]mls.RatchetRecord, len(saved))
			for i, r := range saved {
				records[i] = mls.RatchetRecord(r)
			}
			o.conversation = c
			o.group, err = mls.Restore(mls.Config{Signer: ed25519.NewKeyFromSeed(identity.DeviceSeed)}, state, records)
			return err
		}
		return errors.New("no direct conversation")
	})
	return o
}

// check opens each ciphertext of the observer's epoch once: a key that was used
// for two would be gone at the second. Later epochs must have come.
func (o *observer) check(t *testing.T, traffic [][]byte) {
	t.Helper()
	seen, opened, later := map[string]bool{}, 0, 0
	for _, data := range traffic {
		frame, err := wire.Decode(data)
		if err != nil {
			continue
		}
		request, _ := frame.Body.(*wire.Request)
		if request == nil {
			continue
		}
		send, _ := request.Call.(*wire.Send)
		if send == nil || send.Kind != wire.EntryApplication || string(send.ConversationID) != string(o.conversation.ID[:]) || seen[string(send.Message)] {
			continue
		}
		seen[string(send.Message)] = true
		if send.Epoch > o.group.Epoch() {
			later++
			continue
		}
		if _, err := o.group.Process(send.Message); err != nil && !errors.Is(err, mls.ErrOwnMessage) && !errors.Is(err, mls.ErrRewound) {
			t.Errorf("a ciphertext of epoch %d does not open: %v", send.Epoch, err)
		}
		opened++
	}
	if opened == 0 || later == 0 {
		t.Errorf("%d messages of the epoch and %d of later ones: the test proves nothing", opened, later)
	}
}
