package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

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

// A burst after a rest is met at its first collections, not when the period ends.
func TestHeap_Raise(t *testing.T) {
	defer debug.SetGCPercent(100)
	total, _ := readHeap()
	h := heap{percent: restPercent, sinceCollection: heapMark{at: time.Now().Add(-time.Hour), total: total}}
	h.raise()
	if h.percent != restPercent {
		t.Errorf("after an hour of little: %d per cent", h.percent)
	}
	made := make([]byte, 8<<20)
	h.raise()
	runtime.KeepAlive(made)
	if h.percent <= restPercent {
		t.Errorf("after a collection that came soon: %d per cent", h.percent)
	}
}

func TestCollections(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	collected := collections(ctx)
	for range 3 {
		runtime.GC()
		select {
		case <-collected:
		case <-time.After(10 * time.Second):
			t.Fatal("a collection was not told")
		}
	}
}
