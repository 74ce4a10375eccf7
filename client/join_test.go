package client_test

import (
	"sync/atomic"
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// A device that joins its conversations answers calls between the pieces of
// that work.
func TestJoin_CallsAreAnswered(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, b1 := r.NewDevice("Alice"), r.NewDevice("Bob")
	a1.Register(alice)
	b1.Register(bob)
	a1.Send(bob, "before")
	b1.WantTexts(alice, []string{"before"})
	a2 := r.NewDevice("Alice's laptop")
	var answered atomic.Int32
	a2.SetPause(func() {
		if _, err := Try(a2, api.ListChats, api.None{}); err == nil {
			answered.Add(1)
		}
	})
	a1.Link(a2)
	b1.Send(alice, "after")
	a2.Eventually("the chat is joined", func() bool { return len(a2.Texts(bob)) > 0 })
	if answered.Load() == 0 {
		t.Error("no call was answered while the device joined")
	}
}
