package relay

import (
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"parley/ident"
	"parley/internal/codetext"
	"parley/internal/store"
	"parley/wire"
)

// maskEmail hides most of a mail address, so that who holds only the number
// learns little, and its owner recognises it.
func maskEmail(address string) string {
	name, domain, ok := strings.Cut(address, "@")
	if !ok {
		return ""
	}
	end := ""
	if dot := strings.LastIndexByte(domain, '.'); dot > 0 {
		end = domain[dot:]
	}
	return first(name) + "•••@" + first(domain) + "•••" + end
}

func first(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return text[:size]
}

// parseEmail accepts a bare address.
func parseEmail(text string) (string, error) {
	text = strings.TrimSpace(text)
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || len(text) > wire.MaxEmail || strings.ContainsAny(text, "\r\n\"") {
		return "", refuse(wire.ErrorEmailInvalid)
	}
	return text, nil
}

// setRecoveryEmail has a code sent to a new recovery address, or removes the
// present one (M36). The present one counts until the new one is confirmed.
func (s *Session) setRecoveryEmail(m *wire.SetRecoveryEmail) (*wire.MailCodeResult, error) {
	if m.Address == "" {
		_, err := s.changeTwoStep(func(tx store.Tx) error { return removeEmail(tx, s.who.account) }, "recovery address removed")
		return &wire.MailCodeResult{}, err
	}
	address, err := parseEmail(m.Address)
	if err != nil {
		return nil, err
	}
	if s.relay.mailer == nil {
		return nil, refuseText(wire.ErrorEmailUnavailable, "This server sends no mail. Ask its operator, or go on without a recovery address.")
	}
	err = s.relay.store.View(s.relay.ctx, func(r store.Reader) error {
		_, err := r.FindTwoStep(s.who.account)
		return missing(err, wire.ErrorPinUnset)
	})
	if err != nil {
		return nil, err
	}
	return s.sendMailCode(store.MailConfirm, s.who.account, address, m.Language)
}

func removeEmail(tx store.Tx, account ident.AccountID) error {
	ts, err := tx.FindTwoStep(account)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	ts.Email = ""
	return errors.Join(tx.PutTwoStep(ts), tx.DeleteMailCode(account, store.MailConfirm), tx.DeleteMailCode(account, store.MailReset))
}

// requestPINResetMail has a code sent to the recovery address of the account
// whose number was proven.
func (s *Session) requestPINResetMail(m *wire.RequestPinResetMail) (*wire.MailCodeResult, error) {
	granted, err := s.tokenGrant(m.Token)
	if err != nil {
		return nil, err
	}
	var ts store.TwoStep
	err = s.relay.store.View(s.relay.ctx, func(r store.Reader) (err error) {
		ts, err = r.FindTwoStep(granted.account)
		return missing(err, wire.ErrorEmailUnavailable)
	})
	if err != nil {
		return nil, err
	}
	if ts.Email == "" || s.relay.mailer == nil {
		return nil, refuse(wire.ErrorEmailUnavailable)
	}
	return s.sendMailCode(store.MailReset, granted.account, ts.Email, m.Language)
}

// sendMailCode makes, stores and sends a code, within the pace of the account
// and of the address.
func (s *Session) sendMailCode(purpose store.MailPurpose, account ident.AccountID, address, language string) (*wire.MailCodeResult, error) {
	r := s.relay
	now := r.now()
	if wait := r.mails.request(account, now, r.settings.CodesPerNumber); wait > 0 {
		return nil, refuseUntil(wait)
	}
	if wait := r.limits.mailers.take(account, now); wait > 0 {
		return nil, refuseUntil(wait)
	}
	if wait := r.limits.mailboxes.take(strings.ToLower(address), now); wait > 0 {
		return nil, refuseUntil(wait)
	}
	code, salt, err := newDigits(r.random)
	if err != nil {
		return nil, err
	}
	stored := store.MailCode{
		Account: account, Purpose: purpose, Address: address, Salt: salt, Hash: hashCode(salt, address, code),
		Expires: now.Add(mailCodeLifetime), Tries: wire.CodeTries,
	}
	if err := r.store.Update(r.ctx, func(tx store.Tx) error { return tx.PutMailCode(stored) }); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.ctx, sendCodeTimeout)
	defer cancel()
	subject, text := mailText(purpose, codetext.Pick(language), code)
	if err := r.mailer.SendMail(ctx, address, subject, text); err != nil {
		s.log().Error("code could not be sent by mail", slog.Any("account", account), slog.Any("cause", err))
		return nil, refuseText(wire.ErrorCodeNotSent, "The mail could not be sent. Check the address, or try again later.")
	}
	r.counters.codes.Inc()
	return &wire.MailCodeResult{
		Email:        maskEmail(address),
		RetryAfterMS: uint64(r.mails.waitAfter(account, now, r.settings.CodesPerNumber).Milliseconds()),
		ExpiresInMS:  uint64(mailCodeLifetime.Milliseconds()),
	}, nil
}

