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

// reminderGaps are the times from setting the PIN to the first reminder, from
// its right answer to the second, and so on: days 1, 3, 7, 14, and then every
// 28 days (M35).
var reminderGaps = []time.Duration{1 * day, 2 * day, 4 * day, 7 * day, 28 * day}

const day = 24 * time.Hour

// proven puts a two-step verification in order after its PIN was proven or set.
func proven(ts *store.TwoStep, confirmed int, now time.Time) {
	ts.Tries, ts.NextTry = wire.PINTries, time.Time{}
	ts.Confirmed = confirmed
	ts.Reminder = now.Add(reminderGaps[min(confirmed, len(reminderGaps)-1)])
}

// challenge says what guards an account against being registered anew.
func (r *Relay) challenge(reader store.Reader, account ident.AccountID, now time.Time, result *wire.VerifyCodeResult) error {
	ts, err := reader.FindTwoStep(account)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || resetOpen(ts, now) {
		return err
	}
	result.PinNeeded = true
	result.PinTriesLeft = uint32(ts.Tries)
	result.PinRetryAfterMS = uint64(max(0, ts.NextTry.Sub(now).Milliseconds()))
	if r.mailer != nil {
		result.Email = maskEmail(ts.Email)
	}
	if resetRuns(ts, now) {
		result.ResetReadyMS = resetReady(ts).UnixMilli()
	}
	return nil
}

// passTwoStep refuses to register a number anew without what guards it (M37).
// It is asked in the transaction that registers: a PIN set or a reset cancelled
// since the number was proven counts.
func passTwoStep(tx store.Tx, granted grant, now time.Time) error {
	ts, err := tx.FindTwoStep(granted.account)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	passed := bytes.Equal(granted.passed, ts.PIN.Hash)
	switch {
	case passed && !granted.reset:
		proven(&ts, 0, now)
		endReset(&ts)
		ts.ResetCancels, ts.ResetBlocked = 0, time.Time{}
		return tx.PutTwoStep(ts)
	case passed || resetOpen(ts, now):
		return tx.DeleteTwoStep(granted.account)
	}
	return refuse(wire.ErrorPinNeeded)
}

// getTwoStep tells any device of the account how it is guarded.
func (s *Session) getTwoStep() (*wire.TwoStep, error) {
	r := s.relay
	result := &wire.TwoStep{EmailAvailable: r.mailer != nil}
	err := r.store.View(r.ctx, func(reader store.Reader) error {
		ts, err := reader.FindTwoStep(s.who.account)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		now := r.now()
		result.PinSet, result.Email, result.ReminderMS = true, maskEmail(ts.Email), ts.Reminder.UnixMilli()
		if resetRuns(ts, now) {
			result.ResetRequestedMS, result.ResetReadyMS = ts.ResetRequested.UnixMilli(), resetReady(ts).UnixMilli()
			result.ResetByOperator = ts.ResetByOperator
		}
		pending, err := reader.FindMailCode(s.who.account, store.MailConfirm)
		if err == nil && now.Before(pending.Expires) && pending.Tries > 0 {
			result.EmailPending = maskEmail(pending.Address)
		}
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	})
	return result, err
}

// setPIN sets, changes or removes the PIN (M35). The primary is the root of
// trust (M40): it needs no former PIN, so that a forgotten one can be replaced.
func (s *Session) setPIN(m *wire.SetPin) (*wire.Done, error) {
	if m.Pin == "" {
		return s.changeTwoStep(func(tx store.Tx) error { return tx.DeleteTwoStep(s.who.account) }, "PIN removed")
	}
	r := s.relay
	if err := checkPINForm(m.Pin); err != nil {
		return nil, err
	}
	if wait := r.limits.pins.take(s.who.account, r.now()); wait > 0 {
		return nil, refuseUntil(wait)
	}
	var account store.Account
	err := r.store.View(r.ctx, func(reader store.Reader) (err error) {
		account, err = reader.FindAccount(s.who.account)
		return err
	})
	if err != nil {
		return nil, err
	}
	if weakPIN(m.Pin, string(account.Phone)) {
		return nil, refuse(wire.ErrorPinWeak)
	}
	leave, err := r.pins.enter(r.ctx)
	if err != nil {
		return nil, err
	}
	hash, err := newPINHash(r.random, m.Pin, r.settings.PINCost)
	leave()
	if err != nil {
		return nil, err
	}
	return s.changeTwoStep(func(tx store.Tx) error { return putPIN(tx, account.ID, hash, r.now()) }, "PIN set")
}

func putPIN(tx store.Tx, account ident.AccountID, hash store.PINHash, now time.Time) error {
	before, err := tx.FindTwoStep(account)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	ts := store.TwoStep{Account: account, PIN: hash, Email: before.Email, ResetAnnounced: true}
	proven(&ts, 0, now)
	return tx.PutTwoStep(ts)
}

// changeTwoStep runs a change by a device that is still one of the account's,
// and tells all its devices.
func (s *Session) changeTwoStep(change func(store.Tx) error, what string) (*wire.Done, error) {
	err := s.relay.store.Update(s.relay.ctx, func(tx store.Tx) error {
		if err := refuseMoved(tx, *s.who); err != nil {
			return err
		}
		notifyEvent(tx, &wire.TwoStepChanged{}, s.who.account)
		return change(tx)
	})
	if err != nil {
		return nil, err
	}
	return s.twoStepChanged(what), nil
}

// twoStepChanged tells all devices of the account.
func (s *Session) twoStepChanged(what string) *wire.Done {
	s.log().Info("two-step verification changed", slog.Any("account", s.who.account), slog.String("change", what))
	s.relay.hub.tell(s.who.account, &wire.TwoStepChanged{}, nil)
	return &wire.Done{}
}
