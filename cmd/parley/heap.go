package main

import (
	"context"
	"os"
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
	percent, allocated, _ := restPercent, uint64(0), debug.SetGCPercent(restPercent)
	rested := 0
	for {
		total, live := readHeap()
		made := total - allocated
		next := gcPercent(made, live)
		allocated = total
		// Setting it stops the world for a moment: not for a small change.
		if next != percent && (next == restPercent || next*4 > percent*5 || next*4 < percent*3) {
			debug.SetGCPercent(next)
			percent = next
		}
		if made > restBytes {
			rested = 0
		} else if rested++; rested == 1 || rested == silentPeriods {
			rest()
			debug.FreeOSMemory() // what the busy time left: it would stay while nothing happens
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
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