func mailText(purpose store.MailPurpose, language codetext.Language, code string) (subject, text string) {
	if purpose == store.MailReset {
		return codetext.ResetMail(language, code, mailCodeLifetime)
	}
	return codetext.ConfirmMail(language, code, mailCodeLifetime)
}

// checkMailCode checks a code that came by mail: to confirm an address, or to
// reset the PIN of a number that is being registered.
func (s *Session) checkMailCode(m *wire.CheckMailCode) (*wire.Done, error) {
	if s.stage == stageAuthenticated {
		return s.confirmEmail(m.Code)
	}
	r := s.relay
	granted, err := s.tokenGrant(m.Token)
	if err != nil {
		return nil, err
	}
	var ts store.TwoStep
	var refusal error
	err = r.store.Update(r.ctx, func(tx store.Tx) error {
		if ts, err = tx.FindTwoStep(granted.account); err != nil {
			return missing(err, wire.ErrorCodeExpired)
		}
		// A code for an address that is not the recovery address any more is dead.
		_, refusal, err = tryMailCode(tx, granted.account, store.MailReset, ts.Email, m.Code, r.now())
		return err
	})
	if err := errors.Join(err, refusal); err != nil {
		return nil, err
	}
	r.grants.pass(m.Token, ts.PIN.Hash, true)
	r.shareGrant(m.Token)
	s.log().Info("PIN reset by mail", slog.Any("account", granted.account))
	return &wire.Done{}, nil
}

// confirmEmail makes the address that got the code the recovery address.
func (s *Session) confirmEmail(code string) (*wire.Done, error) {
	var refusal error
	err := s.relay.store.Update(s.relay.ctx, func(tx store.Tx) error {
		if err := refuseMoved(tx, *s.who); err != nil {
			return err
		}
		ts, err := tx.FindTwoStep(s.who.account)
		if err != nil {
			return missing(err, wire.ErrorPinUnset)
		}
		var address string
		if address, refusal, err = tryMailCode(tx, ts.Account, store.MailConfirm, "", code, s.relay.now()); err != nil || refusal != nil {
			return err
		}
		ts.Email = address
		return tx.PutTwoStep(ts)
	})
	if err := errors.Join(err, refusal); err != nil {
		return nil, err
	}
	return s.twoStepChanged("recovery address confirmed"), nil
}

// tryMailCode compares a code with the stored one for a purpose, and for an
// address if one is given, and takes a try if it is another. refusal is apart
// from err because the try must be stored nevertheless.
func tryMailCode(
	tx store.Tx, account ident.AccountID, purpose store.MailPurpose, address, code string, now time.Time,
) (confirmed string, refusal, err error) {
	c, err := tx.FindMailCode(account, purpose)
	if errors.Is(err, store.ErrNotFound) || err == nil && (c.Tries <= 0 || now.After(c.Expires) || address != "" && address != c.Address) {
		return "", refuse(wire.ErrorCodeExpired), nil
	}
	if err != nil {
		return "", nil, err
	}
	if subtle.ConstantTimeCompare(hashCode(c.Salt, c.Address, code), c.Hash) == 1 {
		return c.Address, nil, tx.DeleteMailCode(account, purpose)
	}
	c.Tries--
	wrong := refuse(wire.ErrorCodeWrong)
	wrong.TriesLeft = uint32(c.Tries)
	return "", wrong, tx.PutMailCode(c)
}
