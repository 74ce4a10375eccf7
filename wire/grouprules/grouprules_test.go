package grouprules_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"parley/ident"
	"parley/wire"
	"parley/wire/grouprules"
)

func account(n byte) ident.AccountID {
	return ident.AccountID(bytes.Repeat([]byte{n}, wire.IDSize))
}

var alice, bob, carol = account(1), account(2), account(3)

func state(admins ...ident.AccountID) *wire.GroupState {
	s := &wire.GroupState{Version: 1, Details: make([]byte, sha256.Size)}
	for _, a := range admins {
		s.Admins = append(s.Admins, a[:])
	}
	return s
}

func TestM50_WhoMayChangeWhat(t *testing.T) {
	everybody := []ident.AccountID{alice, bob}
	type change = func(before, after *wire.GroupState, c *grouprules.Change)
	renamed := func(s *wire.GroupState) { s.Details = bytes.Repeat([]byte{9}, sha256.Size) }
	for _, c := range []struct {
		name         string
		admin, other bool // whether an admin and another member may
		make         change
	}{
		{"nothing", true, true, func(*wire.GroupState, *wire.GroupState, *grouprules.Change) {}},
		{"rename", true, true, func(_, after *wire.GroupState, _ *grouprules.Change) { renamed(after) }},
		{"rename where admins do", true, false, func(before, after *wire.GroupState, _ *grouprules.Change) {
			before.AdminsEdit, after.AdminsEdit = true, true
			renamed(after)
		}},
		{"add", true, true, func(_, _ *wire.GroupState, c *grouprules.Change) { c.Added = []ident.AccountID{carol} }},
		{"add where admins do", true, false, func(before, after *wire.GroupState, c *grouprules.Change) {
			before.AdminsAdd, after.AdminsAdd = true, true
			c.Added = []ident.AccountID{carol}
		}},
		{"make an admin", true, false, func(_, after *wire.GroupState, _ *grouprules.Change) { after.Admins = append(after.Admins, bob[:]) }},
		{"dismiss the admin", true, false, func(_, after *wire.GroupState, _ *grouprules.Change) { after.Admins = [][]byte{bob[:]} }},
		{"let only admins write", true, false, func(_, after *wire.GroupState, _ *grouprules.Change) { after.AdminsWrite = true }},
		{"rename and let only admins edit", true, false, func(_, after *wire.GroupState, _ *grouprules.Change) {
			renamed(after)
			after.AdminsEdit = true
		}},
		{"set a link", true, false, func(_, after *wire.GroupState, _ *grouprules.Change) { after.Link = make([]byte, 32) }},
		{"skip a version", false, false, func(_, after *wire.GroupState, _ *grouprules.Change) { after.Version = 3 }},
		{"remove oneself", false, false, func(_, _ *wire.GroupState, c *grouprules.Change) { c.Removed = []ident.AccountID{c.By} }},
	} {
		for by, may := range map[ident.AccountID]bool{alice: c.admin, bob: c.other, carol: false} {
			before, after := state(alice), state(alice)
			ch := grouprules.Change{By: by, After: after}
			c.make(before, after, &ch)
			if !bytes.Equal(grouprules.Encode(before), grouprules.Encode(after)) && after.Version == 1 {
				after.Version = 2
			}
			err := grouprules.Check(before, everybody, ch)
			if (err == nil) != may || err != nil && !errors.Is(err, grouprules.ErrNotAllowed) {
				t.Errorf("%s by %v: %v, want allowed %t", c.name, by[0], err, may)
			}
		}
	}
}

func TestM50_RemovingIsForAdmins(t *testing.T) {
	present := []ident.AccountID{alice, bob, carol}
	c := grouprules.Change{By: bob, After: state(alice), Removed: []ident.AccountID{carol}}
	if err := grouprules.Check(state(alice), present, c); !errors.Is(err, grouprules.ErrNotAllowed) {
		t.Errorf("a member removed another: %v", err)
	}
	c.By = alice
	if err := grouprules.Check(state(alice), present, c); err != nil {
		t.Errorf("an admin could not remove a member: %v", err)
	}
}

// A group is never without an admin: the one at the lowest leaf is it.
func TestM50_TheLastAdminLeft(t *testing.T) {
	if grouprules.IsAdmin(state(alice), []ident.AccountID{alice, bob}, bob) {
		t.Error("a member is admin beside an admin")
	}
	if s := state(alice); !grouprules.IsAdmin(s, []ident.AccountID{bob, carol}, bob) || grouprules.IsAdmin(s, []ident.AccountID{bob, carol}, carol) {
		t.Error("without its admin the group has not the first member as admin")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(grouprules.Encode(state(alice, bob)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := grouprules.Parse(data); err == nil && !bytes.Equal(grouprules.Encode(s), data) {
			t.Errorf("%x is encoded as %x", data, grouprules.Encode(s))
		}
	})
}
