package relay

import (
	"bytes"
	"errors"
	"log/slog"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// checkPIN checks a PIN: of a number that is being registered, or as the
// answer to a reminder.
func (s *Session) checkPIN(m *wire.CheckPin) (*wire.Done, error) {
	if err := checkPINForm(m.Pin); err != nil {
		return nil, err
	}
	if s.stage == stageAuthenticated {
		return s.confirmPIN(m.Pin)
	}
	r := s.relay
	granted, err := s.tokenGrant(m.Token)
	if err != nil {
		return nil, err
	}
	leave, err := r.pins.enter(r.ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	ts, err := r.takeTry(granted.account, r.now())
	if errors.Is(err, store.ErrNotFound) {
		return &wire.Done{}, nil // the PIN was removed meanwhile
	}
	if err != nil {
		return nil, err
	}
	if !isPIN(ts.PIN, m.Pin) {
		s.log().Info("wrong PIN", slog.Any("account", ts.Account), slog.Int("tries_left", ts.Tries))
		return nil, wrongPIN(ts, r.now())
	}
	err = r.updateTwoStep(ts, func(now *store.TwoStep) { now.Tries, now.NextTry = wire.PINTries, time.Time{} })
	if err != nil {
		return nil, err
	}
	r.grants.pass(m.Token, ts.PIN.Hash, false)
	r.shareGrant(m.Token)
	return &wire.Done{}, nil
}

// tokenGrant returns the grant of a token, within the pace of the address.
func (s *Session) tokenGrant(token []byte) (grant, error) {
	now := s.relay.now()
	if wait := s.relay.limits.verifies.take(s.address, now); wait > 0 {
		return grant{}, refuseUntil(wait)
	}
	granted, ok := s.relay.findGrant(token)
	if !ok || granted.certificate != nil {
		return grant{}, refuse(wire.ErrorCodeExpired)
	}
	return granted, nil
}

func wrongPIN(ts store.TwoStep, now time.Time) *wire.Error {
	if ts.Tries == 0 {
		return refuse(wire.ErrorPinLocked)
	}
	e := refuse(wire.ErrorPinWrong)
	e.TriesLeft = uint32(ts.Tries)
	e.RetryAfterMS = uint64(max(ts.NextTry.Sub(now).Milliseconds(), 1))
	return e
}

// takeTry takes a try for a PIN before it is made, on disk: neither a crash
// nor guesses at the same time give more of them.
func (r *Relay) takeTry(account ident.AccountID, now time.Time) (ts store.TwoStep, err error) {
	err = r.store.Update(r.ctx, func(tx store.Tx) error {
		if ts, err = tx.FindTwoStep(account); err != nil {
			return err
		}
		switch {
		case ts.Tries <= 0:
			return refuse(wire.ErrorPinLocked)
		case now.Before(ts.NextTry):
			return refuseUntil(ts.NextTry.Sub(now))
		}
		ts.Tries--
		if ts.Tries > 0 {
			ts.NextTry = now.Add(pinWaits[wire.PINTries-1-ts.Tries])
		}
		return tx.PutTwoStep(ts)
	})
	return ts, err
}

// updateTwoStep changes what is stored now, if its PIN is still the one seen.
func (r *Relay) updateTwoStep(seen store.TwoStep, change func(*store.TwoStep)) error {
	return r.store.Update(r.ctx, func(tx store.Tx) error {
		ts, err := tx.FindTwoStep(seen.Account)
		if errors.Is(err, store.ErrNotFound) || err == nil && !bytes.Equal(ts.PIN.Hash, seen.PIN.Hash) {
			return nil
		}
		if err != nil {
			return err
		}
		change(&ts)
		notifyEvent(tx, &wire.TwoStepChanged{}, ts.Account)
		return tx.PutTwoStep(ts)
	})
}

// confirmPIN checks the answer to a reminder. A wrong one costs no try, which
// are for strangers; the pace keeps who has the unlocked phone from searching.
func (s *Session) confirmPIN(pin string) (*wire.Done, error) {
	r := s.relay
	if wait := r.limits.pins.take(s.who.account, r.now()); wait > 0 {
		return nil, refuseUntil(wait)
	}
	var ts store.TwoStep
	err := r.store.View(r.ctx, func(reader store.Reader) (err error) {
		ts, err = reader.FindTwoStep(s.who.account)
		return missing(err, wire.ErrorPinUnset)
	})
	if err != nil {
		return nil, err
	}
	leave, err := r.pins.enter(r.ctx)
	if err != nil {
		return nil, err
	}
	right := isPIN(ts.PIN, pin)
	leave()
	if !right {
		return nil, refuseText(wire.ErrorPinWrong, "This PIN is not right. Try again, or set a new one if you have forgotten it.")
	}
	err = r.updateTwoStep(ts, func(now *store.TwoStep) { proven(now, now.Confirmed+1, r.now()) })
	if err != nil {
		return nil, err
	}
	r.hub.tell(s.who.account, &wire.TwoStepChanged{}, nil)
	return &wire.Done{}, nil
}
