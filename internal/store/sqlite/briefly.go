package sqlite

import (
	"context"
	"runtime"

	"parley/internal/store"
)

// mostTogether is how many short reads share a snapshot: each waits until all are done.
const mostTogether = 16

// briefRead is a short read that waits for its snapshot.
type briefRead struct {
	run func(store.Reader) error
	err error
	// done is closed when err is there.
	done chan struct{}
}

// ViewBriefly implements store.Store.
func (s *Store) ViewBriefly(ctx context.Context, fn func(store.Reader) error) error {
	r := &briefRead{run: fn, done: make(chan struct{})}
	select {
	case s.brief <- r:
		<-r.done
		return r.err
	case <-s.Stopped():
		return store.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// serveBrief has as many goroutines as can run carry out short reads: reading needs a large stack, which each of
// thousands of connections would otherwise grow.
func (s *Store) serveBrief() {
	for range min(readers, runtime.GOMAXPROCS(0)) {
		go func() {
			for {
				select {
				case first := <-s.brief:
					s.readTogether(first)
				case <-s.Stopped():
					return
				}
			}
		}()
	}
}

// readTogether carries out a read, and those that wait when its connection is free, on one snapshot.
func (s *Store) readTogether(first *briefRead) {
	var c *conn
	select {
	case c = <-s.pool:
	case <-s.Stopped(): // and so none may come any more
		first.err = store.ErrClosed
		close(first.done)
		return
	}
	batch := s.gather(first)
	failed := s.snapshot(c, func(t *tx) {
		for _, r := range batch {
			r.err = asStoreError(r.run(t))
		}
	})
	s.pool <- c
	for _, r := range batch {
		if r.err == nil {
			r.err = failed
		}
		close(r.done)
	}
}

// gather adds what waits already.
func (s *Store) gather(first *briefRead) []*briefRead {
	batch := append(make([]*briefRead, 0, mostTogether), first)
	for len(batch) < mostTogether {
		select {
		case r := <-s.brief:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}
