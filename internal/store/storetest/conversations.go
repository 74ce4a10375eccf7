package storetest

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

func testConversations(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, bs := k.account("+32470000002", 0)
	c, _ := k.account("+32470000003", 0)
	id := k.direct(a.ID, b.ID, as[0], bs[0])
	k.view(func(r store.Reader) error {
		for _, pair := range [][2]ident.AccountID{{a.ID, b.ID}, {b.ID, a.ID}} {
			if found, err := r.FindPair(pair[0], pair[1]); found != id || err != nil {
				t.Errorf("the pair has %v, %v", found, err)
			}
		}
		_, err := r.FindPair(a.ID, c.ID)
		k.wantNotFound("pair without conversation", err)
		_, err = r.FindPair(a.ID, a.ID)
		k.wantNotFound("self conversation", err)
		accounts, err := r.ListConversationAccounts(id)
		if len(accounts) != 2 || !slices.Contains(accounts, a.ID) || !slices.Contains(accounts, b.ID) {
			t.Errorf("the accounts are %v", accounts)
		}
		share, _ := r.ShareConversation(a.ID, b.ID)
		strangers, _ := r.ShareConversation(a.ID, c.ID)
		if !share || strangers {
			t.Errorf("sharing is %t for the pair and %t for strangers", share, strangers)
		}
		return err
	})
	again := store.Conversation{ID: ident.ConversationID(k.bytes(16)), Kind: wire.ConversationDirect, LastActive: k.now, Suite: 3}
	err := k.st.Update(k.Context(), func(tx store.Tx) error {
		return tx.CreateConversation(again, []ident.AccountID{b.ID, a.ID})
	})
	if err == nil {
		t.Error("a pair got two direct conversations")
	}
	k.now = k.now.Add(time.Hour)
	newer := k.direct(a.ID, c.ID, as[0])
	k.view(func(r store.Reader) error {
		states, err := r.ListConversations(a.ID, as[0].ID)
		if len(states) != 2 || states[0].ID != newer || states[1].ID != id || !states[0].Joined || len(states[1].Accounts) != 2 {
			t.Errorf("the conversations are %+v", states)
		}
		return err
	})
}

func testMembership(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 1)
	b, bs := k.account("+32470000002", 0)
	id := k.direct(a.ID, b.ID, as[0], as[1], bs[0])
	k.view(func(r store.Reader) error {
		m, err := r.FindMember(id, as[1].ID)
		if m.Leaf != 1 || m.Account != a.ID || m.Removed {
			t.Errorf("the member is %+v", m)
		}
		return err
	})
	k.update(func(tx store.Tx) error { return tx.RemoveDevice(as[1].ID, k.now, wire.LogoutRemoved) })
	k.view(func(r store.Reader) error {
		c, err := r.FindConversation(id)
		if c.Removals != 1 || c.Epoch != 1 || c.Suite != 3 {
			t.Errorf("after the removal the conversation is %+v", c)
		}
		removals, _ := r.ListRemovals(id)
		if len(removals) != 1 || removals[0].Device != as[1].ID || removals[0].Leaf != 1 {
			t.Errorf("the removals are %+v", removals)
		}
		if m, _ := r.FindMember(id, as[1].ID); !m.Removed {
			t.Error("the member is not marked as removed")
		}
		members, _ := r.ListMembers(id)
		want := []store.Member{
			{Account: a.ID, Device: as[0].ID, Leaf: 0, Key: as[0].Key},
			{Account: a.ID, Device: as[1].ID, Leaf: 1, Removed: true, Key: as[1].Key},
			{Account: b.ID, Device: bs[0].ID, Leaf: 2, Key: bs[0].Key},
		}
		if !reflect.DeepEqual(members, want) {
			t.Errorf("the members are %+v, want %+v", members, want)
		}
		if ids, _ := r.ListMemberships(as[1].ID); len(ids) != 1 || ids[0] != id {
			t.Errorf("the removed device's memberships are %v", ids)
		}
		return err
	})
	k.update(func(tx store.Tx) error {
		// The primary takes a new leaf, as an external commit does.
		rejoined := []store.Member{{Account: a.ID, Device: as[0].ID, Leaf: 3}}
		return tx.AdvanceEpoch(id, 2, []byte("group info 2"), []ident.DeviceID{as[1].ID, as[0].ID}, rejoined)
	})
	k.view(func(r store.Reader) error {
		c, err := r.FindConversation(id)
		info, _ := r.FindGroupInfo(id)
		if c.Removals != 0 || c.Epoch != 2 || !bytes.Equal(info, []byte("group info 2")) {
			t.Errorf("after the commit the conversation is %+v with %q", c, info)
		}
		if m, _ := r.FindMember(id, as[0].ID); m.Leaf != 3 {
			t.Errorf("the rejoined member is %+v", m)
		}
		if members, _ := r.ListMembers(id); len(members) != 2 || members[0].Device != bs[0].ID || members[1].Leaf != 3 {
			t.Errorf("the members are %+v", members)
		}
		_, missing := r.FindMember(id, as[1].ID)
		k.wantNotFound("removed member", missing)
		return err
	})
}

// After its retirement an account may begin another self conversation, and the
// first is not listed any more; the other conversations stay.
func testRetirement(t *testing.T, k *kit) {
	a, as := k.account("+32470000001", 0)
	b, _ := k.account("+32470000002", 0)
	direct := k.direct(a.ID, b.ID, as[0])
	self := func() store.Conversation {
		return store.Conversation{ID: ident.ConversationID(k.bytes(16)), Kind: wire.ConversationSelf, LastActive: k.now, Suite: 3}
	}
	first, second := self(), self()
	k.update(func(tx store.Tx) error {
		return errors.Join(
			tx.RetireSelfConversation(a.ID), // nothing to retire yet
			tx.CreateConversation(first, []ident.AccountID{a.ID}),
			tx.RetireSelfConversation(a.ID),
			tx.CreateConversation(second, []ident.AccountID{a.ID}),
		)
	})
	k.view(func(r store.Reader) error {
		states, err := r.ListConversations(a.ID, as[0].ID)
		if len(states) != 2 || !slices.ContainsFunc(states, func(s store.ConversationState) bool { return s.ID == second.ID }) ||
			!slices.ContainsFunc(states, func(s store.ConversationState) bool { return s.ID == direct }) {
			t.Errorf("the conversations are %+v", states)
		}
		return err
	})
}
