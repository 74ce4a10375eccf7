package sqlstore

import (
	"context"
	"sync"

	"parley/internal/store"
)

const (
	// MaxBatch is how many transactions share one commit at most.
	MaxBatch = 512
	// MaxWaiting is how many wait in the queue; who submits more waits for room. It leaves a
	// relay the choice to refuse before.
	MaxWaiting = 4 * MaxBatch
)

// Write is one transaction on its way through the writer.
type Write struct {
	// Run is the work of the transaction; it may run more than once.
	Run func(store.Tx) error
	// Hint says what Run does.
	Hint store.Hint
	// Err is what became of it.
	Err  error
	done func(error)
}

// Queue holds the transactions that wait for the one goroutine that writes. Its methods
// Submit, SubmitHinted and Update are those of store.Store.
type Queue struct {
	waiting chan *Write
	// closing guards waiting against Submit after Close.
	closing sync.RWMutex
	closed  bool
	stopped chan struct{}
}

// NewQueue returns an empty queue; Serve takes from it.
func NewQueue() *Queue {
	return &Queue{waiting: make(chan *Write, MaxWaiting), stopped: make(chan struct{})}
}

// Submit implements store.Store.
func (q *Queue) Submit(fn func(store.Tx) error, done func(error)) {
	q.SubmitHinted(store.Hint{}, fn, done)
}

// SubmitHinted implements store.Store.
func (q *Queue) SubmitHinted(hint store.Hint, fn func(store.Tx) error, done func(error)) {
	q.closing.RLock()
	defer q.closing.RUnlock()
	if q.closed {
		done(store.ErrClosed)
		return
	}
	q.waiting <- &Write{Run: fn, Hint: hint, done: done}
}

// Update implements store.Store.
func (q *Queue) Update(ctx context.Context, fn func(store.Tx) error) error {
	result := make(chan error, 1)
	q.Submit(fn, func(err error) { result <- err })
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Serve gives batches of what waits to commit, which sets the errors, and tells those who
// wait in order. It returns when the queue is closed and empty.
func (q *Queue) Serve(commit func(batch []*Write)) {
	defer close(q.stopped)
	batch := make([]*Write, 0, MaxBatch)
	for first := range q.waiting {
		batch = q.gather(append(batch[:0], first))
		commit(batch)
		for i, w := range batch {
			w.done(w.Err)
			batch[i] = nil
		}
	}
}

// gather adds what waits in the queue already.
func (q *Queue) gather(batch []*Write) []*Write {
	for len(batch) < MaxBatch {
		select {
		case w, open := <-q.waiting:
			if !open {
				return batch
			}
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

// Stopped is closed when Serve has returned.
func (q *Queue) Stopped() <-chan struct{} { return q.stopped }

// Close takes no more transactions and waits until those that wait are done. It reports
// whether this was the first call.
func (q *Queue) Close() bool {
	q.closing.Lock()
	first := !q.closed
	if first {
		q.closed = true
		close(q.waiting)
	}
	q.closing.Unlock()
	<-q.stopped
	return first
}
