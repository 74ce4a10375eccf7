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
	messages int
	changed  chan struct{} // closed and replaced at every change
	arrived  func(*wire.Entry)
}

// newReader brings a device up to date from a position, so that the relay
// pushes what comes next.
func newReader(ctx context.Context, d *device, after uint64) (*reader, error) {
	r := &reader{d: d, position: after, acked: after, changed: make(chan struct{})}
	d.mu.Lock()
	d.entries = r.take
	d.mu.Unlock()
	r.mu.Lock()
	r.pullLocked()
	r.mu.Unlock()
	return r, r.until(ctx, func() bool { return !r.pulling })
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
		r.messages++
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

// count is how many messages have come.
func (r *reader) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.messages
}

// untilMessages waits for a number of messages and their acknowledgement.
func (r *reader) untilMessages(ctx context.Context, n int) error {
	return r.until(ctx, func() bool { return r.messages >= n && r.acked == r.position })
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
