package main

import "testing"

func TestGCPercent(t *testing.T) {
	for _, c := range []struct {
		what            string
		allocated, live uint64
		want            int
	}{
		{"at rest", 0, 2 << 20, restPercent},
		{"a small relay that is busy", 100 << 20, 2 << 20, mostPercent},
		{"a middle one", 100 << 20, 8 << 20, 200},
		{"a large one", 100 << 20, 100 << 20, restPercent},
		{"before the first collection", 100 << 20, 0, mostPercent},
	} {
		if got := gcPercent(c.allocated, c.live); got != c.want {
			t.Errorf("%s: %d per cent, want %d", c.what, got, c.want)
		}
	}
}
