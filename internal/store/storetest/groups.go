package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// group makes a group conversation with the devices at the leaves 0, 1, ….
func (k *kit) group(devices ...store.Device) ident.ConversationID {
	k.Helper()
	id := ident.ConversationID(k.bytes(16))
	var accounts []ident.AccountID
	var members []store.Member
	for i, d := range devices {
		if !slices.Contains(accounts, d.Account) {
			accounts = append(accounts, d.Account)
		}
		members = append(members, store.Member{Account: d.Account, Device: d.ID, Leaf: uint32(i)})
	}
	k.update(func(tx store.Tx) error {
		err := tx.CreateConversation(store.Conversation{ID: id, Kind: wire.ConversationGroup, LastActive: k.now, Suite: 3}, accounts)
		if err != nil {
			return err
		}
		return tx.AdvanceEpoch(id, 1, []byte("group info"), nil, members)
	})
	return id
}

// append appends an entry that may bring a Welcome.
func (k *kit) append(id ident.ConversationID, kind wire.EntryKind, from store.Device, welcome string) (e store.Entry, places []store.Place) {
	k.Helper()
	e = k.entry(id, from)
	e.Kind = kind
	if welcome != "" {
		e.Welcome = []byte(welcome)
	}
	k.update(func(tx store.Tx) (err error) {
		places, err = tx.AppendEntry(&e)
		return err
	})
	return e, places
}

// Accounts come into a group and go. Two groups may have the same accounts, and one account
// alone may have one.
func testGroups(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 1)
	b, bs := k.account("+32470000002", 0)
	c, cs := k.account("+32470000003", 0)
	id := k.group(as[0], as[1], bs[0])
	k.group(as[0], bs[0])
	k.group(as[0])
	first, places := k.append(id, wire.EntryCommit, as[0], "welcome 1")
	if len(places) != 2 || first.Sequence != 1 {
		t.Fatalf("the first entry stands at %d in %+v", first.Sequence, places)
	}
	k.append(id, wire.EntryApplication, bs[0], "")
	k.update(func(tx store.Tx) error {
		if err := tx.AddConversationAccounts(id, []ident.AccountID{c.ID}); err != nil {
			return err
		}
		return tx.AdvanceEpoch(id, 2, []byte("group info 2"), nil, []store.Member{{Account: c.ID, Device: cs[0].ID, Leaf: 3}})
	})
	added, _ := k.append(id, wire.EntryCommit, as[0], "welcome 2")
	k.append(id, wire.EntryApplication, cs[0], "")
	k.view(func(r store.Reader) error {
		feeds := map[ident.AccountID][]string{}
		for _, account := range []ident.AccountID{a.ID, b.ID, c.ID} {
			entries, err := r.PullFeed(account, 0, 100, 1<<20)
			if err != nil {
				return err
			}
			for _, e := range entries {
				feeds[account] = append(feeds[account], string(e.Welcome))
			}
		}
		if got := feeds[a.ID]; !slices.Equal(got, []string{"welcome 1", "", "", ""}) {
			t.Errorf("the first account's Welcomes are %q", got)
		}
		if got := feeds[c.ID]; !slices.Equal(got, []string{"welcome 2", ""}) {
			t.Errorf("the added account's Welcomes are %q", got)
		}
		wantWriters(t, r, id, 0, 9, c.ID, b.ID)
		wantWriters(t, r, id, 0, 1, c.ID)
		wantWriters(t, r, id, added.Sequence, 9, c.ID)
		return nil
	})
	k.append(id, wire.EntryApplication, as[0], "")
	k.update(func(tx store.Tx) error { return tx.RemoveConversationAccounts(id, []ident.AccountID{a.ID}) })
	_, places = k.append(id, wire.EntryApplication, bs[0], "")
	if len(places) != 2 || slices.ContainsFunc(places, func(p store.Place) bool { return p.Account == a.ID }) {
		t.Errorf("after the removal an entry went to %+v", places)
	}
	k.view(func(r store.Reader) error {
		conversation, err := r.FindConversation(id)
		removals, _ := r.ListRemovals(id)
		member, _ := r.FindMember(id, as[1].ID)
		if conversation.Removals != 2 || len(removals) != 2 || removals[0].Device != as[0].ID || !member.Removed {
			t.Errorf("the removals are %d: %+v", conversation.Removals, removals)
		}
		if share, _ := r.ShareConversation(a.ID, c.ID); share {
			t.Error("the removed account shares the group")
		}
		wantWriters(t, r, id, 0, 9, b.ID, c.ID)
		return err
	})
	// It comes back: what it was a member with goes all the same, unless it is put there anew.
	k.update(func(tx store.Tx) error {
		if err := tx.AddConversationAccounts(id, []ident.AccountID{a.ID}); err != nil {
			return err
		}
		return tx.AdvanceEpoch(id, 3, []byte("group info 3"), nil, []store.Member{{Account: a.ID, Device: as[0].ID, Leaf: 4}})
	})
	k.view(func(r store.Reader) error {
		conversation, err := r.FindConversation(id)
		removals, _ := r.ListRemovals(id)
		if conversation.Removals != 1 || len(removals) != 1 || removals[0].Device != as[1].ID {
			t.Errorf("of who came back the removals are %d: %+v", conversation.Removals, removals)
		}
		return err
	})
}

