package client_test

import (
	"slices"
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// M9, M50: a device that is linked later has the groups in which nothing was ever written, and writes there.
func TestM50_LinkedDeviceHasEmptyGroups(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, b1 := r.NewDevice("Alice"), r.NewDevice("Bob")
	a1.Register(alice)
	b1.Register(bob)
	chat := groupOf(a1, "Picnic", bob)
	a2 := r.NewDevice("Alice's laptop")
	a1.Link(a2)
	wantGroup(a2, chat)
	say(a2, chat, "one")
	wantSaid(t, chat, []string{"one"}, a1, a2, b1)
}

// X9, M50: nothing was ever written in the group, and a linked device of an admin cannot join it, since the relay has
// damaged what it keeps of it. The device knows the state of the group all the same, and gives it another MLS group. A member
// who was away joins that after things were said in it that no person sees: who said them tells so, and no line is left that
// waits for what nobody can bring.
func TestX9_LinkedDeviceResetsAnEmptyGroup(t *testing.T) {
	shortPatience(t)
	r := NewRelay(t)
	a1, b1 := r.NewDevice("Alice"), r.NewDevice("Bob")
	a1.Register(alice)
	b1.Register(bob)
	chat := groupOf(a1, "Gathering", bob)
	b1.Eventually("knows the group", func() bool { return shownGroup(b1, chat).Name == "Gathering" })
	b1.Stop()
	r.Falsify("UPDATE group_infos SET group_info = x'00' WHERE conversation_id IN (SELECT conversation_id FROM conversations WHERE kind = 3)")
	a1.WantOnline()
	a2 := r.NewDevice("Alice's laptop")
	a1.Link(a2)
	a1.Eventually("is told of the reset", func() bool { return slices.Contains(lines(a1, chat), "*reset") })
	name := "Picnic"
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, Name: &name})
	say(a1, chat, "one")
	say(a2, chat, "two")
	b1.Start()
	say(b1, chat, "three")
	wantSaid(t, chat, []string{"one", "two", "three"}, a1, a2, b1)
	wantGroup(a2, chat)
}

// wantGroup waits until a device shows the group Picnic, in the list and in its pane.
func wantGroup(d *Device, chat string) {
	d.Eventually("shows the group", func() bool {
		listed := slices.ContainsFunc(Call(d, api.ListChats, api.None{}).Chats, func(c api.Chat) bool {
			return c.ID == chat && c.Title == "Picnic" && c.Members == 2 && c.MayWrite
		})
		g := shownGroup(d, chat)
		return listed && g.Name == "Picnic" && g.Admin && len(g.Members) == 2
	})
}

func shownGroup(d *Device, chat string) api.Group {
	g, _ := Try(d, api.GetGroup, api.ChatID{ChatID: chat})
	return g
}
