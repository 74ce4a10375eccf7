package relay

import (
	"log/slog"
	"slices"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// movePrimary makes the caller the primary of its account in place of the one
// there is (M4). The sessions of both end, so that each comes back as what it is
// then; the caller hears the answer first.
func (s *Session) movePrimary(request uint64, m *wire.MovePrimary) {
	r := s.relay
	var former store.Device
	err := r.store.Update(r.ctx, func(tx store.Tx) (err error) {
		former, err = s.movePrimaryIn(tx, m)
		return err
	})
	s.answer(request, &wire.Done{}, err)
	if err != nil {
		return
	}
	s.log().Info("primary moved", slog.Any("account", s.who.account), slog.Any("device", s.who.device))
	for _, other := range r.hub.sessionsOf(s.who.account) {
		if other.who.device == former.ID || other.who.device == s.who.device {
			other.endForNow()
		}
	}
	r.hub.tell(s.who.account, &wire.DevicesChanged{}, nil)
}

// movePrimaryIn checks both certificates and changes both devices. Who asks again
// because the answer was lost has come back as the primary, and is refused.
func (s *Session) movePrimaryIn(tx store.Tx, m *wire.MovePrimary) (former store.Device, err error) {
	if s.who.primary {
		return former, refuse(wire.ErrorMalformed)
	}
	if err := refuseMoved(tx, *s.who); err != nil {
		return former, err
	}
	account, err := tx.FindAccount(s.who.account)
	if err != nil {
		return former, err
	}
	devices, err := tx.ListDevices(account.ID)
	if err != nil {
		return former, err
	}
	caller := devices[slices.IndexFunc(devices, func(d store.Device) bool { return d.ID == s.who.device })]
	former = devices[0] // the primary comes first, and there is one
	if err := checkRole(m.FormerCertificate, account, former, false); err != nil {
		return former, err
	}
	if err := checkRole(m.Certificate, account, caller, true); err != nil {
		return former, err
	}
	if err := tx.SetPrimary(former.ID, false, m.FormerCertificate); err != nil {
		return former, err
	}
	notify(tx, &notice{kind: noticeMoved, accounts: []ident.AccountID{account.ID}, devices: []ident.DeviceID{former.ID, caller.ID}})
	notifyEvent(tx, &wire.DevicesChanged{}, account.ID)
	return former, tx.SetPrimary(caller.ID, true, m.Certificate)
}

// checkRole refuses a certificate that is not this device's with the key it has,
// or not newer than the one it has: a former primary holds one that says so.
func checkRole(encoded []byte, account store.Account, device store.Device, primary bool) error {
	c, err := checkCertificate(encoded, account.ID, account.Key, primary)
	if err != nil {
		return err
	}
	before, err := ident.ParseCertificate(device.Certificate)
	if err != nil {
		return err
	}
	if c.Device != device.ID || !c.DeviceKey.Equal(device.Key) || c.Serial <= before.Serial {
		return refuse(wire.ErrorCertificateInvalid)
	}
	return nil
}
