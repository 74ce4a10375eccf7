package relay

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// codeWaits are the times between one code for a number and the next; the last
// one goes on.
var codeWaits = []time.Duration{30 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}

// tokenSize makes a token unguessable.
const tokenSize = 32

// grant is a number whose holder has proven it, waiting to be registered.
type grant struct {
	phone   ident.Phone
	account ident.AccountID
	expires time.Time
	// certificate is of the device that was registered with it; until then nil.
	certificate []byte
}

// registration keeps what is between RequestCode and Register. It is in
// memory: after a restart people ask for a code again.
type registration struct {
	mu       sync.Mutex
	requests map[ident.Phone][]time.Time
	grants   map[string]grant
}

// request notes a code request for a number, or returns how long to wait.
func (g *registration) request(phone ident.Phone, now time.Time, perHour int) (wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	recent := g.recentLocked(phone, now)
	if wait := nextCodeAt(recent, perHour).Sub(now); wait > 0 {
		return wait
	}
	if g.requests == nil {
		g.requests = make(map[ident.Phone][]time.Time)
	}
	g.requests[phone] = append(recent, now)
	return 0
}

// waitAfter returns how long to wait after the request just noted.
func (g *registration) waitAfter(phone ident.Phone, now time.Time, perHour int) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return max(0, nextCodeAt(g.recentLocked(phone, now), perHour).Sub(now))
}

// recentLocked returns the requests of the last hour.
func (g *registration) recentLocked(phone ident.Phone, now time.Time) []time.Time {
	times := g.requests[phone]
	for len(times) > 0 && now.Sub(times[0]) >= time.Hour {
		times = times[1:]
	}
	return times
}

// nextCodeAt returns when the next code may be asked for after those of the
// last hour.
func nextCodeAt(recent []time.Time, perHour int) time.Time {
	n := len(recent)
	if n == 0 {
		return time.Time{}
	}
	next := recent[n-1].Add(codeWaits[min(n, len(codeWaits))-1])
	if n >= perHour {
		if hour := recent[n-perHour].Add(time.Hour); hour.After(next) {
			return hour
		}
	}
	return next
}

// put stores a grant under its token.
func (g *registration) put(token []byte, granted grant) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.grants == nil {
		g.grants = make(map[string]grant)
	}
	g.grants[hex.EncodeToString(token)] = granted
}

// find returns the grant of a token.
func (g *registration) find(token []byte, now time.Time) (grant, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	granted, ok := g.grants[hex.EncodeToString(token)]
	return granted, ok && !now.After(granted.expires)
}

// spend leaves a grant to the device that was registered with it: it may ask
// again if the answer was lost.
func (g *registration) spend(token, certificate []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := hex.EncodeToString(token)
	if granted, ok := g.grants[key]; ok {
		granted.certificate = certificate
		g.grants[key] = granted
	}
}

// sweep forgets what is over.
func (g *registration) sweep(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for phone := range g.requests {
		if len(g.recentLocked(phone, now)) == 0 {
			delete(g.requests, phone)
		}
	}
	for token, granted := range g.grants {
		if now.After(granted.expires) {
			delete(g.grants, token)
		}
	}
}

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
	if wait := r.registration.request(phone, now, r.settings.CodesPerNumber); wait > 0 {
		return nil, refuseUntil(wait)
	}
	if err := s.sendCode(phone, now); err != nil {
		return nil, err
	}
	return &wire.RequestCodeResult{
		Sender:       r.sender.Name(),
		RetryAfterMS: uint64(r.registration.waitAfter(phone, now, r.settings.CodesPerNumber).Milliseconds()),
		ExpiresInMS:  uint64(codeLifetime.Milliseconds()),
	}, nil
}

// sendCode makes, stores and sends a code.
func (s *Session) sendCode(phone ident.Phone, now time.Time) error {
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
	if err := r.sender.Send(ctx, phone, code); err != nil {
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
	granted, existing, err := s.proveNumber(phone, m.Code, now)
	if err != nil {
		return nil, err
	}
	token := make([]byte, tokenSize)
	if _, err := io.ReadFull(r.random, token); err != nil {
		return nil, err
	}
	r.registration.put(token, granted)
	return &wire.VerifyCodeResult{Token: token, AccountID: granted.account[:], Existing: existing}, nil
}

// proveNumber checks a code and says which account the number is to have.
func (s *Session) proveNumber(phone ident.Phone, code string, now time.Time) (granted grant, existing bool, err error) {
	r := s.relay
	fresh, err := ident.NewID[ident.AccountID](r.random)
	if err != nil {
		return grant{}, false, err
	}
	granted = grant{phone: phone, expires: now.Add(grantLifetime)}
	var refusal error
	err = r.store.Update(r.ctx, func(tx store.Tx) (err error) {
		account, err := tx.FindAccountByPhone(phone)
		existing = err == nil
		granted.account = account.ID
		if errors.Is(err, store.ErrNotFound) {
			granted.account, err = fresh, nil
		}
		if err == nil {
			refusal, err = tryCode(tx, phone, code, now)
		}
		return err
	})
	return granted, existing, errors.Join(err, refusal)
}

// register makes the caller's device the primary of an account: a new one, or
// the one that held the number, whose devices are all logged out. While the
// grant lives, the same device may ask again and is answered alike.
func (s *Session) register(m *wire.Register) (*wire.Done, error) {
	r := s.relay
	granted, ok := r.registration.find(m.Token, r.now())
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
	r.registration.spend(m.Token, m.Certificate)
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
		out, err = r.replaceKey(tx, granted.account, c.AccountKey)
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
