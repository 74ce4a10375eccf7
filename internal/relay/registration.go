package relay

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"parley/ident"
	"parley/internal/codetext"
	"parley/internal/store"
	"parley/wire"
)

// codeWaits are the times between one code for a number and the next; the last
// one goes on.
var codeWaits = []time.Duration{30 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}

func (s *Session) requestCode(m *wire.RequestCode) (*wire.RequestCodeResult, error) {
	r := s.relay
	if r.settings.InvitationOnly {
		return nil, refuse(wire.ErrorInvitationNeeded)
	}
	phone, err := ParsePhone(m.Phone)
	if err != nil {
		return nil, err
	}
	now := r.now()
	if wait := r.limits.requests.take(s.address, now); wait > 0 {
		return nil, refuseUntil(wait)
	}
	if wait := r.codes.request(phone, now, r.settings.CodesPerNumber); wait > 0 {
		return nil, refuseUntil(wait)
	}
	if err := s.sendCode(phone, codetext.Pick(m.Language), now); err != nil {
		return nil, err
	}
	return &wire.RequestCodeResult{
		Sender:       r.sender.Name(),
		RetryAfterMS: uint64(r.codes.waitAfter(phone, now, r.settings.CodesPerNumber).Milliseconds()),
		ExpiresInMS:  uint64(codeLifetime.Milliseconds()),
	}, nil
}

// sendCode makes, stores and sends a code.
func (s *Session) sendCode(phone ident.Phone, language codetext.Language, now time.Time) error {
	r := s.relay
	code, stored, err := newCode(r.random, phone, store.CodeSent, now.Add(codeLifetime))
	if err != nil {
		return err
	}
	if err := r.store.Update(r.ctx, func(tx store.Tx) error { return tx.PutCode(stored) }); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.ctx, sendCodeTimeout)
	defer cancel()
	if err := r.sender.Send(ctx, phone, code, language); err != nil {
		s.log().Error("code could not be sent", slog.String("sender", r.sender.Name()), slog.Any("cause", err))
		return refuse(wire.ErrorCodeNotSent)
	}
	r.counters.codes.Inc()
	return nil
}

func (s *Session) verifyCode(m *wire.VerifyCode) (*wire.VerifyCodeResult, error) {
	r := s.relay
	phone, err := ParsePhone(m.Phone)
	if err != nil {
		return nil, err
	}
	now := r.now()
	if wait := r.limits.verifies.take(s.address, now); wait > 0 {
		return nil, refuseUntil(wait)
	}
	result := new(wire.VerifyCodeResult)
	granted, err := s.proveNumber(phone, m.Code, now, result)
	if err != nil {
		return nil, err
	}
	token := make([]byte, tokenSize)
	if _, err := io.ReadFull(r.random, token); err != nil {
		return nil, err
	}
	r.grants.put(token, granted)
	r.shareGrant(token)
	result.Token, result.AccountID = token, granted.account[:]
	return result, nil
}

// proveNumber checks a code, says which account the number is to have, and
// whether it exists and what guards it.
func (s *Session) proveNumber(phone ident.Phone, code string, now time.Time, result *wire.VerifyCodeResult) (granted grant, err error) {
	r := s.relay
	fresh, err := ident.NewID[ident.AccountID](r.random)
	if err != nil {
		return grant{}, err
	}
	var refusal error
	err = r.store.Update(r.ctx, func(tx store.Tx) error {
		granted = grant{phone: phone, account: fresh, expires: now.Add(grantLifetime)}
		account, err := tx.FindAccountByPhone(phone)
		result.Existing = err == nil
		if err == nil {
			granted.account = account.ID
			err = r.challenge(tx, account.ID, now, result)
		} else if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		if err == nil {
			refusal, err = tryCode(tx, phone, code, now)
		}
		return err
	})
	return granted, errors.Join(err, refusal)
}

// register makes the caller's device the primary of an account: a new one, or
// the one that held the number, whose devices are all logged out. While the
// grant lives, the same device may ask again and is answered alike.
func (s *Session) register(m *wire.Register) (*wire.Done, error) {
	r := s.relay
	granted, ok := r.findGrant(m.Token)
	if !ok {
		return nil, refuse(wire.ErrorCodeExpired)
	}
	certificate, err := checkCertificate(m.Certificate, granted.account, m.AccountKey, true)
	if err != nil {
		return nil, err
	}
	err = r.changeDevices(granted.account, wire.LogoutReregistered, func(tx store.Tx) (removalResult, error) {
		return r.registerIn(tx, granted, certificate, m.Certificate)
	}, func() {})
	if err != nil {
		return nil, err
	}
	r.grants.spend(m.Token, m.Certificate)
	r.shareGrant(m.Token)
	s.log().Info("account registered", slog.Any("account", granted.account))
	return &wire.Done{}, nil
}

func (r *Relay) registerIn(tx store.Tx, granted grant, c *ident.Certificate, encoded []byte) (out removalResult, err error) {
	now := r.now()
	if done, err := isStored(tx, c.Device, encoded); done || err != nil {
		return out, err
	}
	if granted.certificate != nil {
		return out, refuse(wire.ErrorCodeExpired)
	}
	if err := refuseKnownDevice(tx, c.Device); err != nil {
		return out, err
	}
	account, err := tx.FindAccountByPhone(granted.phone)
	switch {
	case errors.Is(err, store.ErrNotFound):
		err = tx.CreateAccount(store.Account{ID: granted.account, Phone: granted.phone, Key: c.AccountKey, Created: now})
	case err == nil && account.ID != granted.account:
		return out, refuse(wire.ErrorCodeExpired)
	case err == nil:
		if err = passTwoStep(tx, granted, now); err == nil {
			out, err = r.replaceKey(tx, granted.account, c.AccountKey)
		}
	}
	if err != nil {
		return out, err
	}
	return out, r.createDevice(tx, c, encoded, ident.DeviceID{}, now)
}

// replaceKey gives an account another key and removes all its devices. Their
// self conversation ends with them: no device of the new key could join a group
// of the old one's.
func (r *Relay) replaceKey(tx store.Tx, account ident.AccountID, key []byte) (removalResult, error) {
	devices, err := tx.ListDevices(account)
	if err != nil {
		return removalResult{}, err
	}
	if err := tx.UpdateAccountKey(account, key); err != nil {
		return removalResult{}, err
	}
	if err := tx.RetireSelfConversation(account); err != nil {
		return removalResult{}, err
	}
	return r.remover().removeDevices(tx, devices, wire.LogoutReregistered)
}
