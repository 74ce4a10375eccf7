package relay_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/relay"
	"parley/wire"
)

func chunkFor(d *device, id []byte, data string) *wire.PutHistoryChunk {
	return &wire.PutHistoryChunk{DeviceID: d.id[:], ChunkID: id, Data: []byte(data)}
}

// M9: what a device leaves for another of its account waits for that one alone,
// and no other account can leave anything.
func TestM9_HistoryIsForOneDevice(t *testing.T) {
	w := newWorld(t)
	primary := w.register(somePhone)
	linked, other := primary.link(), primary.link()
	stranger := w.register("+32470123457")
	id := newMessageID()
	must[*wire.Done](primary.peer, chunkFor(linked, id, "sealed"))
	must[*wire.Done](other.peer, chunkFor(linked, id, "something else"))
	if got := must[*wire.HistoryChunk](linked.peer, &wire.GetHistoryChunk{ChunkID: id}); string(got.Data) != "sealed" {
		t.Errorf("the chunk is %q", got.Data)
	}
	for _, d := range []*device{primary, other, stranger} {
		d.peer.refused(wire.ErrorHistoryUnknown, &wire.GetHistoryChunk{ChunkID: id})
		must[*wire.Done](d.peer, &wire.DeleteHistoryChunk{ChunkID: id}) // its own of that id: none
	}
	must[*wire.HistoryChunk](linked.peer, &wire.GetHistoryChunk{ChunkID: id})
	must[*wire.Done](linked.peer, &wire.DeleteHistoryChunk{ChunkID: id})
	must[*wire.Done](linked.peer, &wire.DeleteHistoryChunk{ChunkID: id})
	linked.peer.refused(wire.ErrorHistoryUnknown, &wire.GetHistoryChunk{ChunkID: id})

	stranger.peer.refused(wire.ErrorDeviceUnknown, chunkFor(linked, id, "sealed"))
	must[*wire.Done](primary.peer, &wire.RemoveDevice{DeviceID: other.id[:]})
	primary.peer.refused(wire.ErrorDeviceUnknown, chunkFor(other, id, "sealed"))
}

func TestM9_HistoryIsBounded(t *testing.T) {
	w := newWorld(t)
	primary := w.register(somePhone)
	linked := primary.link()
	put := chunkFor(linked, newMessageID(), strings.Repeat("x", wire.MaxHistoryChunk+1))
	primary.peer.refused(wire.ErrorTooLarge, put)
	for _, malformed := range []wire.RequestCall{
		chunkFor(linked, []byte("short"), "x"), chunkFor(linked, newMessageID(), ""),
		&wire.PutHistoryChunk{DeviceID: []byte{1}, ChunkID: newMessageID(), Data: []byte("x")},
		&wire.GetHistoryChunk{}, &wire.DeleteHistoryChunk{ChunkID: []byte("short")},
	} {
		primary.peer.refused(wire.ErrorMalformed, malformed)
	}
	put.Data = put.Data[1:]
	var first []byte
	for range wire.MaxHistoryChunks {
		put.ChunkID = newMessageID()
		if first == nil {
			first = put.ChunkID
		}
		must[*wire.Done](primary.peer, put)
	}
	again := *put // repeated, it is answered as before
	must[*wire.Done](primary.peer, &again)
	put.ChunkID = newMessageID()
	primary.peer.refused(wire.ErrorHistoryFull, put)
	if got := must[*wire.HistoryChunk](linked.peer, &wire.GetHistoryChunk{ChunkID: first}); !bytes.Equal(got.Data, put.Data) {
		t.Error("the largest chunk came back changed")
	}
	must[*wire.Done](linked.peer, &wire.DeleteHistoryChunk{ChunkID: first})
	must[*wire.Done](primary.peer, put)
	must[*wire.Done](primary.peer, &wire.DeleteHistoryChunk{}) // the primary's own: none
	linked.peer.refused(wire.ErrorHistoryUnknown, &wire.GetHistoryChunk{ChunkID: first})
	must[*wire.HistoryChunk](linked.peer, &wire.GetHistoryChunk{ChunkID: put.ChunkID})
	must[*wire.Done](linked.peer, &wire.DeleteHistoryChunk{})
	linked.peer.refused(wire.ErrorHistoryUnknown, &wire.GetHistoryChunk{ChunkID: put.ChunkID})
}

// A chunk of 6 days and 23 hours is there, one of 7 days and 2 hours is not.
func TestM9_HistoryExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		primary := w.register(somePhone)
		linked := primary.link()
		id := newMessageID()
		must[*wire.Done](primary.peer, chunkFor(linked, id, "sealed"))
		time.Sleep(wire.HistoryLifetime - time.Hour)
		must[*wire.HistoryChunk](linked.peer, &wire.GetHistoryChunk{ChunkID: id})
		plan, err := relay.PlanRetention(t.Context(), w.store, w.settings, time.Now().Add(2*time.Hour))
		if err != nil || len(plan) != 1 || plan[0].String() != "delete 1 chunks of history: older than 7 days" {
			t.Errorf("the plan is %v, %v", plan, err)
		}
		time.Sleep(3 * time.Hour) // the sweep of every hour is in it
		linked.peer.refused(wire.ErrorHistoryUnknown, &wire.GetHistoryChunk{ChunkID: id})
		w.stopEarly()
	})
}
