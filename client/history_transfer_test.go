package client_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley/client/api"
	"parley/client/native"
	"parley/wire"

	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// wantHistory waits until a device says that it has all of its history.
func wantHistory(d *Device) api.HistoryReceiving {
	var got api.HistoryReceiving
	d.Eventually("has its history", func() bool {
		h := Call(d, api.GetHistory, api.None{})
		if h.Receiving != nil {
			got = *h.Receiving
		}
		return got.State == api.HistoryDone
	})
	return got
}

// M9, M10: a message of 364 days is on a new device, one of 366 is not.
func TestM9_AYearOfHistory(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, b1 := r.NewDevice("a1"), r.NewDevice("b1")
	a1.Register(alice)
	b1.Register(bob)
	a1.Send(bob, "366 days old")
	b1.WantTexts(alice, []string{"366 days old"})
	r.Pass(2 * 24 * time.Hour)
	b1.Send(alice, "364 days old")
	a1.WantTexts(bob, []string{"366 days old", "364 days old"})
	for range 364 {
		r.Pass(24 * time.Hour)
	}
	a1.Stop() // and learn what time it is
	a1.Start()
	a1.Send(bob, "new")
	a2 := r.NewDevice("a2")
	a1.Link(a2)
	got := wantHistory(a2)
	a2.WantTexts(bob, []string{"364 days old", "new"})
	if got.Received != 2 || got.Total != 2 || got.DeviceName != "a1" {
		t.Errorf("the device tells of its history %+v", got)
	}
	a1.WantTexts(bob, []string{"366 days old", "364 days old", "new"})
}

// talk has Alice and Bob say so much that it takes several chunks.
func talk(t *testing.T) (r *Relay, a1, b1 *Device, said []string) {
	t.Helper()
	r = NewRelay(t)
	a1, b1 = r.NewDevice("a1"), r.NewDevice("b1")
	a1.Register(alice)
	b1.Register(bob)
	for i := range 30 {
		text := fmt.Sprintf("%d%s", i, strings.Repeat(" long", 8000))
		said = append(said, text)
		if i%2 == 0 {
			a1.Send(bob, text)
		} else {
			b1.Send(alice, text)
		}
	}
	a1.WantTexts(bob, said)
	b1.WantTexts(alice, said)
	return r, a1, b1, said
}

// calls reports whether a frame is a request of type C.
func calls[C wire.RequestCall](f *wire.Frame) bool {
	request, ok := f.Body.(*wire.Request)
	if !ok {
		return false
	}
	_, ok = request.Call.(C)
	return ok
}

// M10: whatever device dies at whatever step, the history is whole in the end.
func TestM10_HistoryAfterCrashes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		device string
		at     func(*wire.Frame) bool
		nth    int32
	}{
		"sender leaves a chunk":        {"a1", calls[*wire.PutHistoryChunk], 3},
		"receiver fetches the first":   {"a2", calls[*wire.GetHistoryChunk], 1},
		"receiver fetches another":     {"a2", calls[*wire.GetHistoryChunk], 3},
		"receiver has taken one":       {"a2", func(f *wire.Frame) bool { return calls[*wire.DeleteHistoryChunk](f) && !deletesAll(f) }, 2},
		"receiver is about to ask":     {"a2", deletesAll, 1},
		"sender says what it has left": {"a1", sendsBehind(), 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, a1, b1, said := talk(t)
			a2 := r.NewDevice("a2")
			dies := map[string]*Device{"a1": a1, "a2": a2}[c.device]
			var count atomic.Int32
			died := make(chan struct{})
			r.Cut(func(device string, f *wire.Frame) bool {
				if device != c.device || !c.at(f) {
					return false
				}
				n := count.Add(1)
				if n == c.nth {
					close(died)
				}
				return n >= c.nth && n < c.nth+100 // dead until it is started again
			})
			a1.Link(a2)
			<-died
			dies.Stop()
			r.Cut(nil)
			dies.Start()
			wantHistory(a2)
			a2.WantTexts(bob, said)
			a2.Send(bob, "and I write on")
			b1.WantTexts(alice, append(slices.Clone(said), "and I write on"))
		})
	}
}

func deletesAll(f *wire.Frame) bool {
	request, ok := f.Body.(*wire.Request)
	if !ok {
		return false
	}
	m, ok := request.Call.(*wire.DeleteHistoryChunk)
	return ok && len(m.ChunkID) == 0
}

// sendsBehind reports messages that are sent after a chunk was left at the relay.
func sendsBehind() func(*wire.Frame) bool {
	var left atomic.Bool
	return func(f *wire.Frame) bool {
		if calls[*wire.PutHistoryChunk](f) {
			left.Store(true)
		}
		return left.Load() && calls[*wire.Send](f)
	}
}

