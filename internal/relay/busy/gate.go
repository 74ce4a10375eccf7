// Package busy refuses work early: who is told when to come back costs a fraction of one whose
// message is written, and what is taken stays quick.
package busy

import (
	"sync"
	"sync/atomic"
	"time"
)

// Work is refused once there is much of it and it waits long. Little that waits very long are
// messages to large groups, each of which costs as much as a thousand others, and which those
// must not wait behind. Below that there is always room, however slow the disk is.
const (
	// Most is how many writes may be under way at all.
	Most = 2048
	// Many is how many may be under way while one takes Long, and Some while one takes
	// VeryLong.
	Many, Long     = 1024, 250 * time.Millisecond
	Some, VeryLong = 64, time.Second
	// Soon and Late bound when who is refused comes back.
	Soon, Late = time.Second, time.Minute
)

// Gate lets writes in. Its methods may be called from any goroutine and do not block.
type Gate struct {
	underWay atomic.Int64
	took     atomic.Int64 // of the last write that ended while others waited, nanoseconds

	mu sync.Mutex
	// next is when the next that is refused has its turn.
	next time.Time
}

// Begin lets a write in, which End is told of, or says after what time to come back. Turns are
// given one after the other, as fast as writes end: those who wait do not all come together,
// and do not come so often that refusing them takes the time that their messages need.
func (g *Gate) Begin(now time.Time) (wait time.Duration, taken bool) {
	n, took := g.underWay.Load(), time.Duration(g.took.Load())
	if n < Most && (n < Many || took <= Long) && (n < Some || took <= VeryLong) {
		g.underWay.Add(1)
		return 0, true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if soonest := now.Add(Soon); g.next.Before(soonest) {
		g.next = soonest
	}
	wait = g.next.Sub(now)
	if wait > Late {
		return Late, false
	}
	g.next = g.next.Add(took / time.Duration(n)) // n end while one takes so long
	return wait, false
}

// End notes that a write is done, and what it took. Once none is under way, what the last ones took says nothing about
// the next: a server that was gone for a second is back.
func (g *Gate) End(took time.Duration) {
	if g.underWay.Add(-1) == 0 {
		took = 0
	}
	g.took.Store(int64(took))
}

// UnderWay is how many writes are under way.
func (g *Gate) UnderWay() int { return int(g.underWay.Load()) }
