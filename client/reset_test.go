package client_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"parley/client"
	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
	"parley/wire"
)

// talked is what people wrote before something happens to the relay.
func talked(t *testing.T) (r *Relay, a1, a2, b1, b2 *Device) {
	t.Helper()
	r, a1, a2, b1, b2 = people(t)
	a1.Send(bob, "one")
	b1.Send(alice, "two")
	for _, d := range []*Device{a1, a2} {
		d.WantTexts(bob, []string{"one", "two"})
	}
	for _, d := range []*Device{b1, b2} {
		d.WantTexts(alice, []string{"one", "two"})
	}
	return r, a1, a2, b1, b2
}

// shortPatience has devices reset sooner what cannot be joined. It must be called
// before devices run.
func shortPatience(t *testing.T) {
	t.Helper()
	t.Cleanup(client.SetUnjoinablePatience(2 * time.Second))
}

// wantAll waits until both people hold the same.
func wantAll(want []string, alices []*Device, bobs []*Device) {
	for _, d := range alices {
		d.WantTexts(bob, want)
	}
	for _, d := range bobs {
		d.WantTexts(alice, want)
	}
}

// X9: the relay is put back to a backup from before messages and a commit: what
// members know is ahead of it. Nothing is lost, people write on, and are told.
func TestX9_RelayPutBack(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, b2 := talked(t)
	backup := r.Backup()
	b1.WantOnline()
	b2.WantOnline()
	removeDevice(t, b1, b2)
	a1.Send(bob, "three")
	b1.Send(alice, "four")
	alices, bobs := []*Device{a1, a2}, []*Device{b1}
	wantAll([]string{"one", "two", "three", "four"}, alices, bobs)
	for _, d := range append(alices, bobs...) {
		Call(d, api.Sync, api.None{})
	}
	r.PutBack(backup)
	a1.Send(bob, "five")
	b1.Send(alice, "six")
	a2.Send(bob, "seven")
	wantAll([]string{"one", "two", "three", "four", "five", "six", "seven"}, alices, bobs)
	for _, d := range alices {
		if !hasLine(d, bob, api.MessageReset) {
			t.Errorf("%s tells nothing of it", d.Name)
		}
	}
}

// X9: what the relay took and lost before the contact fetched it is sent again,
// and stands at the same place everywhere.
func TestX9_RelayLostMessages(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, b2 := talked(t)
	backup := r.Backup()
	b1.Stop()
	b2.Stop()
	a1.Send(bob, "three")
	a2.WantTexts(bob, []string{"one", "two", "three"})
	for _, d := range []*Device{a1, a2} {
		Call(d, api.Sync, api.None{})
	}
	r.PutBack(backup)
	b1.Start()
	b2.Start()
	b1.Send(alice, "four")
	var held []string
	b1.Eventually("all four", func() bool { held = b1.Held(alice); return slices.Contains(held, "three") && len(held) == 4 })
	wantAll(held, []*Device{a1, a2}, []*Device{b1, b2})
}

// X9: the relay is put back to a backup from before the chat was begun.
func TestX9_RelayLostTheChat(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, b2 := people(t)
	for _, d := range []*Device{a1, a2, b1, b2} {
		Call(d, api.Sync, api.None{})
	}
	backup := r.Backup()
	for _, d := range []*Device{a1, a2, b1, b2} {
		d.WantOnline()
	}
	a1.Send(bob, "one")
	b1.Send(alice, "two")
	wantAll([]string{"one", "two"}, []*Device{a1, a2}, []*Device{b1, b2})
	for _, d := range []*Device{a1, a2, b1, b2} {
		Call(d, api.Sync, api.None{})
	}
	r.PutBack(backup)
	a2.Send(bob, "three")
	b2.Send(alice, "four")
	wantAll([]string{"one", "two", "three", "four"}, []*Device{a1, a2}, []*Device{b1, b2})
}

// X9, M113: nobody can join by what the relay keeps of any group. A new device
// replaces them, the account's own conversation too, and has the history.
func TestX9_DamagedGroupInfo(t *testing.T) {
	shortPatience(t)
	r, a1, a2, b1, b2 := talked(t)
	r.Falsify(`UPDATE group_infos SET group_info = zeroblob(100)`)
	a1.WantOnline()
	a3 := r.NewDevice("Alice's tablet")
	a1.Link(a3)
	a3.WantTexts(bob, []string{"one", "two"})
	a3.Send(bob, "three")
	b2.Send(alice, "four")
	wantAll([]string{"one", "two", "three", "four"}, []*Device{a1, a2, a3}, []*Device{b1, b2})
	Call(a3, api.SetName, api.SetNameParams{Name: "Alicia"}) // goes through self
	a2.Eventually("the name", func() bool { return Call(a2, api.GetStatus, api.None{}).Name == "Alicia" })
}

// X9: a leaf that no device accepts keeps a new device out, until there is a
// group without it.
func TestX9_LeafNobodyAccepts(t *testing.T) {
	shortPatience(t)
	r, a1, a2, b1, _ := talked(t)
	r.NewDevice("Carol").Register("+32470000003")
	certificate, key := fakeCertificate(t, r.AccountOf("+32470000003"))
	ghost := r.Intrude(alice, bob, certificate, key)
	try(a1, bob, "three")
	wantAll([]string{"one", "two", "three"}, []*Device{a1, a2}, []*Device{b1})
	wantUnread(t, ghost)
}

// X9: the network, or a relay that fails, is no reason to replace a group.
func TestX9_NoResetForPassingFailures(t *testing.T) {
	shortPatience(t)
	r, a1, _, b1, _ := talked(t)
	r.Forge(func(device string, frame *wire.Frame) {
		if response, ok := frame.Body.(*wire.Response); ok && strings.Contains(device, "tablet") {
			if _, ok := response.Result.(*wire.FetchGroupInfoResult); ok {
				response.Result = wire.NewError(wire.ErrorInternal)
			}
		}
	})
	a3 := r.NewDevice("Alice's tablet")
	a1.Link(a3)
	time.Sleep(5 * time.Second) // longer than the device is patient with a group that cannot be joined
	r.Forge(nil)
	a3.WantTexts(bob, []string{"one", "two"})
	if hasLine(a1, bob, api.MessageReset) || hasLine(b1, alice, api.MessageReset) {
		t.Error("the chat was reset")
	}
}

// X13: a relay that brings back a conversation's first group, to lead devices into a
// weaker one, has it replaced again.
func TestX9_FormerGroupIsRefused(t *testing.T) {
	shortPatience(t)
	r, a1, a2, b1, b2 := talked(t)
	former := r.Backup()
	for _, d := range []*Device{a1, a2, b1, b2} {
		d.Stop()
	}
	r.Falsify(`UPDATE group_infos SET group_info = zeroblob(100)`)
	b1.Start()
	b2.Start()
	a1.Start()
	a2.Start()
	Call(a1, api.RepairDevice, api.None{})
	a1.Eventually("a new group", func() bool { return hasLine(a1, bob, api.MessageReset) })
	a1.Send(bob, "three")
	wantAll([]string{"one", "two", "three"}, []*Device{a1, a2}, []*Device{b1, b2})
	r.PutBack(former)
	a1.Send(bob, "four")
	b2.Send(alice, "five")
	for _, d := range []*Device{a1, b1} {
		with := map[*Device]ident.Phone{a1: bob, b1: alice}[d]
		d.Eventually("all five", func() bool { return len(d.Held(with)) == 5 && !slices.Contains(d.Held(with), "[waiting]") })
	}
	wantAll(a1.Held(bob), []*Device{a1, a2}, []*Device{b1, b2})
}
