package relay_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/relay"
	"parley/internal/store"
	"parley/wire"
)

// askReset proves a number and asks for the reset of its PIN.
func (w *world) askReset(phone string) time.Time {
	w.Helper()
	p, proven := w.prove(phone)
	return time.UnixMilli(must[*wire.StartPinResetResult](p, &wire.StartPinReset{Token: proven.Token}).ReadyMS)
}

// tryRegister proves a number and tries to register it without PIN.
func (w *world) tryRegister(phone string) wire.ResponseResult {
	w.Helper()
	p, proven := w.prove(phone)
	return p.call(w.another(p, phone, proven).registration(proven.Token))
}

func isRefused(result wire.ResponseResult, code wire.ErrorCode) bool {
	e, ok := result.(*wire.Error)
	return ok && e.Code == code
}

// Seven days after a reset was asked for, and for seven days, the number can be
// registered without PIN (M35–M37).
func TestPINReset_Period(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		open  bool
	}{
		"at once":        {0, false},
		"6 d 23 h":       {6*24*time.Hour + 23*time.Hour, false},
		"7 d + 1 min":    {7*24*time.Hour + time.Minute, true},
		"13 d 23 h":      {13*24*time.Hour + 23*time.Hour, true},
		"14 d, unused":   {14 * 24 * time.Hour, false},
		"8 d, restarted": {8 * 24 * time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				alice := w.guarded(somePhone)
				if ready := w.askReset(somePhone); time.Until(ready).Round(time.Second) != 7*24*time.Hour {
					t.Errorf("the reset is ready in %v", time.Until(ready))
				}
				event[*wire.TwoStepChanged](alice.peer)
				if strings.Contains(name, "restarted") {
					w.restartRelay()
				}
				time.Sleep(c.after)
				result := w.tryRegister(somePhone)
				if _, ok := result.(*wire.Done); ok != c.open || !ok && !isRefused(result, wire.ErrorPinNeeded) {
					t.Errorf("registering was answered by %T %v", result, result)
				}
				w.stopEarly()
			})
		})
	}
}

// All devices of the account are told at once and see how long they have; each
// can cancel, and then nothing is open (M37).
func TestPINReset_CancelledByAnyDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.guarded(somePhone)
		tablet := alice.link()
		quiet[*wire.TwoStepChanged](tablet.peer)
		ready := w.askReset(somePhone)
		for _, d := range []*device{alice, tablet} {
			event[*wire.TwoStepChanged](d.peer)
			ts := must[*wire.TwoStep](d.peer, &wire.GetTwoStep{})
			if ts.ResetReadyMS != ready.UnixMilli() || ts.ResetRequestedMS == 0 || ts.ResetByOperator {
				t.Errorf("a device sees %+v", ts)
			}
		}
		time.Sleep(6 * 24 * time.Hour)
		tablet.reconnect()
		must[*wire.Done](tablet.peer, &wire.CancelPinReset{})
		must[*wire.Done](tablet.peer, &wire.CancelPinReset{}) // again, the answer was lost
		if ts := must[*wire.TwoStep](tablet.peer, &wire.GetTwoStep{}); ts.ResetReadyMS != 0 || !ts.PinSet {
			t.Errorf("after the cancellation: %+v", ts)
		}
		time.Sleep(24*time.Hour + time.Minute)
		if result := w.tryRegister(somePhone); !isRefused(result, wire.ErrorPinNeeded) {
			t.Errorf("after the cancellation, registering was answered by %v", result)
		}
		w.stopEarly()
	})
}

// Asking again moves nothing; after each cancellation the next request waits
// twice as long (M37).
func TestPINReset_RepeatedRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.guarded(somePhone)
		first := w.askReset(somePhone)
		event[*wire.TwoStepChanged](alice.peer)
		time.Sleep(24 * time.Hour)
		if again := w.askReset(somePhone); !again.Equal(first) {
			t.Errorf("a second request moved the time by %v", again.Sub(first))
		}
		alice.reconnect()
		quiet[*wire.TwoStepChanged](alice.peer)
		for _, block := range []time.Duration{1, 2, 4, 8, 14, 14} {
			must[*wire.Done](alice.peer, &wire.CancelPinReset{})
			time.Sleep(block*24*time.Hour - time.Minute)
			p, proven := w.prove(somePhone)
			if e := p.refused(wire.ErrorResetCancelled, &wire.StartPinReset{Token: proven.Token}); e.RetryAfterMS != uint64(time.Minute.Milliseconds()) {
				t.Errorf("a minute before the end of %d days: %+v", block, e)
			}
			time.Sleep(time.Minute)
			w.askReset(somePhone)
			alice.reconnect()
		}
		// A new PIN ends the reset that runs.
		must[*wire.Done](alice.peer, &wire.SetPin{Pin: "740381"})
		time.Sleep(8 * 24 * time.Hour)
		if result := w.tryRegister(somePhone); !isRefused(result, wire.ErrorPinNeeded) {
			t.Errorf("after a new PIN, registering was answered by %v", result)
		}
		w.stopEarly()
	})
}

// An operator begins the same waiting period: it is logged, the devices are
// told and can cancel it. An invitation alone does not pass the PIN (M37).
func TestPINReset_ByTheOperator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.guarded(somePhone)
		_, err := relay.StartPINReset(context.Background(), w.store, time.Now(), "+32470999999")
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the reset of a number that nobody has: %v", err)
		}
		ready, err := relay.StartPINReset(context.Background(), w.store, time.Now(), somePhone)
		if err != nil || time.Until(ready) != 7*24*time.Hour {
			t.Errorf("the reset is ready in %v, %v", time.Until(ready), err)
		}
		event[*wire.TwoStepChanged](alice.peer)
		if ts := must[*wire.TwoStep](alice.peer, &wire.GetTwoStep{}); !ts.ResetByOperator || ts.ResetReadyMS != ready.UnixMilli() {
			t.Errorf("the device sees %+v", ts)
		}
		synctest.Wait()
		if log := w.log.String(); strings.Count(log, "by_operator=true") != 1 || strings.Contains(log, "470123456") {
			t.Errorf("the log says:\n%s", log)
		}
		time.Sleep(7*24*time.Hour + time.Minute)
		if result := w.tryRegister(somePhone); isRefused(result, wire.ErrorPinNeeded) {
			t.Error("the number could not be registered after the waiting period")
		}
		w.stopEarly()
	})
}
