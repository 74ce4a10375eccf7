package relay

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"parley/ident"
	"parley/internal/push"
	"parley/internal/store"
)

// wakes decides when devices are woken through push services: those that are
// not connected, and those that are and do not answer. A device that has been
// woken is left alone for a while: it will fetch everything, and a wake-up says
// nothing that the last one did not.
//
// The store says who is subscribed; here is only what is needed to look there
// seldom. Its lock is taken after those of hub.
type wakes struct {
	relay  *Relay
	pusher Pusher
	// places holds back wake-ups beyond maxWaking.
	places chan struct{}

	mu       sync.Mutex
	devices  map[ident.DeviceID]*sleeper
	accounts map[ident.AccountID][]*sleeper
	stopped  bool
}

// sleeper is a device with a subscription.
type sleeper struct {
	device  ident.DeviceID
	account ident.AccountID
	// news is the feed position of the last entry that is worth waking for, and
	// taken what the device has acknowledged.
	news, taken uint64
	// look is when it is next decided; nil if nothing is to decide.
	look *time.Timer
	// woken is when the device was last woken, tested when a person tried it, and
	// tries how often a push service has not taken the present wake-up.
	woken, tested time.Time
	tries         int
	// patient is set when the device, connected to another relay, has been given time to take it.
	patient bool
}

func (w *wakes) start(r *Relay, pusher Pusher) error {
	w.relay, w.pusher = r, pusher
	w.devices, w.accounts = make(map[ident.DeviceID]*sleeper), make(map[ident.AccountID][]*sleeper)
	w.places = make(chan struct{}, maxWaking)
	if pusher == nil {
		return nil
	}
	return r.store.View(r.ctx, func(reader store.Reader) error {
		subscriptions, err := reader.ListPushSubscriptions()
		for _, s := range subscriptions {
			w.add(s.Account, s.Device)
		}
		return err
	})
}

// stop has nobody woken from now on.
func (w *wakes) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	for _, s := range w.devices {
		if s.look != nil {
			s.look.Stop()
		}
	}
}

// add notes that a device has a subscription.
func (w *wakes) add(account ident.AccountID, device ident.DeviceID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.devices[device]; s != nil {
		s.tries = 0
		return
	}
	s := &sleeper{device: device, account: account}
	w.devices[device] = s
	w.accounts[account] = append(w.accounts[account], s)
}

// remove notes that it has none.
func (w *wakes) remove(device ident.DeviceID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.devices[device]
	if s == nil {
		return
	}
	if s.look != nil {
		s.look.Stop()
	}
	delete(w.devices, device)
	left := slices.DeleteFunc(slices.Clone(w.accounts[s.account]), func(other *sleeper) bool { return other == s })
	if w.accounts[s.account] = left; len(left) == 0 {
		delete(w.accounts, s.account)
	}
}

func (w *wakes) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.devices)
}

// notify tells that something is in an account's feed. It does not block.
func (w *wakes) notify(account ident.AccountID, position uint64) {
	w.mu.Lock()
	sleepers := w.accounts[account]
	w.mu.Unlock()
	if len(sleepers) == 0 {
		return
	}
	connected := w.relay.hub.connected(account)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range sleepers {
		s.news = max(s.news, position)
		if s.look != nil {
			continue
		}
		wait := time.Duration(0)
		if _, ok := connected[s.device]; ok {
			wait = ackPatience
		}
		w.lookLocked(s, max(wait, s.woken.Add(w.relay.settings.PushInterval).Sub(w.relay.now())))
	}
}

// acked tells what a device has taken.
func (w *wakes) acked(device ident.DeviceID, position uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.devices[device]; s != nil {
		s.taken = max(s.taken, position)
	}
}

func (w *wakes) lookLocked(s *sleeper, wait time.Duration) {
	if w.stopped || w.devices[s.device] != s {
		return
	}
	s.look = time.AfterFunc(max(wait, 0), func() { w.decide(s) })
}

// decide wakes a device unless it has taken everything meanwhile.
func (w *wakes) decide(s *sleeper) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.look = nil
	if w.stopped || w.devices[s.device] != s || s.taken >= s.news {
		return
	}
	s.woken = w.relay.now()
	news := s.news
	w.relay.jobs.Go(func() {
		w.places <- struct{}{}
		defer func() { <-w.places }()
		if w.relay.others.journal != nil && !w.mayWake(s, news) {
			return
		}
		_, err := w.wake(s.device)
		w.settle(s, news, err)
	})
}

// settle decides what comes after a wake-up, or its failure.
func (w *wakes) settle(s *sleeper, news uint64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var refused *push.RefusedError
	if err == nil || errors.As(err, &refused) && !refused.Temporary() || errors.Is(err, push.ErrEndpoint) || s.tries+1 >= wakeTries {
		s.tries = 0
		s.taken = max(s.taken, news) // it is woken for something newer
		return
	}
	wait := wakeRetry << (2 * s.tries)
	s.tries++
	if refused != nil {
		wait = max(wait, refused.RetryAfter)
	}
	if s.look == nil {
		w.lookLocked(s, wait)
	}
}

// wake sends a wake-up, and forgets a subscription that is gone. It returns
// whether there is one.
func (w *wakes) wake(device ident.DeviceID) (found bool, err error) {
	r := w.relay
	var s store.PushSubscription
	err = r.store.View(r.ctx, func(reader store.Reader) (err error) {
		s, err = reader.FindPushSubscription(device)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		w.remove(device)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = w.pusher.Wake(r.ctx, s.Endpoint)
	switch {
	case err == nil:
		r.counters.wakeups.Inc()
	case errors.Is(err, push.ErrGone):
		r.counters.wakeupsGone.Inc()
		return false, w.forget(device, s.Endpoint)
	default:
		r.counters.wakeupFailures.Inc()
		r.log.Warn("a push service did not take a wake-up", slog.Any("device", device), slog.Any("cause", err))
	}
	return true, err
}

// forget removes a subscription, unless the device has another one meanwhile.
func (w *wakes) forget(device ident.DeviceID, endpoint string) error {
	r := w.relay
	left := false
	err := r.store.Update(r.ctx, func(tx store.Tx) error {
		if err := tx.DeletePushSubscription(device, endpoint); err != nil {
			return err
		}
		_, err := tx.FindPushSubscription(device)
		left = err == nil
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	})
	if err == nil && !left {
		w.remove(device)
	}
	return err
}

// mayTest returns how long a device has to wait before it may try its wake-ups.
func (w *wakes) mayTest(device ident.DeviceID) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.devices[device]
	if s == nil {
		return 0
	}
	now := w.relay.now()
	if wait := s.tested.Add(pushTestPause).Sub(now); wait > 0 {
		return wait
	}
	s.tested = now
	return 0
}
