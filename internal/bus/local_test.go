package bus_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"parley/internal/bus"
	"parley/internal/bus/bustest"
)

func join(_ *testing.T, n int) []bus.Bus {
	local := new(bus.Local)
	members := make([]bus.Bus, n)
	for i := range members {
		members[i] = local.Join()
	}
	return members
}

func TestConformance(t *testing.T) { bustest.Run(t, join) }

func TestSealedConformance(t *testing.T) {
	bustest.Run(t, func(t *testing.T, n int) []bus.Bus {
		members := join(t, n)
		for i := range members {
			members[i] = seal(t, members[i], 1)
		}
		return members
	})
}

func seal(t *testing.T, b bus.Bus, key byte) bus.Bus {
	t.Helper()
	sealed, err := bus.Seal(b, bytes.Repeat([]byte{key}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// Who has not the key reads nothing and says nothing.
func TestSealed(t *testing.T) {
	members := join(t, 4)
	ours, other, stranger, wire := seal(t, members[0], 1), seal(t, members[1], 1), seal(t, members[2], 2), members[3]
	heard, seen := make(chan string, 10), make(chan []byte, 10)
	for _, subscribe := range []error{
		other.Subscribe("a", func(m []byte) { heard <- string(m) }),
		stranger.Subscribe("a", func(m []byte) { heard <- "stranger: " + string(m) }),
		wire.Subscribe("a", func(m []byte) { seen <- m }),
		other.Serve("ask", func(m []byte) []byte { return append([]byte("answer to "), m...) }),
		wire.Serve("forged", func(m []byte) []byte { return m }),
	} {
		if subscribe != nil {
			t.Fatal(subscribe)
		}
	}
	stranger.Publish("a", []byte("forged"))
	wire.Publish("a", []byte("forged"))
	wire.Publish("a", nil)
	ours.Publish("a", []byte("first message"))
	<-seen // the stranger's
	box := <-seen
	if bytes.Contains(box, []byte("first")) {
		t.Errorf("the server reads %q", box)
	}
	wire.Publish("b", box) // under another subject it is nothing
	if got := <-heard; got != "first message" || len(heard) > 0 {
		t.Errorf("heard %q, and %d more", got, len(heard))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if got, err := ours.Request(ctx, "ask", []byte("me")); string(got) != "answer to me" || err != nil {
		t.Errorf("the answer is %q, %v", got, err)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got, err := ours.Request(short, "forged", []byte("me")); !errors.Is(err, bus.ErrNoAnswer) {
		t.Errorf("a request came back as its answer: %q, %v", got, err)
	}
}