// Who comes later holds up neither receipts nor the removal of what came before, and
// who goes does not either.
func testGroupReceipts(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	_, bs := k.account("+32470000002", 0)
	c, _ := k.account("+32470000003", 0)
	id := k.group(as[0], bs[0])
	for range 3 {
		k.append(id, wire.EntryApplication, as[0], "")
	}
	k.update(func(tx store.Tx) error { return tx.AddConversationAccounts(id, []ident.AccountID{c.ID}) })
	k.view(func(r store.Reader) error {
		receipts, since, err := r.ListReceipts(a.ID, 0, 1)
		if len(receipts) != 1 || since == 0 {
			t.Errorf("the first page of receipts is %+v, %d", receipts, since)
		}
		rest, _, _ := r.ListReceipts(a.ID, since, 10)
		all := append(receipts, rest...)
		want := store.Receipt{Conversation: id, Account: c.ID, Delivered: 3, Read: 3}
		if !slices.Contains(all, want) {
			t.Errorf("the receipts are %+v, want %+v among them", all, want)
		}
		return err
	})
	for _, d := range []store.Device{as[0], bs[0]} {
		k.update(func(tx store.Tx) error {
			_, err := tx.Ack(d.ID, 3, k.now)
			return err
		})
		k.update(func(tx store.Tx) error {
			_, err := tx.PruneAccount(d.Account, 100)
			return err
		})
	}
	k.view(func(r store.Reader) error {
		n, err := r.CountEntriesBefore(k.now.Add(time.Hour))
		if n != 0 {
			t.Errorf("%d entries are left that nobody waits for", n)
		}
		return err
	})
}

func testJoinRequests(t *testing.T, k *kit) {
	_, as := k.account("+32470000001", 0)
	b, _ := k.account("+32470000002", 0)
	c, _ := k.account("+32470000003", 0)
	id, other := k.group(as[0]), k.group(as[0])
	later := k.now.Add(time.Minute)
	asks := func(id ident.ConversationID, account ident.AccountID, at time.Time) store.JoinRequest {
		return store.JoinRequest{Conversation: id, Account: account, Time: at}
	}
	bs, cs, elsewhere := asks(id, b.ID, later), asks(id, c.ID, k.now), asks(other, b.ID, k.now)
	k.update(func(tx store.Tx) error {
		return errors.Join(tx.PutJoinRequest(bs), tx.PutJoinRequest(cs), tx.PutJoinRequest(elsewhere),
			tx.PutJoinRequest(asks(id, c.ID, later)))
	})
	want := func(what string, of, own []store.JoinRequest) {
		t.Helper()
		for i, list := range [][]store.JoinRequest{of, own} {
			var got []store.JoinRequest
			k.view(func(r store.Reader) (err error) {
				if got, err = r.ListJoinRequests(id); i == 1 {
					got, err = r.ListOwnJoinRequests(b.ID)
				}
				return err
			})
			if !slices.EqualFunc(got, list, func(x, y store.JoinRequest) bool {
				return x.Conversation == y.Conversation && x.Account == y.Account && x.Time.Equal(y.Time)
			}) {
				t.Errorf("%s: the requests are %+v, want %+v", what, got, list)
			}
		}
	}
	want("at first", []store.JoinRequest{cs, bs}, []store.JoinRequest{elsewhere, bs})
	k.update(func(tx store.Tx) error { return tx.AddConversationAccounts(id, []ident.AccountID{b.ID}) })
	want("one has come in", []store.JoinRequest{cs}, []store.JoinRequest{elsewhere})
	k.update(func(tx store.Tx) error {
		return errors.Join(tx.DeleteJoinRequest(id, c.ID), tx.DeleteJoinRequest(id, c.ID))
	})
	want("one is declined", nil, []store.JoinRequest{elsewhere})
	k.update(func(tx store.Tx) error { return tx.DeleteJoinRequestsBefore(later) })
	want("time has passed", nil, nil)
}

// wantWriters holds the writers of a group behind a sequence to being those, the latest first.
func wantWriters(t *testing.T, r store.Reader, id ident.ConversationID, after uint64, limit int, want ...ident.AccountID) {
	t.Helper()
	writers, err := r.ListWriters(id, after, limit)
	if err != nil || !slices.Equal(writers, want) {
		t.Errorf("the writers behind %d are %v, %v; want %v", after, writers, err, want)
	}
}
