package relay

import (
	"crypto/ed25519"
	"errors"
	"io"
	"log/slog"
	"slices"
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
	keeper, now := s.relay.keeper(), s.relay.now()
	content := wire.AuthenticationContent(s.relay.identity.ID[:], nonce, m.AccountID, m.DeviceID)
	var device store.Device
	due := false
	err = s.relay.store.ViewBriefly(s.relay.ctx, func(r store.Reader) (err error) {
		device, due, err = findOwnDevice(r, account, deviceID, keeper, now)
		// Here, where reading has made room for it: a signature takes a large stack, too.
		if err == nil && !ed25519.Verify(device.Key, content, m.Signature) {
			err = refuse(wire.ErrorAuthenticationFailed)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if device.Removed {
		return nil, s.relay.refuseTombstone(device)
	}
	// What is due is done first, so that whoever comes back a minute too late is
	// late, whenever the timer runs.
	if due {
		if _, err := keeper.applyAccount(account, now); err != nil {
			return nil, err
		}
	}
	return s.enter(device)
}

// findOwnDevice returns a device of an account, also one that was removed, and whether the keeper
// has something to do for the account.
func findOwnDevice(r store.Reader, account ident.AccountID, id ident.DeviceID, k *keeper, now time.Time) (device store.Device, due bool, err error) {
	present, err := r.ListDevices(account)
	if err != nil {
		return store.Device{}, false, err
	}
	if i := slices.IndexFunc(present, func(d store.Device) bool { return d.ID == id }); i >= 0 {
		return present[i], len(k.planDevices(present, account, now)) > 0, nil
	}
	device, err = r.FindDevice(id)
	if err == nil && device.Account != account {
		err = store.ErrNotFound
	}
	return device, false, missing(err, wire.ErrorAuthenticationFailed)
}

// enter makes the session one of the device's account. The device is read once
// more afterwards: whoever removes it meanwhile either finds the session in
// the hub or is seen here.
func (s *Session) enter(device store.Device) (*wire.AuthenticateResult, error) {
	s.who = &identity{account: device.Account, device: device.ID, primary: device.Primary}
	older := s.relay.hub.join(s)
	err := s.relay.others.enter(s)
	var result *wire.AuthenticateResult
	if err == nil {
		result, err = s.authenticateResult(device.ID)
	}
	if err == nil {
		result.LastActiveMS = device.LastActive.UnixMilli()
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
	s.relay.touches.enter(s)
	if device.Warned.After(device.LastActive) {
		// The warning is over.
		s.relay.hub.tell(device.Account, &wire.DevicesChanged{}, s)
		if s.relay.others.journal != nil {
			s.relay.store.Submit(func(tx store.Tx) error {
				notifyEvent(tx, &wire.DevicesChanged{}, device.Account)
				return nil
			}, func(error) {}) // devices ask for the list now and then
		}
	}
	s.relay.log.Debug("device authenticated", slog.Uint64("connection", s.number), slog.Any("account", device.Account), slog.Any("device", device.ID))
	return result, nil
}

func (s *Session) authenticateResult(id ident.DeviceID) (*wire.AuthenticateResult, error) {
	result := &wire.AuthenticateResult{ExternalSender: s.relay.externalSender}
	err := s.relay.store.ViewBriefly(s.relay.ctx, func(r store.Reader) error {
		now, err := r.FindStanding(id)
		if errors.Is(err, store.ErrNotFound) {
			device, err := r.FindDevice(id)
			if err != nil {
				return err
			}
			return s.relay.refuseTombstone(device)
		}
		result.FeedHead, result.FeedCursor, result.Primary = now.Head, now.Cursor, now.Primary
		result.KeyPackages, result.Phone = keyPackageCounts(now.KeyPackages), string(now.Phone)
		return err
	})
	return result, err
}
