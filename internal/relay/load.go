package relay

import (
	"sync/atomic"
	"time"

	"parley/wire"
)

// Writes are refused early once there are many and each waits long: a device that is told
// to come back costs a fraction of one whose message is written, and what is taken stays
// quick. Below busyWrites there is always room, however slow the disk is.
const (
	// busyWrites is how many writes may be under way whatever they take.
	busyWrites = 1024
	// busyTime is how long one may have taken for more to be let in.
	busyTime = 250 * time.Millisecond
	// busyRetry is how long a refused device waits at least. Others wait up to twice as
	// long, so that they do not come back together.
	busyRetry = time.Second
	// busySpread is in how many steps they are told apart.
	busySpread = 16
)

// load is how busy the store is. Its methods may be called from any goroutine.
type load struct {
	underWay atomic.Int64
	took     atomic.Int64 // of the last write that ended, nanoseconds
	refused  atomic.Uint64
}

// begin lets a write in, which end is told of, or refuses it.
func (l *load) begin() error {
	if l.underWay.Load() >= busyWrites && time.Duration(l.took.Load()) > busyTime {
		e := refuseText(wire.ErrorUnavailable, "The server is very busy. Your message is kept here and goes out by itself.")
		step := l.refused.Add(1) % busySpread
		e.RetryAfterMS = uint64((busyRetry + busyRetry*time.Duration(step)/busySpread).Milliseconds())
		return e
	}
	l.underWay.Add(1)
	return nil
}

// end notes that a write is done, and what it took.
func (l *load) end(took time.Duration) {
	l.took.Store(int64(took))
	l.underWay.Add(-1)
}
