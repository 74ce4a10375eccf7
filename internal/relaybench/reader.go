package relaybench

import (
	"context"
	"sync"

	"parley/wire"
)

// reader receives what comes for a device and acknowledges it, as a real
// device does: the next acknowledgement goes out when the last was answered.
type reader struct {
	d *device

	mu       sync.Mutex
	position uint64
	acked    uint64
	acking   bool
	pulling  bool
	failure  error
	// expected are the places in missing of the messages that are to come.
	expected   map[string]int
	missing    []bool
	left       int
	duplicated int
	changed    chan struct{} // closed and replaced at every change
	arrived    func(*wire.Entry)
}

// startReader takes what comes for a device behind a position.
func startReader(d *device, after uint64) *reader {
	r := &reader{d: d, position: after, acked: after, changed: make(chan struct{})}
	d.mu.Lock()
	d.entries = r.take
	d.mu.Unlock()
	return r
}

// newReader brings a device up to date from a position, so that the relay
// pushes what comes next.
func newReader(ctx context.Context, d *device, after uint64) (*reader, error) {
	r := startReader(d, after)
	r.pull()
	return r, r.until(ctx, func() bool { return !r.pulling })
}

// pull asks for what is there.
func (r *reader) pull() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pullLocked()
}

// take is told of pushed entries; nil asks to pull.
func (r *reader) take(entries []*wire.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(entries) == 0 || entries[0].Position > r.position+1 {
		r.pullLocked()
		return
	}
	r.applyLocked(entries)
}

func (r *reader) applyLocked(entries []*wire.Entry) {
	for _, e := range entries {
		if e.Position <= r.position {
			continue
		}
		r.position = e.Position
		if e.Kind != wire.EntryApplication {
			continue
		}
		r.countLocked(e)
		if r.arrived != nil {
			r.arrived(e)
		}
	}
	r.acknowledgeLocked()
	r.changedLocked()
}

func (r *reader) pullLocked() {
	if r.pulling {
		return
	}
	r.pulling = true
	r.startLocked(&wire.Pull{After: r.position}, r.pulled)
}

func (r *reader) pulled(answer wire.ResponseResult) {
	result, err := resultOf[*wire.PullResult](answer)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pulling = false
	if err != nil {
		r.failLocked(err)
		return
	}
	r.applyLocked(result.Entries)
	r.position = max(r.position, result.Next)
	if result.Next < result.Head {
		r.pullLocked()
	}
	r.changedLocked()
}

func (r *reader) acknowledgeLocked() {
	if r.acking || r.acked >= r.position {
		return
	}
	r.acking = true
	position := r.position
	r.startLocked(&wire.Ack{Position: position}, func(answer wire.ResponseResult) {
		_, err := resultOf[*wire.Done](answer)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.acking = false
		if err != nil {
			r.failLocked(err)
			return
		}
		r.acked = position
		r.acknowledgeLocked()
		r.changedLocked()
	})
}

func (r *reader) startLocked(call wire.RequestCall, answered func(wire.ResponseResult)) {
	if err := r.d.start(call, answered); err != nil {
		r.failLocked(err)
	}
}

func (r *reader) failLocked(err error) {
	if r.failure == nil {
		r.failure = err
	}
	r.changedLocked()
}

func (r *reader) changedLocked() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// expect names the messages that come next; the map is not written.
func (r *reader) expect(ids map[string]int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expected, r.missing, r.left, r.duplicated = ids, make([]bool, len(ids)), len(ids), 0
	for i := range r.missing {
		r.missing[i] = true
	}
}

func (r *reader) countLocked(e *wire.Entry) {
	i, ok := r.expected[string(e.MessageID)]
	switch {
	case !ok:
	case r.missing[i]:
		r.missing[i] = false
		r.left--
	default:
		r.duplicated++
	}
}

// outcome is how many of the expected messages have not come, and have come again.
func (r *reader) outcome() (lost, duplicated int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.left, r.duplicated
}

// untilExpected waits for all that is expected, and its acknowledgement.
func (r *reader) untilExpected(ctx context.Context) error {
	return r.until(ctx, func() bool { return r.left == 0 && r.acked == r.position })
}

// until waits for a state, which is asked for with the lock held.
func (r *reader) until(ctx context.Context, state func() bool) error {
	for {
		r.mu.Lock()
		done, err, changed := state(), r.failure, r.changed
		r.mu.Unlock()
		if done || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
