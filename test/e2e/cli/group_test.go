package cli_test

import (
	"slices"
	"strings"
	"testing"

	"parley/client/api"
)

const carolPhone = "+32470000003"

// M50, X5: three people have a group: they write, one comes by the link, one is removed, one leaves.
func TestM50_GroupOfThree(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob, carol := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob"), register(r, carolPhone, "Carol")
	made := decode[api.Chat](t, alice.want("group", "create", "Picnic", "--member", bobPhone, "--description", "On Sunday", "--json"))
	if made.Members != 2 || made.Title != "Picnic" {
		t.Fatalf("the new group is %+v", made)
	}
	alice.send("Picnic", "hello")
	bob.want("receive", "--once")
	bob.send("picnic", "hello, too")
	link := strings.TrimSpace(alice.want("group", "link", "Picnic", "--new"))
	carol.want("group", "join", link)
	bob.want("receive", "--once")
	alice.want("receive", "--once")
	carol.send(made.ID, "I am here")
	for _, d := range []*device{alice, bob} {
		d.want("receive", "--once")
		if got := d.texts("Picnic"); !slices.Equal(got, []string{"hello", "hello, too", "I am here"}) {
			t.Errorf("%s has %q", d.name, got)
		}
	}
	bob.refused("not_allowed", "group", "remove", made.ID, carolPhone)
	alice.want("group", "set", "Picnic", "--name", "Lunch", "--write", "admins")
	bob.want("receive", "--once")
	bob.refused("group_writing", "send", "--to", "Lunch", "may I?")
	alice.want("group", "admin", "Lunch", bobPhone)
	bob.want("receive", "--once")
	bob.want("group", "remove", "Lunch", carolPhone)
	bob.send("Lunch", "without Carol")
	carol.want("receive", "--once")
	if got := carol.texts(made.ID); !slices.Equal(got, []string{"I am here"}) {
		t.Errorf("who was removed has %q", got)
	}
	carol.refused("group_gone", "send", "--to", made.ID, "let me in")
	gather(t, alice, bob)
	alice.want("group", "leave", "Lunch")
	shown := decode[api.Group](t, bob.want("group", "show", "Lunch", "--json"))
	if !shown.Admin || shown.Description != "On Sunday" {
		t.Errorf("in the end the group is %+v", shown)
	}
	if got := bob.want("messages", "--with", "Lunch"); !strings.Contains(got, "named the group Lunch") || !strings.Contains(got, "removed") {
		t.Errorf("what was changed is not told:\n%s", got)
	}
}

// gather puts the group into a community, and lets Bob, who is in it, into another group (X5).
func gather(t *testing.T, alice, bob *device) {
	t.Helper()
	alice.want("community", "create", "Village", "--group", "Lunch")
	alice.want("community", "link", "Village", "Choir", "--new")
	alice.send("Village", "welcome")
	bob.want("receive", "--once")
	if got := bob.texts("Village"); !slices.Equal(got, []string{"welcome"}) {
		t.Errorf("who is in a group of the community has %q", got)
	}
	bob.refused("community_admin", "community", "link", "Village", "Lunch")
	bob.want("community", "join", "Village", "Choir")
	shown := decode[api.Community](t, bob.want("community", "groups", "Village", "--json"))
	if len(shown.Groups) != 2 || shown.Groups[0].State != api.CommunityGroupJoined || shown.Groups[1].State != api.CommunityGroupJoined || shown.Admin {
		t.Errorf("the community is %+v", shown)
	}
	alice.want("community", "unlink", "Village", "Choir")
	bob.want("receive", "--once")
	if got := bob.want("community", "groups", "Village"); strings.Contains(got, "Choir") || !strings.Contains(got, "Lunch") {
		t.Errorf("a group was taken out, and the community is\n%s", got)
	}
	bob.want("community", "leave", "Village")
	if got := bob.want("community", "list"); strings.Contains(got, "Village") {
		t.Errorf("who left has communities\n%s", got)
	}
	alice.want("community", "end", "Village")
}
