package relay

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// resetReady is when a reset that was asked for needs no PIN any more.
func resetReady(ts store.TwoStep) time.Time { return ts.ResetRequested.Add(wire.PINResetWait) }

// resetRuns reports whether a reset waits or may be used.
func resetRuns(ts store.TwoStep, now time.Time) bool {
	return !ts.ResetRequested.IsZero() && now.Before(resetReady(ts).Add(wire.PINResetOpen))
}

// resetOpen reports whether the number may be registered without PIN.
func resetOpen(ts store.TwoStep, now time.Time) bool {
	return resetRuns(ts, now) && !now.Before(resetReady(ts))
}

func endReset(ts *store.TwoStep) {
	ts.ResetRequested, ts.ResetByOperator, ts.ResetAnnounced = time.Time{}, false, true
}

// startPINReset begins the waiting period for a number that was proven, or
// finds the one that runs: asking again gains nothing and costs nothing.
func (s *Session) startPINReset(m *wire.StartPinReset) (*wire.StartPinResetResult, error) {
	r := s.relay
	granted, err := s.tokenGrant(m.Token)
	if err != nil {
		return nil, err
	}
	var ready time.Time
	err = r.store.Update(r.ctx, func(tx store.Tx) error {
		ready, err = beginReset(tx, granted.account, r.now(), false)
		return err
	})
	if err != nil {
		return nil, missing(err, wire.ErrorPinUnset)
	}
	if err := r.announceResets(); err != nil {
		return nil, err
	}
	return &wire.StartPinResetResult{ReadyMS: ready.UnixMilli()}, nil
}

func beginReset(tx store.Tx, account ident.AccountID, now time.Time, byOperator bool) (ready time.Time, err error) {
	ts, err := tx.FindTwoStep(account)
	if err != nil || resetRuns(ts, now) {
		return resetReady(ts), err
	}
	if wait := ts.ResetBlocked.Sub(now); wait > 0 && !byOperator {
		e := refuse(wire.ErrorResetCancelled)
		e.RetryAfterMS = uint64(wait.Milliseconds())
		return ready, e
	}
	ts.ResetRequested, ts.ResetByOperator, ts.ResetAnnounced = now, byOperator, false
	return resetReady(ts), tx.PutTwoStep(ts)
}

// StartPINReset begins the waiting period in the operator's name, on the store
// of a running relay or not; the relay logs it and tells the account's devices
// within announcePeriod. store.ErrNotFound: nobody has the number, or the
// account has no PIN.
func StartPINReset(ctx context.Context, st store.Store, now time.Time, phone ident.Phone) (ready time.Time, err error) {
	err = st.Update(ctx, func(tx store.Tx) error {
		account, err := tx.FindAccountByPhone(phone)
		if err != nil {
			return err
		}
		ready, err = beginReset(tx, account.ID, now, true)
		return err
	})
	return ready, err
}

// cancelPINReset ends a reset; each device of the account may. The next one
// can be asked for later each time, so that a stranger with the number cannot
// wear the person down.
func (s *Session) cancelPINReset() (*wire.Done, error) {
	return s.changeTwoStep(func(tx store.Tx) error {
		ts, err := tx.FindTwoStep(s.who.account)
		now := s.relay.now()
		if errors.Is(err, store.ErrNotFound) || err == nil && !resetRuns(ts, now) {
			return nil // ended on another device
		}
		if err != nil {
			return err
		}
		endReset(&ts)
		ts.ResetBlocked = now.Add(min(resetBlock<<min(ts.ResetCancels, 8), maxResetBlock))
		ts.ResetCancels++
		return tx.PutTwoStep(ts)
	}, "PIN reset cancelled")
}

// runAnnouncements tells devices of what the operator's command has begun,
// until the relay stops.
func (r *Relay) runAnnouncements() {
	announce := time.NewTicker(announcePeriod)
	defer announce.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-announce.C:
			first, err := r.others.isFirst(r.ctx)
			if first {
				err = r.announceResets()
			}
			r.report(err)
		}
	}
}

// announceResets tells the devices of every account whose reset they do not
// know of. A crash in between tells them twice.
func (r *Relay) announceResets() error {
	var resets []store.TwoStep
	err := r.store.View(r.ctx, func(reader store.Reader) (err error) {
		resets, err = reader.ListUnannouncedResets()
		return err
	})
	for _, ts := range resets {
		r.log.Warn("reset of a PIN begins its waiting period", slog.Any("account", ts.Account), slog.Bool("by_operator", ts.ResetByOperator))
		r.hub.tell(ts.Account, &wire.TwoStepChanged{}, nil)
		if err := r.updateTwoStep(ts, func(now *store.TwoStep) { now.ResetAnnounced = true }); err != nil {
			return err
		}
	}
	return err
}
