package client_test

import (
	"crypto/rand"
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/client/api"
	"parley/internal/store/sqlite"
	"parley/wire"

	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// M10: while the relay has no room for another chunk the sender waits, and goes on
// when there is room again.
func TestM10_RelayFull(t *testing.T) {
	t.Parallel()
	r, a1, _, said := talk(t)
	room, err := sql.Open("sqlite", "file:"+filepath.Join(r.Dir(), sqlite.FileName)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	var once sync.Once
	var device []byte
	filled, refused := false, make(chan struct{})
	puts := 0
	r.Cut(func(name string, f *wire.Frame) bool {
		if name != "a1" || !calls[*wire.PutHistoryChunk](f) {
			return false
		}
		if puts++; puts == 1 {
			device = f.Body.(*wire.Request).Call.(*wire.PutHistoryChunk).DeviceID
			filled = fillHistory(t, room, device)
		}
		if puts > 2 { // it was refused, and tries again
			once.Do(func() { close(refused) })
		}
		return false
	})
	a2 := r.NewDevice("a2")
	a1.Link(a2)
	<-refused
	if h := Call(a2, api.GetHistory, api.None{}).Receiving; !filled || h == nil || h.State != api.HistoryAsked {
		t.Errorf("without room at the relay the device tells %+v", h)
	}
	if _, err := room.Exec("DELETE FROM history_chunks WHERE data = x'00'"); err != nil {
		t.Fatal(err)
	}
	wantHistory(a2)
	a2.WantTexts(bob, said)
}

// fillHistory leaves as many chunks at the relay as a device may have there.
func fillHistory(t *testing.T, relay *sql.DB, device []byte) bool {
	for range wire.MaxHistoryChunks {
		id := make([]byte, wire.IDSize)
		_, _ = rand.Read(id) // never fails
		if _, err := relay.Exec("INSERT INTO history_chunks VALUES (?, ?, x'00', ?)", device, id, time.Now().UnixMilli()); err != nil {
			t.Errorf("fill the relay: %v", err)
			return false
		}
	}
	return true
}

// M10, M16: where the account's number is registered anew half-way, the new device
// is logged out, and nothing of the history stays.
func TestM10_PrimaryRemovedHalfway(t *testing.T) {
	t.Parallel()
	r, a1, _, said := talk(t)
	a2 := r.NewDevice("a2")
	fetched := 0
	r.Cut(func(name string, f *wire.Frame) bool {
		if name == "a2" && calls[*wire.GetHistoryChunk](f) {
			fetched++
			return fetched > 2
		}
		return false
	})
	a1.Link(a2)
	a2.Eventually("has a part of its history", func() bool {
		h := Call(a2, api.GetHistory, api.None{}).Receiving
		return h != nil && h.State == api.HistoryComing && len(a2.Held(bob)) < len(said)
	})
	a1.Stop()
	r.NewDevice("another phone").Register(alice)
	r.Cut(nil)
	a2.Eventually("is logged out", func() bool {
		return Call(a2, api.GetStatus, api.None{}).State == api.StateLoggedOut
	})
	if h := Call(a2, api.GetHistory, api.None{}); h.Receiving != nil {
		t.Errorf("a device that is logged out tells %+v", h.Receiving)
	}
	a2.Stop()
	left := 0
	query(t, a2, "SELECT (SELECT count(*) FROM history) + (SELECT count(*) FROM history_part) + (SELECT count(*) FROM message)", &left)
	if left != 0 {
		t.Errorf("%d rows are left", left)
	}
}

// M9, M5: old messages have the same ticks on a new device as on the primary.
func TestM9_TicksOfHistory(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, b1 := r.NewDevice("a1"), r.NewDevice("b1")
	a1.Register(alice)
	b1.Register(bob)
	a1.Send(bob, "one")
	b1.WantTexts(alice, []string{"one"})
	chat := Call(b1, api.ListChats, api.None{}).Chats[0]
	Call(b1, api.MarkRead, api.MarkReadParams{ChatID: chat.ID, Order: chat.Last.Order})
	Call(b1, api.Sync, api.None{})
	a1.Send(bob, "two")
	b1.WantTexts(alice, []string{"one", "two"})
	Call(b1, api.Sync, api.None{})
	b1.Stop()
	a1.Send(bob, "three")
	want := []string{"one read", "two delivered", "three sent"}
	has := func(d *Device) func() bool { return func() bool { return slices.Equal(ticks(d), want) } }
	a1.Eventually(strings.Join(want, ", "), has(a1))
	a2 := r.NewDevice("a2")
	a1.Link(a2)
	wantHistory(a2)
	a2.Eventually(strings.Join(want, ", "), has(a2))
	a2.Stop()
	a2.Start()
	a2.Eventually(strings.Join(want, ", "), has(a2))
}

// ticks are the messages with Bob and how far each got.
func ticks(d *Device) (all []string) {
	for _, m := range d.Messages(bob) {
		if m.Kind == api.MessageText {
			all = append(all, m.Text+" "+string(m.Status))
		}
	}
	return all
}

// M11: until something comes, a new device tells whether anybody is there to send it.
func TestM11_NobodyOnline(t *testing.T) {
	t.Parallel()
	r, a1, _, said := talk(t)
	a2 := r.NewDevice("a2")
	r.Cut(func(name string, f *wire.Frame) bool { return name == "a1" && calls[*wire.PutHistoryChunk](f) })
	a1.Link(a2)
	tells := func(state api.HistoryState) func() bool {
		return func() bool {
			h := Call(a2, api.GetHistory, api.None{}).Receiving
			return h != nil && h.State == state
		}
	}
	a2.Eventually("asks", tells(api.HistoryAsked))
	a1.Stop()
	a2.Stop()
	a2.Start()
	a2.Eventually("knows that nobody is online", tells(api.HistoryWaiting))
	r.Cut(nil)
	a1.Start()
	wantHistory(a2)
	a2.WantTexts(bob, said)
}
