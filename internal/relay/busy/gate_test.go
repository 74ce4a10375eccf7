package busy

import (
	"testing"
	"time"
)

func TestGate(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	full := func(n int, took time.Duration) *Gate {
		g := new(Gate)
		for range n + 1 {
			g.Begin(now)
		}
		g.End(took)
		return g
	}
	for _, c := range []struct {
		name  string
		n     int
		took  time.Duration
		taken bool
	}{
		{"nothing under way, and the last was slow", 0, time.Hour, true},
		{"many that are quick", Most - 1, Long, true},
		{"more than the most", Most, time.Millisecond, false},
		{"fewer than many that are slow", Many - 1, VeryLong, true},
		{"many that are slow", Many, Long + 1, false},
		{"few that are very slow", Some - 1, time.Hour, true},
		{"some that are very slow", Some, VeryLong + 1, false},
	} {
		if _, taken := full(min(c.n, Most-1), c.took).Begin(now); c.n < Most && taken != c.taken {
			t.Errorf("%s: taken %v", c.name, taken)
		}
	}
	g := full(Most-1, time.Millisecond)
	if _, taken := g.Begin(now); !taken {
		t.Error("there is room for the last")
	}
	if _, taken := g.Begin(now); taken {
		t.Error("there are more than the most")
	}
}

// What took long before everything was done does not keep the next ones away.
func TestGate_Idle(t *testing.T) {
	g, now := new(Gate), time.Unix(1_800_000_000, 0)
	g.Begin(now)
	g.End(time.Hour)
	for n := range Some + 1 {
		if _, taken := g.Begin(now); !taken {
			t.Fatalf("number %d after everything was done is refused", n)
		}
	}
}

// Who is refused comes back in turn, as fast as writes end, and after a minute at the latest.
func TestGate_Turns(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	g := new(Gate)
	for range Many + 1 {
		g.Begin(now)
	}
	g.End(Many * time.Millisecond) // a thousand a second
	for i := range 10 {
		wait, taken := g.Begin(now)
		if want := Soon + time.Duration(i)*time.Millisecond; taken || wait != want {
			t.Fatalf("number %d comes back after %v, want %v", i, wait, want)
		}
	}
	for range 200_000 {
		g.Begin(now)
	}
	if wait, _ := g.Begin(now); wait != Late {
		t.Errorf("of very many one comes back after %v, want %v", wait, Late)
	}
	if wait, _ := g.Begin(now.Add(2 * Late)); wait != Soon {
		t.Errorf("later one comes back after %v, want %v", wait, Soon)
	}
}
