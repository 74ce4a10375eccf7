package client_test

import (
	"slices"
	"strings"
	"testing"

	"parley/client/api"
	"parley/client/content"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
	"parley/wire/linkuri"
)

// communityOf begins a community of groups and returns the chat of its announcement group.
func communityOf(d *Device, name string, groups ...string) string {
	return Call(d, api.CreateCommunity, api.CreateCommunityParams{Name: name, GroupIDs: groups}).ChatID
}

// groupsOf are the groups of a community as a device shows them: "name state".
func groupsOf(d *Device, community string) (shown []string) {
	c, err := Try(d, api.GetCommunity, api.ChatID{ChatID: community})
	if err != nil {
		return []string{err.Error()}
	}
	for _, g := range c.Groups {
		shown = append(shown, g.Name+" "+string(g.State))
	}
	slices.Sort(shown)
	return shown
}

func wantGroups(t *testing.T, community string, want []string, devices ...*Device) {
	t.Helper()
	for _, d := range devices {
		d.Eventually("the community has "+strings.Join(want, ", "), func() bool { return slices.Equal(groupsOf(d, community), want) })
	}
}

// inCommunity is the name of the community that a chat is shown under.
func inCommunity(d *Device, chat string) string {
	shown, err := Try(d, api.GetChat, api.ChatID{ChatID: chat})
	if err != nil || shown.Community == nil {
		return ""
	}
	return shown.Community.Name
}

// X5: the people of all groups are in the announcement group, in which admins write; groups with a link can be joined
// from it, and who joins one of them later is in the community as well.
func TestX5_Community(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, b2 := people(t)
	c, d := r.NewDevice("Carol"), r.NewDevice("Dave")
	c.Register(carol)
	d.Register(dave)
	picnic, choir := groupOf(a1, "Picnic", bob), groupOf(a1, "Choir", carol)
	village := communityOf(a1, "Village", picnic, choir)
	say(a1, village, "welcome")
	wantSaid(t, village, []string{"welcome"}, a1, a2, b1, b2, c)
	if attempt(b1, api.Send, api.SendParams{ChatID: village, Text: "hello"}) == nil {
		t.Error("a member writes announcements")
	}
	wantGroups(t, village, []string{"Choir joined", "Picnic joined"}, a1, a2)
	wantGroups(t, village, []string{"Choir closed", "Picnic joined"}, b1, b2)
	for _, device := range []*Device{a2, b2} {
		device.Eventually("its chat is in the community", func() bool {
			return inCommunity(device, picnic) == "Village" && inCommunity(device, village) == "Village"
		})
	}
	if attempt(b1, api.JoinCommunityGroup, api.CommunityGroupID{CommunityID: village, ChatID: choir}) == nil {
		t.Error("a group without a link is joined")
	}
	// What an admin changes in a group is told to the community by the device.
	yes, no := true, false
	name := "Big choir"
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: choir, Link: &yes, Name: &name})
	wantGroups(t, village, []string{"Big choir open", "Picnic joined"}, b1)
	Call(b1, api.JoinCommunityGroup, api.CommunityGroupID{CommunityID: village, ChatID: choir})
	say(b1, choir, "la")
	wantSaid(t, choir, []string{"la"}, c)
	if attempt(a1, api.ChangeGroup, api.GroupChange{ChatID: choir, AdminsEdit: &no}) == nil || attempt(a1, api.ChangeGroup, api.GroupChange{ChatID: village, AdminsWrite: &no}) == nil {
		t.Error("what the community rests on is switched off")
	}
	// Somebody new comes through a group.
	Call(a1, api.AddToGroup, api.GroupPeople{ChatID: picnic, Phones: []string{string(dave)}})
	d.Eventually("is in the community", func() bool { return inCommunity(d, picnic) == "Village" })
	say(a1, village, "to all")
	wantSaid(t, village, []string{"to all"}, d)
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: choir, AdminsApprove: &yes})
	wantGroups(t, village, []string{"Big choir ask", "Picnic joined"}, d)
	if asked := Call(d, api.JoinCommunityGroup, api.CommunityGroupID{CommunityID: village, ChatID: choir}); !asked.Waiting {
		t.Errorf("who needs approval sees %+v", asked)
	}
	wantGroups(t, village, []string{"Big choir waiting", "Picnic joined"}, d)
}

