package storetest

import (
	"bytes"
	"testing"
	"time"

	"parley/internal/store"
)

// testMedia: media count for their account from the announcement on, and go some
// time after their last use, sooner if they never arrived (M43).
func testMedia(t *testing.T, k *kit) {
	account, _ := k.account("+32470000001", 0)
	other, _ := k.account("+32470000002", 0)
	ids := []store.MediaID{store.MediaID(k.bytes(16)), store.MediaID(k.bytes(16)), store.MediaID(k.bytes(16))}
	find := func(id store.MediaID) (m store.Media, err error) {
		k.view(func(r store.Reader) error { m, err = r.FindMedia(id); return nil })
		return m, err
	}
	_, err := find(ids[0])
	k.wantNotFound("media", err)
	began := k.now
	for i, id := range ids {
		k.update(func(tx store.Tx) error {
			return tx.CreateMedia(store.Media{ID: id, Account: account.ID, Size: int64(i+1) << 30, Created: k.now})
		})
	}
	if m, err := find(ids[1]); err != nil || m.Account != account.ID || m.Size != 2<<30 || m.Hash != nil || !m.Created.Equal(began) || !m.Used.Equal(began) {
		t.Errorf("announced media are %+v, %v", m, err)
	}
	wantSum := func(want int64) {
		t.Helper()
		k.view(func(r store.Reader) error {
			got, err := r.SumMedia(account.ID)
			if got != want {
				t.Errorf("the account has %d bytes, want %d", got, want)
			}
			if n, err := r.SumMedia(other.ID); n != 0 || err != nil {
				t.Errorf("another account has %d bytes, %v", n, err)
			}
			return err
		})
	}
	wantSum(6 << 30)
	hash := k.bytes(32)
	k.now = k.now.Add(time.Hour)
	k.update(func(tx store.Tx) error { return tx.FinishMedia(ids[0], hash, k.now) })
	k.update(func(tx store.Tx) error { return tx.TouchMedia(ids[0], k.now.Add(time.Hour)) })
	k.update(func(tx store.Tx) error { return tx.TouchMedia(ids[0], k.now) }) // never back
	if m, err := find(ids[0]); err != nil || !bytes.Equal(m.Hash, hash) || !m.Used.Equal(k.now.Add(time.Hour)) {
		t.Errorf("finished media are %+v, %v", m, err)
	}
	wantBefore := func(finished, unfinished time.Time, limit int, want ...store.MediaID) {
		t.Helper()
		k.view(func(r store.Reader) error {
			got, err := r.ListMediaBefore(finished, unfinished, limit)
			if err != nil {
				return err
			}
			n, err := r.CountMediaBefore(finished, unfinished)
			if len(got) != len(want) || n < len(want) {
				t.Errorf("%d media (%d counted) are too old, want %d", len(got), n, len(want))
			}
			return err
		})
	}
	wantBefore(began, began, 9)
	wantBefore(began.Add(2*time.Hour), began, 9)
	wantBefore(began.Add(2*time.Hour+1e6), began, 9, ids[0])
	wantBefore(began, began.Add(1e6), 9, ids[1], ids[2])
	wantBefore(began, began.Add(1e6), 1, ids[1])
	k.update(func(tx store.Tx) error { return tx.DeleteMedia(ids[1]) })
	k.update(func(tx store.Tx) error { return tx.DeleteMedia(ids[1]) })
	_, err = find(ids[1])
	k.wantNotFound("media", err)
	wantSum(4 << 30)
}
