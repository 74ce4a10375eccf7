// Package bustest is the conformance kit of bus.Bus: every implementation must pass Run.
package bustest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"parley/internal/bus"
)

// overhead is what a bus may add to a message.
const overhead = 64

// patience bounds how long a message may take.
const patience = 10 * time.Second

// Run runs all cases, each on buses of its own; join gives n members of one.
func Run(t *testing.T, join func(t *testing.T, n int) []bus.Bus) {
	for name, run := range map[string]func(*testing.T, []bus.Bus){
		"Publish": testPublish, "Order": testOrder, "Request": testRequest, "NoAnswer": testNoAnswer, "Large": testLarge, "Closed": testClosed,
	} {
		t.Run(name, func(t *testing.T) {
			members := join(t, 3)
			t.Cleanup(func() {
				for _, m := range members {
					m.Close()
				}
			})
			run(t, members)
		})
	}
}

// listen subscribes and returns what comes.
func listen(t *testing.T, m bus.Bus, subject string) chan string {
	t.Helper()
	heard := make(chan string, 10_000)
	if err := m.Subscribe(subject, func(message []byte) { heard <- string(message) }); err != nil {
		t.Fatal(err)
	}
	return heard
}

func next(t *testing.T, heard chan string) string {
	t.Helper()
	select {
	case message := <-heard:
		return message
	case <-time.After(patience):
		t.Fatal("nothing came")
		return ""
	}
}

// A message reaches every other member that has subscribed to its subject, once.
func testPublish(t *testing.T, members []bus.Bus) {
	own, second, third := listen(t, members[0], "a.b"), listen(t, members[1], "a.b"), listen(t, members[2], "a.b")
	other := listen(t, members[1], "a.c")
	twice := listen(t, members[2], "a.b")
	members[0].Publish("a.b", []byte("one"))
	members[1].Publish("a.b", []byte("two")) // behind it nothing of "one" comes any more
	for _, heard := range []chan string{third, twice} {
		got := map[string]bool{next(t, heard): true, next(t, heard): true}
		if !got["one"] || !got["two"] {
			t.Errorf("heard %v", got)
		}
	}
	if got := next(t, second); got != "one" {
		t.Errorf("heard %q", got)
	}
	if got := next(t, own); got != "two" {
		t.Errorf("heard %q", got)
	}
	members[0].Publish("a.c", []byte("three"))
	if got := next(t, other); got != "three" || len(second)+len(third)+len(own) > 0 {
		t.Errorf("heard %q, and more of another subject", got)
	}
}

// Messages of one member come in its order.
func testOrder(t *testing.T, members []bus.Bus) {
	heard := listen(t, members[1], "order")
	for i := range 1000 {
		members[0].Publish("order", fmt.Append(nil, i))
	}
	for i := range 1000 {
		if got := next(t, heard); got != fmt.Sprint(i) {
			t.Fatalf("message %d is %q", i, got)
		}
	}
}

// A request is answered by a member that has an answer, and never by the caller.
func testRequest(t *testing.T, members []bus.Bus) {
	for i, m := range members {
		err := m.Serve("who", func(message []byte) []byte {
			if string(message) != fmt.Sprint(i) {
				return nil
			}
			return fmt.Append(nil, "member ", i)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, want := range []string{"1", "2"} {
		if got, err := members[0].Request(ctx, "who", []byte(want)); string(got) != "member "+want || err != nil {
			t.Errorf("%s was answered by %q, %v", want, got, err)
		}
	}
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if got, err := members[0].Request(short, "who", []byte("0")); !errors.Is(err, bus.ErrNoAnswer) {
		t.Errorf("the caller answered %q, %v", got, err)
	}
}

// Without an answer there is an error, in time.
func testNoAnswer(t *testing.T, members []bus.Bus) {
	release := make(chan struct{})
	defer close(release)
	err := members[1].Serve("slow", func([]byte) []byte {
		<-release
		return []byte("late")
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{"nobody", "slow"} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if got, err := members[0].Request(ctx, subject, nil); !errors.Is(err, bus.ErrNoAnswer) {
			t.Errorf("%s answered %q, %v", subject, got, err)
		}
		cancel()
	}
}

// What is too long is lost, and nothing else.
func testLarge(t *testing.T, members []bus.Bus) {
	heard := listen(t, members[1], "large")
	members[0].Publish("large", make([]byte, bus.MaxMessage+1))
	members[0].Publish("large", make([]byte, bus.MaxMessage-overhead))
	if got := next(t, heard); len(got) != bus.MaxMessage-overhead {
		t.Errorf("%d bytes came", len(got))
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := members[0].Request(ctx, "large", make([]byte, bus.MaxMessage+1)); !errors.Is(err, bus.ErrNoAnswer) {
		t.Errorf("a long request: %v", err)
	}
}

// A member that is gone hears nothing, says nothing and keeps nobody waiting.
func testClosed(t *testing.T, members []bus.Bus) {
	gone, heard := listen(t, members[1], "closed"), listen(t, members[2], "closed")
	members[1].Close()
	members[1].Close()
	members[1].Publish("closed", []byte("from the grave"))
	members[0].Publish("closed", []byte("alive"))
	if got := next(t, heard); got != "alive" || len(gone) > 0 {
		t.Errorf("heard %q; who is gone heard %d messages", got, len(gone))
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := members[1].Request(ctx, "closed", nil); !errors.Is(err, bus.ErrNoAnswer) {
		t.Errorf("a request of who is gone: %v", err)
	}
}