// X5: a group is taken out by admins of either side; who leaves is not brought back; in the end all groups stand alone.
func TestX5_CommunityEnds(t *testing.T) {
	t.Parallel()
	a1, _, b1, b2, c := threePeople(t)
	picnic, choir := groupOf(a1, "Picnic", bob), groupOf(b1, "Choir", carol)
	village := communityOf(a1, "Village", picnic)
	if attempt(a1, api.LinkGroup, api.CommunityGroupID{CommunityID: village, ChatID: choir}) == nil || attempt(b1, api.LinkGroup, api.CommunityGroupID{CommunityID: village, ChatID: choir}) == nil {
		t.Error("who is an admin of one side alone links")
	}
	b1.Eventually("is in", func() bool { return inCommunity(b1, picnic) == "Village" })
	bobIs := Call(b1, api.GetGroup, api.ChatID{ChatID: picnic}).Members[0].AccountID
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: village, MakeAdmin: []string{bobIs}})
	b1.Eventually("is an admin", func() bool { return Call(b1, api.GetGroup, api.ChatID{ChatID: village}).Admin })
	Call(b1, api.LinkGroup, api.CommunityGroupID{CommunityID: village, ChatID: choir})
	wantGroups(t, village, []string{"Choir closed", "Picnic joined"}, a1)
	c.Eventually("is in the community", func() bool { return inCommunity(c, choir) == "Village" })
	// Alice is no admin of the choir: Bob's device takes back its word.
	Call(a1, api.UnlinkGroup, api.CommunityGroupID{CommunityID: village, ChatID: choir})
	wantGroups(t, village, []string{"Picnic joined"}, b1, b2)
	wantGroups(t, village, []string{"Picnic closed"}, c)
	c.Eventually("the group stands alone", func() bool { return inCommunity(c, choir) == "" })
	other := communityOf(b1, "Other")
	b1.Eventually("the group can be linked elsewhere", func() bool {
		return attempt(b1, api.LinkGroup, api.CommunityGroupID{CommunityID: other, ChatID: choir}) == nil
	})
	c.Eventually("is in the other community", func() bool { return inCommunity(c, choir) == "Other" })
	// Carol goes, and a change of her group does not bring her back.
	Call(c, api.LeaveCommunity, api.LeaveCommunityParams{ChatID: other})
	yes := true
	Call(b1, api.ChangeGroup, api.GroupChange{ChatID: choir, Link: &yes})
	say(b1, choir, "still here")
	wantSaid(t, choir, []string{"still here"}, c)
	c.Stop()
	c.Start()
	Call(c, api.Sync, api.None{})
	if g := Call(c, api.GetGroup, api.ChatID{ChatID: other}); g.Member || inCommunity(c, choir) != "" {
		t.Errorf("who left the community is in it: %+v", g)
	}
	Call(b1, api.LeaveCommunity, api.LeaveCommunityParams{ChatID: village, Groups: true})
	if g := Call(b1, api.GetGroup, api.ChatID{ChatID: picnic}); g.Member {
		t.Error("who left the groups as well is in one")
	}
	Call(a1, api.EndCommunity, api.ChatID{ChatID: village})
	if inCommunity(a1, picnic)+inCommunity(a1, village) != "" {
		t.Error("the community is over and shown")
	}
}