// M10: where the primary leaves half-way, another device of the account goes on.
func TestM10_AnotherSiblingGoesOn(t *testing.T) {
	t.Parallel()
	r, a1, _, said := talk(t)
	a2, a3 := r.NewDevice("a2"), r.NewDevice("a3")
	a1.Link(a2)
	wantHistory(a2)
	var count atomic.Int32
	gone := make(chan struct{})
	r.Cut(func(device string, f *wire.Frame) bool {
		if device != "a1" || !calls[*wire.PutHistoryChunk](f) {
			return false
		}
		n := count.Add(1)
		if n == 3 {
			close(gone)
		}
		return n >= 3
	})
	a1.Link(a3)
	<-gone
	a1.Stop()
	got := wantHistory(a3)
	a3.WantTexts(bob, said)
	if got.DeviceName != "a2" {
		t.Errorf("the last of the history came from %q", got.DeviceName)
	}
}

// M9: the latest comes first, and can be read before this device has sent a
// message and before the rest is there.
func TestM9_LatestFirst(t *testing.T) {
	t.Parallel()
	r, a1, _, said := talk(t)
	a2 := r.NewDevice("a2")
	var count atomic.Int32
	r.Cut(func(device string, f *wire.Frame) bool {
		return device == "a2" && (calls[*wire.GetHistoryChunk](f) && count.Add(1) > 2 || calls[*wire.Send](f) && count.Load() > 2)
	})
	a1.Link(a2)
	a2.Eventually("has the latest", func() bool { return len(a2.Held(bob)) > 3 })
	held := a2.Held(bob)
	if len(held) == len(said) || !slices.Equal(held, said[len(said)-len(held):]) {
		t.Errorf("the first %d messages are not the latest", len(held))
	}
	h := Call(a2, api.GetHistory, api.None{}).Receiving
	if h == nil || h.State != api.HistoryComing || h.Received != len(held) || h.Total != len(said) {
		t.Errorf("of %d messages the device tells %+v", len(held), h)
	}
	r.Cut(nil)
	wantHistory(a2)
	a2.WantTexts(bob, said)
}

// M10: what passes the relay is sealed, not only compressed, and the key is gone
// when everything is there.
func TestM10_HistoryIsSealed(t *testing.T) {
	t.Parallel()
	r, a1, _, said := talk(t)
	r.Record()
	a2 := r.NewDevice("a2")
	a1.Link(a2)
	wantHistory(a2)
	a2.WantTexts(bob, said)
	chunks := 0
	for _, b := range r.Traffic() {
		if bytes.Contains(b, []byte("long long")) {
			t.Fatal("a text passed the relay")
		}
		frame, err := wire.Decode(b)
		if err != nil || !calls[*wire.PutHistoryChunk](frame) {
			continue
		}
		chunks++
		data := frame.Body.(*wire.Request).Call.(*wire.PutHistoryChunk).Data
		if len(data) > wire.MaxHistoryChunk {
			t.Errorf("a chunk has %d bytes", len(data))
		}
		// Bytes at random may well be something compressed.
		if plain, err := native.Inflate(t.Context(), data, 1<<20); err == nil && bytes.Contains(plain, []byte("long long")) {
			t.Error("a chunk is only compressed")
		}
	}
	if chunks < 4 {
		t.Errorf("%d chunks passed the relay", chunks)
	}
	Call(a2, api.Sync, api.None{}) // the last chunk is deleted at the relay after it was taken
	a2.Stop()
	keys, parts := 0, 0
	query(t, a2, "SELECT count(private_key) FROM history", &keys)
	query(t, a2, "SELECT count(*) FROM history_part", &parts)
	if keys+parts != 0 {
		t.Errorf("%d keys and %d parts are left", keys, parts)
	}
}

// query reads one value of a device that is stopped.
func query(t *testing.T, d *Device, text string, into any) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+d.Storage())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(text).Scan(into); err != nil {
		t.Fatal(err)
	}
}

// X9: a device that was away for longer than the relay keeps entries gets all it
// missed, in more than one answer.
func TestX9_LargeGap(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	a1.Send(bob, "before")
	a2.WantTexts(bob, []string{"before"})
	a2.Stop()
	want := []string{"before"}
	chat := Call(a1, api.OpenChat, api.OpenChatParams{Phone: string(bob)})
	for i := range largeGap {
		want = append(want, fmt.Sprint("message ", i))
		Call(a1, api.Send, api.SendParams{ChatID: chat.ID, Text: want[len(want)-1]})
	}
	a1.Texts(bob)
	b1.WantTexts(alice, want)
	r.Retire(21 * 24 * time.Hour)
	a2.Start()
	a1.Send(bob, "after")
	a2.WantTexts(bob, append(want, "after"))
}

// M113: repairing brings back what a device has lost and leaves what it has.
func TestM113_Repair(t *testing.T) {
	t.Parallel()
	_, a1, a2, b1, _ := people(t)
	want := []string{"one", "two", "three"}
	for _, text := range want {
		a1.Send(bob, text)
	}
	a2.WantTexts(bob, want)
	a2.Stop()
	n := 0
	query(t, a2, "DELETE FROM message WHERE text = 'two' RETURNING 1", &n)
	a2.Start()
	a2.WantTexts(bob, []string{"one", "three"})
	Call(a2, api.RepairDevice, api.None{})
	wantHistory(a2)
	a2.WantTexts(bob, want)
	a2.Send(bob, "four")
	b1.Send(alice, "five")
	want = append(want, "four", "five")
	b1.WantTexts(alice, want)
	a2.WantTexts(bob, want)
}
