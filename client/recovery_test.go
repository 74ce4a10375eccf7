package client_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/wire"
)

// The devices of a contact change between the moment their key packages are
// claimed and the moment the conversation is made: it is made anew.
func TestCreation_DeviceRemovedMeanwhile(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, b1, b2 := r.NewDevice("Alice"), r.NewDevice("Bob"), r.NewDevice("Bob's laptop")
	a1.Register(alice)
	b1.Register(bob)
	b1.Link(b2)
	chat := Call(a1, api.OpenChat, api.OpenChatParams{Phone: string(bob)})
	tried := make(chan struct{}, 1)
	r.Cut(func(device string, f *wire.Frame) bool {
		request, ok := f.Body.(*wire.Request)
		if !ok || device != "Alice" {
			return false
		}
		if _, creates := request.Call.(*wire.CreateConversation); !creates {
			return false
		}
		select {
		case tried <- struct{}{}:
		default:
		}
		return true
	})
	Call(a1, api.Send, api.SendParams{ChatID: chat.ID, Text: "hi"})
	<-tried
	Call(b1, api.RemoveDevice, api.DeviceID{ID: Call(b2, api.GetStatus, api.None{}).DeviceID})
	r.Cut(nil)
	b1.WantTexts(alice, []string{"hi"})
	a1.Eventually("an empty outbox", func() bool { return Call(a1, api.GetStatus, api.None{}).Outbox == 0 })
}

// A device that was away for longer than the relay keeps entries, commits among
// them, finds back, and gets what it missed from who has it (X9).
func TestAway_LongerThanRelayKeeps(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, b1, b2 := r.NewDevice("Alice"), r.NewDevice("Bob"), r.NewDevice("Bob's laptop")
	a2 := r.NewDevice("Alice's laptop")
	a1.Register(alice)
	b1.Register(bob)
	a1.Link(a2)
	b1.Send(alice, "hello")
	a1.WantTexts(bob, []string{"hello"})
	a2.WantTexts(bob, []string{"hello"})
	a2.Stop()
	b1.Link(b2) // a commit
	b2.WantTexts(alice, []string{"hello"})
	b1.Send(alice, "while you were away")
	a1.WantTexts(bob, []string{"hello", "while you were away"})
	r.Retire(21 * 24 * time.Hour)
	a2.Start()
	chat := Call(a2, api.OpenChat, api.OpenChatParams{Phone: string(bob)})
	Call(a2, api.Send, api.SendParams{ChatID: chat.ID, Text: "back again"})
	b1.Eventually("the answer", func() bool { return slices.Contains(b1.Held(alice), "back again") })
	a2.WantTexts(bob, []string{"hello", "while you were away", "back again"})
}

// An ordinary loss of the connection is told as one, not as a fault of the app.
func TestConnection_LossIsNamed(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1 := r.NewDevice("Alice")
	a1.Register(alice)
	var problem atomic.Pointer[api.Error]
	r.Stop()
	a1.Eventually("offline", func() bool {
		s := Call(a1, api.GetStatus, api.None{})
		problem.Store(s.ConnectionProblem)
		return s.Connection == api.ConnectionOffline && s.ConnectionProblem != nil
	})
	if code := problem.Load().Code; code != "relay_unreachable" && code != "unavailable" {
		t.Errorf("told as %s", code)
	}
}
