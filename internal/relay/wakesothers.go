package relay

import (
	"slices"
	"time"

	"parley/internal/store"
)

// mayWake asks the store whether a device is to be woken now: it may be connected to another relay,
// have taken everything there, or been woken by one. If not, it sees to it that it is decided later.
func (w *wakes) mayWake(s *sleeper, news uint64) bool {
	w.mu.Lock()
	patient, again := s.patient, s.tries > 0
	w.mu.Unlock()
	if again {
		return true // it was claimed for this relay
	}
	taken, wait, err := w.claim(s, news, patient)
	w.mu.Lock()
	defer w.mu.Unlock()
	s.patient = false
	switch {
	case err != nil:
		wait = wakeRetry
	case taken:
		s.taken = max(s.taken, news)
		return false
	case wait == 0:
		return true
	}
	s.patient = err == nil && !patient && wait == ackPatience
	if s.look == nil {
		w.lookLocked(s, wait)
	}
	return false
}

// claim reports whether a device has taken what it would be woken for, or how long to wait before it
// is asked again; if neither, it is this relay that wakes it.
func (w *wakes) claim(s *sleeper, news uint64, patient bool) (taken bool, wait time.Duration, err error) {
	r := w.relay
	err = r.store.Update(r.ctx, func(tx store.Tx) error {
		taken, wait = false, 0
		device, err := tx.FindDevice(s.device)
		if err != nil || device.Removed || device.Cursor >= news {
			taken = err == nil
			return err
		}
		shared := tx.(store.SharedTx)
		if !patient {
			elsewhere, err := shared.ListConnected(s.account)
			if err != nil {
				return err
			}
			if slices.Contains(elsewhere, s.device) {
				wait = ackPatience
				return nil
			}
		}
		now := r.now()
		claimed, err := shared.ClaimWake(s.device, now.UnixMilli(), now.Add(-r.settings.PushInterval).UnixMilli())
		if !claimed {
			wait = r.settings.PushInterval
		}
		return err
	})
	return taken, wait, err
}
