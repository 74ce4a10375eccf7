package client

import (
	"context"

	"parley/wire"
)

// acknowledgeAtLatest is how many entries may be unacknowledged while there is
// other work: one acknowledgement for many costs less.
const acknowledgeAtLatest = 256

// acknowledging is an acknowledgement on its way. The relay of a busy group takes its
// time for the answer: nothing else waits for it.
type acknowledging struct {
	position uint64
	answer   chan error
}

// acknowledgeMuch acknowledges when much has come since.
func (w *worker) acknowledgeMuch(ctx context.Context) (bool, error) {
	return w.acknowledgeFrom(ctx, acknowledgeAtLatest)
}

// acknowledge tells the relay how far this device has got.
func (w *worker) acknowledge(ctx context.Context) (bool, error) { return w.acknowledgeFrom(ctx, 1) }

// acknowledgeFrom takes the answer to the last acknowledgement, or sends the next if this
// device has got so many entries further.
func (w *worker) acknowledgeFrom(ctx context.Context, entries uint64) (bool, error) {
	if w.acking != nil {
		return w.takeAcknowledged(ctx)
	}
	w.mu.Lock()
	p := w.progress
	w.mu.Unlock()
	if p.Acknowledged >= p.Feed || p.Feed-p.Acknowledged < entries {
		return false, nil
	}
	a := &acknowledging{p.Feed, make(chan error, 1)}
	w.acking = a
	w.spawn(func() { // or the client is being closed, and the worker ends as well
		_, err := request[*wire.Done](ctx, w.s, &wire.Ack{Position: a.position})
		a.answer <- err
		w.nudge()
	})
	return false, nil // only with the answer is it done
}

// takeAcknowledged takes the answer if it has come.
func (w *worker) takeAcknowledged(ctx context.Context) (bool, error) {
	a := w.acking
	select {
	case err := <-a.answer:
		w.acking = nil
		if err != nil {
			return false, err
		}
		return true, w.update(ctx, func(tx *tx) error {
			tx.progress.Acknowledged = a.position
			return nil
		})
	default:
		return false, nil
	}
}

// acknowledgedAll reports whether the relay knows of all that this device had when it was
// first asked. What has come since is not waited for: in a busy group there is always more.
func (w *worker) acknowledgedAll() bool {
	w.mu.Lock()
	p := w.progress
	w.mu.Unlock()
	if w.toAcknowledge == 0 {
		w.toAcknowledge = p.Feed
	}
	if w.acking != nil && p.Acknowledged < w.toAcknowledge {
		return false
	}
	w.toAcknowledge = 0
	return true
}
