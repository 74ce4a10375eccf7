package client_test

import (
	"slices"
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/wire"
)

// X9, M50: the relay has damaged what it keeps of a group, and a device cannot join it. A member's device leaves it at that;
// an admin's gives the group another MLS group with the same name, settings and people, in which all go on.
func TestX9_AdminResetsAGroup(t *testing.T) {
	shortPatience(t)
	r, a1, a2, b1, b2 := people(t)
	chat := groupOf(a1, "Picnic", bob)
	yes := true
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, AdminsEdit: &yes})
	say(a1, chat, "before")
	wantSaid(t, chat, []string{"before"}, a2, b1, b2)
	r.Falsify("UPDATE group_infos SET group_info = x'00' WHERE conversation_id IN (SELECT conversation_id FROM conversations WHERE kind = 3)")
	a1.WantOnline()
	a3 := r.NewDevice("Alice's tablet")
	a1.Link(a3)
	told := func(d *Device) {
		d.Eventually("is told of it", func() bool { return slices.Contains(lines(d, chat), "*reset") })
	}
	told(a1)
	told(b1)
	say(b1, chat, "after")
	wantSaid(t, chat, []string{"before", "after"}, a1, a2, a3, b1, b2)
	say(a3, chat, "and on")
	wantSaid(t, chat, []string{"before", "after", "and on"}, a1, a2, a3, b1, b2)
	for _, d := range []*Device{a1, a3, b1} {
		g := Call(d, api.GetGroup, api.ChatID{ChatID: chat})
		if g.Name != "Picnic" || !g.AdminsEdit || len(g.Members) != 2 || g.Admin != (d != b1) {
			t.Errorf("%s sees %+v", d.Name, g)
		}
	}
}

// X9, M50: a device that was just linked cannot join a group whose admins approve who comes, and gives it another MLS
// group: everybody who was in it is in it, and more people can be added.
func TestX9_NewDeviceResetsAGroup(t *testing.T) {
	shortPatience(t)
	a1, a2, b1, b2, c := threePeople(t)
	r := a1.Relay()
	dan := r.NewDevice("Dave")
	dan.Register(dave)
	chat := groupOf(a1, "Picnic", bob, carol)
	yes := true
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, AdminsApprove: &yes})
	say(a1, chat, "before")
	wantSaid(t, chat, []string{"before"}, a2, b1, b2, c)
	r.Falsify("UPDATE group_infos SET group_info = x'00' WHERE conversation_id IN (SELECT conversation_id FROM conversations WHERE kind = 3)")
	a1.WantOnline()
	a3 := r.NewDevice("Alice's tablet")
	a1.Link(a3)
	c.Eventually("is told of it", func() bool { return slices.Contains(lines(c, chat), "*reset") })
	say(c, chat, "after")
	wantSaid(t, chat, []string{"before", "after"}, a1, a2, a3, b1, b2, c)
	Call(a3, api.AddToGroup, api.GroupPeople{ChatID: chat, Phones: []string{string(dave)}})
	for _, d := range []*Device{a1, a3, b1, c, dan} {
		d.Eventually("shows all members", func() bool {
			g, err := Try(d, api.GetGroup, api.ChatID{ChatID: chat})
			return err == nil && g.Member && g.AdminsApprove && len(g.Members) == 4
		})
	}
}

// X9, M50: the relay has damaged what it keeps of a group, and no admin's device has to join it. The next change by a member
// mends it, and the device that waits can join.
func TestX9_ACommitMendsAGroup(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	chat := groupOf(a1, "Picnic", bob)
	say(a1, chat, "one")
	wantSaid(t, chat, []string{"one"}, a2, b1)
	r.Falsify("UPDATE group_infos SET group_info = x'00' WHERE conversation_id IN (SELECT conversation_id FROM conversations WHERE kind = 3)")
	b1.WantOnline()
	b3 := r.NewDevice("Bob's tablet")
	b1.Link(b3)
	name := "Excursion"
	Call(b1, api.ChangeGroup, api.GroupChange{ChatID: chat, Name: &name})
	say(a1, chat, "two")
	wantSaid(t, chat, []string{"one", "two"}, a2, b1, b3)
	if g := Call(b3, api.GetGroup, api.ChatID{ChatID: chat}); !g.Member || g.Name != name || slices.Contains(lines(b3, chat), "*reset") {
		t.Errorf("the new device sees %+v", g)
	}
}

// X9, M50: a device that lost a group does not hear that somebody left it, and that it was left out of; when it gives the
// group another MLS group, who is gone does not keep it from that.
func TestX9_ResetAfterSomebodyLeft(t *testing.T) {
	shortPatience(t)
	r := NewRelay(t)
	a, b, c := r.NewDevice("Alice"), r.NewDevice("Bob"), r.NewDevice("Carol")
	a.Register(alice)
	b.Register(bob)
	c.Register(carol)
	chat := groupOf(a, "Picnic", bob, carol)
	say(a, chat, "one")
	wantSaid(t, chat, []string{"one"}, b, c)
	r.Falsify("UPDATE group_infos SET group_info = x'00' WHERE conversation_id IN (SELECT conversation_id FROM conversations WHERE kind = 3)")
	a.WantOnline()
	lost := make(chan struct{}, 1)
	r.Forge(func(device string, f *wire.Frame) {
		if response, is := f.Body.(*wire.Response); is && device == a.Name {
			if info, is := response.Result.(*wire.FetchGroupInfoResult); is && len(info.GroupID) > 0 {
				response.Result = wire.NewError(wire.ErrorUnavailable)
				select {
				case lost <- struct{}{}:
				default:
				}
			}
		}
	})
	Call(a, api.RepairDevice, api.None{})
	<-lost
	c.WantOnline()
	Call(c, api.LeaveGroup, api.ChatID{ChatID: chat})
	r.Forge(nil)
	b.Eventually("is told of the reset", func() bool { return slices.Contains(lines(b, chat), "*reset") })
	say(b, chat, "two")
	wantSaid(t, chat, []string{"one", "two"}, a, b)
	wantSaid(t, chat, []string{"one"}, c)
	wantMembers(chat, 2, 1, a, b)
}