// X5: two admins link at once, and neither undoes what the other did; a community takes a reset of its announcement group.
func TestX5_CommunityRaces(t *testing.T) {
	shortPatience(t)
	r, a1, a2, b1, b2 := people(t)
	c := r.NewDevice("Carol")
	c.Register(carol)
	village := communityOf(a1, "Village")
	Call(a1, api.AddToGroup, api.GroupPeople{ChatID: village, Phones: []string{string(bob)}})
	bobIs := Call(b1, api.GetStatus, api.None{}).AccountID
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: village, MakeAdmin: []string{bobIs}})
	b1.Eventually("is an admin", func() bool {
		g, err := Try(b1, api.GetGroup, api.ChatID{ChatID: village})
		return err == nil && g.Admin && g.Name == "Village"
	})
	picnic, choir := groupOf(a1, "Picnic", bob), groupOf(b1, "Choir", alice, carol)
	done := make(chan error, 2)
	go func() {
		done <- attempt(a1, api.LinkGroup, api.CommunityGroupID{CommunityID: village, ChatID: picnic})
	}()
	go func() {
		done <- attempt(b1, api.LinkGroup, api.CommunityGroupID{CommunityID: village, ChatID: choir})
	}()
	for range 2 {
		if err := <-done; err != nil {
			t.Errorf("one of two who link at once: %v", err)
		}
	}
	both := []string{"Choir joined", "Picnic joined"}
	wantGroups(t, village, both, a1, a2, b1, b2)
	// An admin is dismissed while it links.
	lunch := groupOf(b1, "Lunch", carol)
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: village, DismissAdmin: []string{bobIs}})
	if attempt(b1, api.LinkGroup, api.CommunityGroupID{CommunityID: village, ChatID: lunch}) == nil {
		t.Error("who is no admin any more links")
	}
	say(a1, village, "before")
	wantSaid(t, village, []string{"before"}, a2, b1, c)
	r.Falsify("UPDATE group_infos SET group_info = x'00' WHERE conversation_id = x'" + hexOf(t, village) + "'")
	a1.WantOnline()
	a3 := r.NewDevice("Alice's tablet")
	a1.Link(a3)
	a1.Eventually("is told of the reset", func() bool { return slices.Contains(lines(a1, village), "*reset") })
	say(a1, village, "after")
	for _, d := range []*Device{a3, b1, c} {
		d.Eventually("reads on", func() bool { return slices.Contains(texts(d, village), "after") })
	}
	wantGroups(t, village, both, a3, b1)
	if inCommunity(c, lunch) != "" {
		t.Error("the refused group is in the community")
	}
}

func hexOf(t *testing.T, chat string) string {
	id, err := ident.ParseID[ident.ChatID](chat)
	if err != nil {
		t.Fatal(err)
	}
	const digits = "0123456789abcdef"
	var b strings.Builder
	for _, octet := range id {
		b.WriteByte(digits[octet>>4])
		b.WriteByte(digits[octet&15])
	}
	return b.String()
}

// X5: a member who is no admin, with a modified app, says that the group is in a community of its own: nobody goes there,
// also not once only admins change the details.
func TestX5_RogueCommunity(t *testing.T) {
	t.Parallel()
	a1, _, b1, _, c := threePeople(t)
	picnic := groupOf(a1, "Picnic", bob, carol)
	trap := communityOf(b1, "Trap")
	b1.Eventually("is in", func() bool { return attempt(b1, api.GetGroup, api.ChatID{ChatID: picnic}) == nil })
	link, err := linkuri.ParseGroup(Call(b1, api.GetCommunity, api.ChatID{ChatID: trap}).Link)
	if err != nil {
		t.Fatal(err)
	}
	err = b1.Core.EditDetails(t.Context(), picnic, func(d *content.GroupDetails) {
		d.Name, d.CommunityID, d.CommunitySecret = "Picnic!", link.Conversation[:], link.Secret
	})
	if err != nil {
		t.Fatal(err)
	}
	named := func(d *Device, name string) {
		d.Eventually("is called "+name, func() bool { return Call(d, api.GetChat, api.ChatID{ChatID: picnic}).Title == name })
	}
	named(c, "Picnic!")
	yes, name := true, "Picnic"
	Call(a1, api.ChangeGroup, api.GroupChange{ChatID: picnic, AdminsEdit: &yes, Name: &name})
	named(c, "Picnic")
	for _, d := range []*Device{a1, c} {
		Call(d, api.Sync, api.None{})
		if _, err := Try(d, api.GetChat, api.ChatID{ChatID: trap}); err == nil {
			t.Errorf("%s is in the trap", d.Name)
		}
	}
}
