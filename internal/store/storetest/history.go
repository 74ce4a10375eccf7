package storetest

import (
	"bytes"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// testHistory: a chunk waits for its device alone, as it was first put, until it
// is deleted, too old, or the device is gone (M9).
func testHistory(t *testing.T, k *kit) {
	_, devices := k.account("+32470000001", 1)
	primary, linked := devices[0].ID, devices[1].ID
	ids := []store.HistoryChunkID{store.HistoryChunkID(k.bytes(16)), store.HistoryChunkID(k.bytes(16))}
	put := func(id store.HistoryChunkID, data string) {
		k.update(func(tx store.Tx) error { return tx.PutHistoryChunk(linked, id, []byte(data), k.now) })
		k.now = k.now.Add(time.Hour)
	}
	want := func(device ident.DeviceID, id store.HistoryChunkID, want string) {
		t.Helper()
		k.view(func(r store.Reader) error {
			data, err := r.FindHistoryChunk(device, id)
			if want == "" {
				k.wantNotFound("chunk", err)
				return nil
			}
			if !bytes.Equal(data, []byte(want)) {
				t.Errorf("the chunk is %q, want %q", data, want)
			}
			return err
		})
	}
	wantCount := func(want int) {
		t.Helper()
		k.view(func(r store.Reader) error {
			n, err := r.CountHistoryChunks(linked)
			if n != want {
				t.Errorf("%d chunks wait, want %d", n, want)
			}
			return err
		})
	}
	want(linked, ids[0], "")
	put(ids[0], "first")
	put(ids[1], "second")
	put(ids[0], "another")
	wantCount(2)
	want(linked, ids[0], "first")
	want(linked, ids[1], "second")
	want(primary, ids[0], "")
	k.update(func(tx store.Tx) error { return tx.DeleteHistoryChunk(primary, ids[0]) })
	want(linked, ids[0], "first")

	old := k.now.Add(-2*time.Hour - time.Minute) // between the two
	k.view(func(r store.Reader) error {
		n, err := r.CountHistoryChunksBefore(old)
		if n != 1 {
			t.Errorf("%d chunks are too old, want 1", n)
		}
		return err
	})
	k.update(func(tx store.Tx) error { return tx.DeleteHistoryChunksBefore(old) })
	want(linked, ids[0], "")
	want(linked, ids[1], "second")
	k.update(func(tx store.Tx) error { return tx.DeleteHistoryChunk(linked, ids[1]) })
	k.update(func(tx store.Tx) error { return tx.DeleteHistoryChunk(linked, ids[1]) })
	wantCount(0)
	put(ids[0], "third")
	put(ids[1], "fourth")
	k.update(func(tx store.Tx) error { return tx.DeleteHistoryChunks(primary) })
	wantCount(2)
	k.update(func(tx store.Tx) error { return tx.DeleteHistoryChunks(linked) })
	wantCount(0)
	put(ids[1], "fifth")
	k.update(func(tx store.Tx) error { return tx.RemoveDevice(linked, k.now, wire.LogoutRemoved) })
	wantCount(0)
}
