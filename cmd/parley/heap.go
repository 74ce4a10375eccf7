package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// restPercent is how much garbage a relay at rest lets gather, per cent of
	// its live memory: less than Go's 100, for idle devices make next to none.
	restPercent = 50
	// heapRoom is how much garbage a busy relay lets gather, or as much as Go's 100 per cent if
	// that is more. With those a small one would collect dozens of times a second.
	heapRoom = 16 << 20
	// mostPercent is where Go's smallest heap, 4 MiB at 100 per cent, reaches
	// heapRoom.
	mostPercent = heapRoom * 100 / (4 << 20)
	// heapPeriod is how often the percentage is fitted to what is allocated.
	heapPeriod = time.Second
	// restBytes is how much a relay at rest allocates in a period at most: connections that are
	// silent are asked for a sign of life now and then.
	restBytes = 2 << 20
	// silentPeriods is when a relay at rest frees memory once more: connections that have fallen
	// silent have given up their large stacks by then.
	silentPeriods = 3
)

// keepHeap fits the garbage collection of this process to what it does, until
// ctx ends. Who sets GOGC has decided otherwise. rest gives back what a busy process keeps elsewhere.
func keepHeap(ctx context.Context, rest func()) {
	if os.Getenv("GOGC") != "" {
		return
	}
	ticker := time.NewTicker(heapPeriod)
	defer ticker.Stop()
	collected := collections(ctx)
	h := heap{percent: restPercent, sinceTick: heapMark{at: time.Now()}}
	debug.SetGCPercent(restPercent)
	for {
		h.fit()
		if h.atRest() {
			rest()
			debug.FreeOSMemory() // what the busy time left: it would stay while nothing happens
		}
		if !h.watch(ctx, collected, ticker.C) {
			return
		}
	}
}

// heap is what is known of the garbage of this process.
type heap struct {
	// percent is what the collector was told last.
	percent int
	// made is how much was allocated in the last period, and rested for how many it was little.
	made   uint64
	rested int
	// sinceTick and sinceCollection are where the counting of what is allocated begins.
	sinceTick, sinceCollection heapMark
}

// heapMark is how much had been allocated at a time.
type heapMark struct {
	at    time.Time
	total uint64
}

// watch raises the percentage where a period needs it, until its end; it returns false when ctx ends.
func (h *heap) watch(ctx context.Context, collected <-chan struct{}, end <-chan time.Time) bool {
	h.sinceCollection = h.sinceTick
	for {
		select {
		case <-ctx.Done():
			return false
		case <-collected:
			h.raise()
		case <-end:
			return true
		}
	}
}

// fit fits the percentage to the period that ends.
func (h *heap) fit() {
	total, live := readHeap()
	h.made = total - h.sinceTick.total
	h.sinceTick = heapMark{time.Now(), total}
	next := gcPercent(h.made, live)
	// Setting it stops the world for a moment: not for a small change.
	if next == restPercent || next*4 > h.percent*5 || next*4 < h.percent*3 {
		h.set(next)
	}
}

// raise is called after a collection. When thousands come back at once, the percentage of rest would have it collect
// a dozen times before the period ends.
func (h *heap) raise() {
	total, live := readHeap()
	now := time.Now()
	since := max(now.Sub(h.sinceCollection.at), heapPeriod/100)
	made := total - h.sinceCollection.total
	h.sinceCollection = heapMark{now, total}
	if next := gcPercent(made*uint64(heapPeriod/since), live); next*4 > h.percent*5 {
		h.set(next)
	}
}

func (h *heap) set(percent int) {
	if percent != h.percent {
		debug.SetGCPercent(percent)
		h.percent = percent
	}
}

// atRest reports whether memory is to be given back now.
func (h *heap) atRest() bool {
	if h.made > restBytes {
		h.rested = 0
		return false
	}
	h.rested++
	return h.rested == 1 || h.rested == silentPeriods
}

// collections tells of each garbage collection until ctx ends.
func collections(ctx context.Context) <-chan struct{} {
	collected := make(chan struct{}, 1)
	var watch func()
	watch = func() {
		type canary struct{ _ *int } // alone in its memory, and so in nobody's way
		runtime.AddCleanup(new(canary), func(struct{}) {
			if ctx.Err() != nil {
				return
			}
			select {
			case collected <- struct{}{}:
			default:
			}
			watch()
		}, struct{}{})
	}
	watch()
	return collected
}

// gcPercent returns the percentage at which a process with live bytes that
// allocates so much in each heapPeriod collects about twice in it.
func gcPercent(allocated, live uint64) int {
	room := min(allocated/2, max(heapRoom, live))
	return int(min(max(room*100/max(live, 1), restPercent), mostPercent))
}

// readHeap returns how much was allocated in all, and what the last collection
// found alive with the stacks and globals, from which the percentage counts.
func readHeap() (allocated, live uint64) {
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"},
		{Name: "/gc/heap/live:bytes"},
		{Name: "/gc/scan/stack:bytes"},
		{Name: "/gc/scan/globals:bytes"},
	}
	metrics.Read(samples)
	for _, s := range samples[1:] {
		live += s.Value.Uint64()
	}
	return samples[0].Value.Uint64(), live
}
