package client_test

import (
	"slices"
	"sync/atomic"
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/wire"
)

// X5, X9: what was said before an account left a group, and a device of it has not read, comes from another of its
// devices, and is not waited for where there is none. Who comes back does not wait for it either.
func TestX9_LeftBeforeItWasRead(t *testing.T) {
	t.Parallel()
	a1, a2, b1, b2, c := threePeople(t)
	chat := groupOf(a1, "Picnic", bob, carol)
	say(a1, chat, "one")
	wantSaid(t, chat, []string{"one"}, a2, b1, b2, c)
	r := a1.Relay()
	r.Forge(func(device string, f *wire.Frame) {
		if e, is := f.Body.(*wire.Event); is && (device == b2.Name || device == c.Name) {
			e.Happening = nil // the feed brings nothing
		}
	})
	say(a1, chat, "two")
	wantSaid(t, chat, []string{"one", "two"}, b1)
	for _, d := range []*Device{b2, c} {
		Call(d, api.LeaveGroup, api.ChatID{ChatID: chat})
	}
	r.Forge(nil)
	wantSaid(t, chat, []string{"one", "two"}, b1, b2)
	wantSaid(t, chat, []string{"one"}, c)
	say(a1, chat, "between") // which takes them out first
	Call(a1, api.AddToGroup, api.GroupPeople{ChatID: chat, Phones: []string{string(bob), string(carol)}})
	say(a1, chat, "three")
	wantSaid(t, chat, []string{"one", "two", "between", "three"}, a2)
	wantSaid(t, chat, []string{"one", "two", "three"}, b1, b2)
	wantSaid(t, chat, []string{"one", "three"}, c)
}

// X5: a device that cannot read a group any more, and does not see therefore that its account is taken out of it, hears it
// from the relay.
func TestX5_TakenOutWhileLost(t *testing.T) {
	t.Parallel()
	a1, _, b1, b2, c := threePeople(t)
	chat := groupOf(a1, "Picnic", bob, carol)
	say(a1, chat, "one")
	wantSaid(t, chat, []string{"one"}, b1, b2, c)
	r := a1.Relay()
	var asked atomic.Int32
	r.Forge(func(device string, f *wire.Frame) {
		if response, is := f.Body.(*wire.Response); is && device == c.Name {
			if info, is := response.Result.(*wire.FetchGroupInfoResult); is && len(info.GroupID) > 0 {
				response.Result = wire.NewError(wire.ErrorUnavailable)
				asked.Add(1)
			}
		}
	})
	Call(c, api.RepairDevice, api.None{})
	c.Eventually("has left its groups to come into them again", func() bool { return asked.Load() > 0 })
	Call(a1, api.RemoveFromGroup, api.GroupPeople{ChatID: chat, AccountIDs: []string{Call(c, api.GetStatus, api.None{}).AccountID}})
	r.Forge(nil)
	c.Eventually("is in it no more", func() bool {
		g := Call(c, api.GetGroup, api.ChatID{ChatID: chat})
		return !g.Member && slices.Contains(lines(c, chat), "*left "+string(carol))
	})
}
