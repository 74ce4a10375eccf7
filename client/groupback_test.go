package client_test

import (
	"slices"
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/wire"
)

// fiveInAGroup is a group of Alice, Bob and Carol in which something was said.
func fiveInAGroup(t *testing.T) (chat string, a1, a2, b1, b2, c *Device) {
	t.Helper()
	a1, a2, b1, b2, c = threePeople(t)
	chat = groupOf(a1, "Picnic", bob, carol)
	say(a1, chat, "one")
	wantSaid(t, chat, []string{"one"}, a2, b1, b2, c)
	return chat, a1, a2, b1, b2, c
}

// wantMembers waits until devices show so many members and past members.
func wantMembers(chat string, members, past int, devices ...*Device) {
	for _, d := range devices {
		d.Eventually("shows who is in the group", func() bool {
			g, err := Try(d, api.GetGroup, api.ChatID{ChatID: chat})
			return err == nil && len(g.Members) == members && len(g.Past) == past && Call(d, api.GetChat, api.ChatID{ChatID: chat}).Members == members
		})
	}
}

// wantTold checks what the app tells in a chat after the first line.
func wantTold(t *testing.T, chat string, want []string, devices ...*Device) {
	t.Helper()
	for _, d := range devices {
		told := slices.DeleteFunc(lines(d, chat)[1:], func(line string) bool { return line[0] != '*' })
		if !slices.Equal(told, want) {
			t.Errorf("%s is told %q, want %q", d.Name, told, want)
		}
	}
}

// M50: who leaves is off the lists at once, and admins are told, though nobody writes; once, whatever comes after it.
func TestM50_LeavingShowsAtOnce(t *testing.T) {
	t.Parallel()
	chat, a1, a2, b1, _, c := fiveInAGroup(t)
	Call(b1, api.LeaveGroup, api.ChatID{ChatID: chat})
	wantMembers(chat, 2, 1, a1, a2, c)
	left := []string{"*left " + string(bob)}
	wantTold(t, chat, left, a1, a2)
	c2 := a1.Relay().NewDevice("Carol's laptop") // its join drops what was proposed
	c.Link(c2)
	Call(c2, api.Sync, api.None{})
	Call(a2, api.RepairDevice, api.None{}) // and so does this one's
	wantMembers(chat, 2, 1, a1, a2, c)
	say(a2, chat, "two")
	wantSaid(t, chat, []string{"one", "two"}, a1, a2, c)
	wantSaid(t, chat, []string{"one"}, b1)
	wantMembers(chat, 2, 1, a1, a2, c)
	wantTold(t, chat, left, a1, a2)
	wantTold(t, chat, nil, c)
}

// X5: who has left is added again before anybody has committed the removal, also by somebody who has not read yet that they
// left. The commit carries it out, and all devices of the account read and write.
func TestX5_AddedRightAfterLeaving(t *testing.T) {
	t.Parallel()
	chat, a1, a2, b1, b2, c := fiveInAGroup(t)
	said := []string{"one"}
	for _, late := range []bool{false, true} {
		if late {
			a1.Relay().Forge(func(device string, f *wire.Frame) {
				if e, is := f.Body.(*wire.Event); is && device == a1.Name {
					if pushed, is := e.Happening.(*wire.FeedEntries); is && pushed.Entries[0].Kind == wire.EntryProposal {
						e.Happening = nil // it comes when the feed is read
					}
				}
			})
		}
		Call(b1, api.LeaveGroup, api.ChatID{ChatID: chat})
		g := Call(a1, api.AddToGroup, api.GroupPeople{ChatID: chat, Phones: []string{string(bob)}})
		a1.Relay().Forge(nil)
		if len(g.Members) != 3 {
			t.Errorf("who adds sees %+v", g.Members)
		}
		for _, d := range []*Device{b1, b2, a2, c} {
			wantSaid(t, chat, said, d)
			d.Eventually("may write", func() bool { return Call(d, api.GetChat, api.ChatID{ChatID: chat}).Members == 3 })
			say(d, chat, d.Name)
			said = append(said, d.Name)
		}
	}
	wantSaid(t, chat, said, a1, a2, b1, b2, c)
	wantMembers(chat, 3, 0, a1, a2, b1, b2, c)
	was := []string{"*left " + string(bob), "*added " + string(bob)}
	wantTold(t, chat, append(was, was...), a1, a2, b1, b2)
	wantTold(t, chat, append(was[1:], was[1:]...), c)
}

// X5: who has left joins again by the link before anybody has committed the removal. Nobody is kept from writing until it
// is there with its devices.
func TestX5_JoinsRightAfterLeaving(t *testing.T) {
	t.Parallel()
	chat, a1, a2, b1, b2, c := fiveInAGroup(t)
	yes := true
	link := Call(a1, api.ChangeGroup, api.GroupChange{ChatID: chat, Link: &yes}).Link
	say(a1, chat, "two") // behind what tells the link
	wantSaid(t, chat, []string{"one", "two"}, a2, b1, b2, c)
	Call(b1, api.LeaveGroup, api.ChatID{ChatID: chat})
	wantMembers(chat, 2, 1, a1, a2, c)
	b2.Eventually("knows that it left", func() bool { return !Call(b2, api.GetGroup, api.ChatID{ChatID: chat}).Member })
	letIn := make(chan struct{}, 1)
	a1.Relay().Cut(func(device string, f *wire.Frame) bool {
		r, is := f.Body.(*wire.Request)
		if !is || device != b1.Name && device != b2.Name {
			return false
		}
		send, is := r.Call.(*wire.Send)
		if is && send.External {
			select {
			case letIn <- struct{}{}:
			default:
			}
		}
		return is && send.External
	})
	joined := make(chan error, 1)
	go func() { joined <- attempt(b1, api.JoinGroup, api.GroupLink{Link: link}) }()
	<-letIn
	say(a1, chat, "three")
	wantSaid(t, chat, []string{"one", "two", "three"}, a2, c)
	a1.Relay().Cut(nil)
	if err := <-joined; err != nil {
		t.Fatal(err)
	}
	for _, d := range []*Device{b1, b2} {
		d.Eventually("is in", func() bool { return Call(d, api.GetChat, api.ChatID{ChatID: chat}).Members == 3 })
		say(d, chat, d.Name)
	}
	for _, d := range []*Device{a1, a2, c} {
		wantSaid(t, chat, []string{"one", "two", "three", b1.Name, b2.Name}, d)
	}
	wantMembers(chat, 3, 0, a1, a2, b1, b2, c)
	wantTold(t, chat, []string{"*left " + string(bob), "*joined " + string(bob)}, a1, a2, b1, b2)
	wantTold(t, chat, []string{"*joined " + string(bob)}, c)
}
