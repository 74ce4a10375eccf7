package storetest

import (
	"slices"
	"testing"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// What a blocked account writes directly does not come into the feed of the one that
// blocks; what changes the group does (M55). It is the same whichever was first, the
// block or the conversation.
func testBlocks(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 0)
	_, cs := k.account("+32470000003", 0)
	set := func(by, other ident.AccountID, blocked bool) {
		t.Helper()
		k.update(func(tx store.Tx) error { return tx.SetBlocked(by, other, blocked) })
	}
	wantPlaces := func(id ident.ConversationID, kind wire.EntryKind, from store.Device, want ...ident.AccountID) {
		t.Helper()
		_, places := k.append(id, kind, from, "")
		var got []ident.AccountID
		for _, p := range places {
			got = append(got, p.Account)
		}
		missing := slices.ContainsFunc(want, func(id ident.AccountID) bool { return !slices.Contains(got, id) })
		if len(got) != len(want) || missing {
			t.Errorf("an entry came to %v, want %v", got, want)
		}
		for _, p := range places {
			k.view(func(r store.Reader) error {
				entries, err := r.PullFeed(p.Account, p.Position-1, 1, 1<<20)
				if len(entries) != 1 || entries[0].Position != p.Position {
					t.Errorf("the feed has %d entries at position %d", len(entries), p.Position)
				}
				return err
			})
		}
	}

	set(a.ID, b.ID, true)
	set(a.ID, b.ID, true)
	k.view(func(r store.Reader) error {
		blocked, err := r.ListBlocked(a.ID)
		if len(blocked) != 1 || blocked[0] != b.ID {
			t.Errorf("blocked are %v", blocked)
		}
		there, errA := r.IsBlocked(a.ID, b.ID)
		back, errB := r.IsBlocked(b.ID, a.ID)
		if !there || back || errA != nil || errB != nil {
			t.Errorf("blocked: %v, the other way round: %v", there, back)
		}
		return err
	})
	id := k.direct(a.ID, b.ID, as[0], bs[0])
	wantPlaces(id, wire.EntryApplication, bs[0], b.ID)
	wantPlaces(id, wire.EntryCommit, bs[0], a.ID, b.ID)
	wantPlaces(id, wire.EntryApplication, as[0], a.ID, b.ID)
	set(a.ID, b.ID, false)
	wantPlaces(id, wire.EntryApplication, bs[0], a.ID, b.ID)
	set(b.ID, a.ID, true)
	wantPlaces(id, wire.EntryApplication, as[0], a.ID)
	wantPlaces(k.group(as[0], bs[0], cs[0]), wire.EntryApplication, as[0], a.ID, b.ID, cs[0].Account)
}
