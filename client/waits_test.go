package client_test

import (
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
)

// X9: where a message cannot be read the chat says who can bring it: with no other
// own device, the contact what it wrote, and nobody for certain what was one's own.
func TestX9_PlaceholderSaysWhoIsAsked(t *testing.T) {
	t.Parallel()
	for name, waiting := range map[string]struct {
		linked bool
		mine   int
		want   api.WaitsFor
	}{
		"the contact's":                 {false, 0, api.WaitsForContact},
		"the contact's, with a sibling": {true, 0, api.WaitsForOwn},
		"one's own":                     {false, 1, api.WaitsForGone},
		"one's own, with a sibling":     {true, 1, api.WaitsForOwn},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewRelay(t)
			a1, b1 := r.NewDevice("Alice"), r.NewDevice("Bob")
			a1.Register(alice)
			b1.Register(bob)
			if waiting.linked {
				a1.Link(r.NewDevice("Alice's laptop"))
			}
			if waiting.mine == 1 {
				a1.Send(bob, "text")
			} else {
				b1.Send(alice, "text")
			}
			a1.WantTexts(bob, []string{"text"})
			Call(a1, api.Sync, api.None{})
			a1.Stop()
			n := 0
			query(t, a1, "UPDATE message SET kind = 'waiting', text = '' RETURNING 1", &n)
			a1.Start()
			if m := a1.Messages(bob)[0]; m.Kind != api.MessageWaiting || m.WaitsFor != waiting.want {
				t.Errorf("the chat shows %s, waits for %q", m.Kind, m.WaitsFor)
			}
		})
	}
}

// X9: what somebody wrote who has left the group is not waited for where no own device has it.
func TestX9_PlaceholderOfWhoHasLeft(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a, b, c := r.NewDevice("Alice"), r.NewDevice("Bob"), r.NewDevice("Carol")
	for d, phone := range map[*Device]ident.Phone{a: alice, b: bob, c: carol} {
		d.Register(phone)
	}
	chat := groupOf(a, "Picnic", bob, carol)
	say(a, chat, "one")
	wantSaid(t, chat, []string{"one"}, b, c)
	say(c, chat, "text")
	wantSaid(t, chat, []string{"one", "text"}, a, b)
	Call(c, api.LeaveGroup, api.ChatID{ChatID: chat})
	wantMembers(chat, 2, 1, a, b)
	Call(a, api.Sync, api.None{})
	a.Stop()
	n := 0
	query(t, a, "UPDATE message SET kind = 'waiting', text = '' WHERE text = 'text' RETURNING 1", &n)
	a.Start()
	waiting := 0
	for _, m := range Call(a, api.ListMessages, api.MessagesParams{ChatID: chat, Limit: 500, After: -1}).Messages {
		if m.Kind != api.MessageWaiting {
			continue
		}
		if waiting++; m.WaitsFor != api.WaitsForNobody {
			t.Errorf("it waits for %q", m.WaitsFor)
		}
	}
	if waiting != 1 {
		t.Errorf("%d messages wait", waiting)
	}
}
