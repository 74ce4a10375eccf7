package relay

import (
	"slices"
	"sync"
	"time"

	"parley/ident"
	"parley/internal/store"
)

// touchPause is how long it may take until it is written that a device has come: those that
// come meanwhile are written with it. As long as it is there, retention sees that it is.
const touchPause = 200 * time.Millisecond

// touches note in the store when devices were there, and from where.
type touches struct {
	relay *Relay
	mu    sync.Mutex
	came  []touch
}

type touch struct {
	device  ident.DeviceID
	at      time.Time
	address string
}

func (s *Session) touch() touch { return touch{s.who.device, s.relay.now(), s.address} }

func (t touch) note(tx store.Tx) error { return tx.TouchDevice(t.device, t.at, t.address) }

// enter notes a device that has come, soon, if that is not written yet. One that was there last within the period of
// Sweep is noted by that, and when it leaves: after a restart everybody comes back.
func (t *touches) enter(s *Session, last time.Time) {
	if s.connection.Load() > 0 || s.relay.now().Sub(last) < sweepPeriod {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.came = append(t.came, s.touch())
	if len(t.came) == 1 {
		time.AfterFunc(touchPause, t.write)
	}
}

func (t *touches) write() {
	t.mu.Lock()
	came := t.came
	t.came = nil
	t.mu.Unlock()
	for page := range slices.Chunk(came, touchPage) {
		t.relay.store.Submit(func(tx store.Tx) error {
			for _, c := range page {
				if err := c.note(tx); err != nil {
					return err
				}
			}
			return nil
		}, func(error) {}) // it is noted again when they leave
	}
}

// leave notes a device that goes. It need not be on disk before anything else happens, but
// retention must not look in between.
func (t *touches) leave(s *Session) {
	left := s.touch()
	t.relay.store.Submit(func(tx store.Tx) error {
		if number := s.connection.Load(); number > 0 {
			if err := tx.(store.SharedTx).Leave(left.device, number); err != nil {
				return err
			}
		}
		return left.note(tx)
	}, func(error) {})
}
