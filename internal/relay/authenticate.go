package relay

import (
	"crypto/ed25519"
	"errors"
	"io"
	"log/slog"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

func (s *Session) hello(m *wire.Hello) (*wire.HelloResult, error) {
	if m.Version < wire.MinVersion || m.Version > wire.Version {
		return nil, refuse(wire.ErrorVersionUnsupported)
	}
	if len(m.Software) > wire.MaxSoftware {
		return nil, refuse(wire.ErrorMalformed)
	}
	nonce := make([]byte, wire.NonceSize)
	if _, err := io.ReadFull(s.relay.random, nonce); err != nil {
		return nil, err
	}
	s.nonce, s.stage = nonce, stageGreeted
	return &wire.HelloResult{
		RelayID: s.relay.identity.ID[:], Nonce: nonce,
		TimeMS: s.relay.now().UnixMilli(), InvitationOnly: s.relay.settings.InvitationOnly,
		Software: s.relay.software,
	}, nil
}

// authenticate lets a device in. The nonce is spent whatever the outcome.
func (s *Session) authenticate(m *wire.Authenticate) (*wire.AuthenticateResult, error) {
	nonce := s.nonce
	s.nonce = nil
	account, err := ident.IDFromBytes[ident.AccountID](m.AccountID)
	if err != nil || len(nonce) == 0 {
		return nil, refuse(wire.ErrorAuthenticationFailed)
	}
	deviceID, err := ident.IDFromBytes[ident.DeviceID](m.DeviceID)
	if err != nil {
		return nil, refuse(wire.ErrorAuthenticationFailed)
	}
	content := wire.AuthenticationContent(s.relay.identity.ID[:], nonce, m.AccountID, m.DeviceID)
	e := entrant{id: deviceID, account: account, endings: s.relay.hub.endings.Load()}
	keeper, now := s.relay.keeper(), s.relay.now()
	err = s.relay.store.ViewBriefly(s.relay.ctx, func(r store.Reader) error {
		err := e.find(r, keeper, now)
		// Here, where reading has made room for it: a signature takes a large stack, too.
		if err == nil && !ed25519.Verify(e.standing.Key, content, m.Signature) {
			err = refuse(wire.ErrorAuthenticationFailed)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if e.tombstone != nil {
		return nil, s.relay.refuseTombstone(*e.tombstone)
	}
	// What is due is done first, so that whoever comes back a minute too late is
	// late, whenever the timer runs.
	if e.due {
		if _, err := keeper.applyAccount(account, now); err != nil {
			return nil, err
		}
	}
	return s.enter(&e)
}

// entrant is a device that wants to come in.
type entrant struct {
	id      ident.DeviceID
	account ident.AccountID
	// endings are those of the hub before anything was read.
	endings  uint64
	standing store.Standing
	// due is set when the keeper has something to do for the account.
	due bool
	// tombstone is set for a device that was removed, of whose standing there is only the account and the key.
	tombstone *store.Device
}

// find reads the device, and whether something is due because of it.
func (e *entrant) find(r store.Reader, k *keeper, now time.Time) error {
	if err := e.read(r); err != nil || e.tombstone != nil || !k.maybeDue(&e.standing, now) {
		return err
	}
	plan, err := k.planAccount(r, e.account, now)
	e.due = len(plan) > 0
	return err
}

// read reads how the device stands, or that it was removed.
func (e *entrant) read(r store.Reader) (err error) {
	e.standing, err = r.FindStanding(e.id)
	if errors.Is(err, store.ErrNotFound) {
		var device store.Device
		device, err = r.FindDevice(e.id)
		e.tombstone, e.standing.Account, e.standing.Key = &device, device.Account, device.Key
	}
	if err == nil && e.standing.Account != e.account {
		err = store.ErrNotFound
	}
	return missing(err, wire.ErrorAuthenticationFailed)
}

// enter makes the session one of the device's account. How the device stands is read again if it may have been
// removed meanwhile: whoever removes it either finds the session in the hub, or has counted that before it was there.
func (s *Session) enter(e *entrant) (*wire.AuthenticateResult, error) {
	s.who = &identity{account: e.account, device: e.id, primary: e.standing.Primary}
	older := s.relay.hub.join(s)
	standing := &e.standing
	err := s.relay.others.enter(s)
	if err == nil && (e.due || s.relay.others.journal != nil || s.relay.hub.endings.Load() != e.endings) {
		standing, err = s.relay.readAgain(e)
	}
	if err != nil {
		s.relay.hub.leave(s)
		s.who = nil
		return nil, err
	}
	if older != nil {
		older.endForNow()
	}
	s.stage = stageAuthenticated
	s.stopIdleTimer()
	s.relay.slots.leave(s)
	s.relay.touches.enter(s, e.standing.LastActive)
	if e.standing.Warned.After(e.standing.LastActive) {
		// The warning is over.
		s.relay.hub.tell(e.account, &wire.DevicesChanged{}, s)
		if s.relay.others.journal != nil {
			s.relay.store.Submit(func(tx store.Tx) error {
				notifyEvent(tx, &wire.DevicesChanged{}, e.account)
				return nil
			}, func(error) {}) // devices ask for the list now and then
		}
	}
	s.relay.log.Debug("device authenticated", slog.Uint64("connection", s.number), slog.Any("account", e.account), slog.Any("device", e.id))
	return &wire.AuthenticateResult{
		FeedHead: standing.Head, FeedCursor: standing.Cursor, Primary: standing.Primary, Phone: string(standing.Phone),
		KeyPackages: keyPackageCounts(standing.KeyPackages), LastActiveMS: e.standing.LastActive.UnixMilli(),
		ExternalSender: s.relay.externalSender,
	}, nil
}

// readAgain returns how a device stands that may have been removed.
func (r *Relay) readAgain(e *entrant) (*store.Standing, error) {
	now := entrant{id: e.id, account: e.account}
	err := r.store.ViewBriefly(r.ctx, now.read)
	if err == nil && now.tombstone != nil {
		err = r.refuseTombstone(*now.tombstone)
	}
	return &now.standing, err
}
