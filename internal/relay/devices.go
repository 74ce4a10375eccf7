package relay

import (
	"cmp"
	"log/slog"
	"slices"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// refuseRemoved refuses what a device asks for that has been removed since it
// authenticated.
func refuseRemoved(r store.Reader, id ident.DeviceID) error {
	device, err := r.FindDevice(id)
	if err != nil {
		return missing(err, wire.ErrorDeviceRemoved)
	}
	if device.Removed {
		return refuse(wire.ErrorDeviceRemoved)
	}
	return nil
}

// refuseMoved refuses what a device asks for that has been removed, or became
// primary or ceased to be it, since it authenticated.
func refuseMoved(r store.Reader, who identity) error {
	if err := refuseRemoved(r, who.device); err != nil {
		return err
	}
	device, err := r.FindDevice(who.device)
	if err == nil && device.Primary != who.primary {
		err = refuse(wire.ErrorPrimaryOnly)
	}
	return err
}

// refuseTombstone refuses a removed device and tells it why it was logged out.
func (r *Relay) refuseTombstone(d store.Device) error {
	e := refuse(wire.ErrorDeviceRemoved)
	e.LogoutReason, e.LogoutAfterMS = d.RemovedFor, uint64(r.settings.Rules.Limit(d.RemovedFor).Milliseconds())
	return e
}

func (s *Session) listDevices() (*wire.ListDevicesResult, error) {
	r := s.relay
	var devices []store.Device
	var online map[ident.DeviceID]string
	err := r.store.View(r.ctx, func(reader store.Reader) (err error) {
		if devices, err = reader.ListDevices(s.who.account); err == nil {
			online, err = r.others.connected(reader, s.who.account)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	rules := r.settings.Rules
	result := &wire.ListDevicesResult{
		LinkedLimit: uint32(r.settings.LinkedDevices), ServingSinceMS: r.served.Since.UnixMilli(),
		PrimarySilentMS: uint64(rules.PrimarySilence.Milliseconds()), PrimaryWarnMS: uint64(rules.PrimaryWarning.Milliseconds()),
		LinkedUnusedMS: uint64(rules.LinkedUnused.Milliseconds()), LinkedWarnMS: uint64(rules.LinkedWarning.Milliseconds()),
	}
	for _, d := range devices {
		address, here := online[d.ID]
		if here {
			d.LastActive, d.Address = r.now(), cmp.Or(address, d.Address)
		}
		shown := &wire.Device{
			DeviceID: d.ID[:], Certificate: d.Certificate, Primary: d.Primary, Address: d.Address,
			CreatedMS: d.Created.UnixMilli(), LastActiveMS: d.LastActive.UnixMilli(), Online: here,
		}
		if d.LinkedBy != (ident.DeviceID{}) {
			shown.LinkedBy = d.LinkedBy[:]
		}
		result.Devices = append(result.Devices, shown)
	}
	return result, nil
}

// removeDevice logs a device out, or all but the caller's (M15, M16, M20): once
// this is answered they get nothing further, and every group they were in has a
// proposal to remove them. A device that logs itself out hears the answer first.
func (s *Session) removeDevice(request uint64, m *wire.RemoveDevice) {
	id, err := s.checkRemoval(m)
	if err != nil {
		s.answer(request, nil, err)
		return
	}
	own := !m.Others && id == s.who.device
	err = s.relay.changeDevices(s.who.account, wire.LogoutRemoved, func(tx store.Tx) (removalResult, error) {
		if m.Others {
			return s.removeOthersIn(tx)
		}
		return s.removeDeviceIn(tx, id)
	}, func() {
		if own {
			s.answer(request, &wire.Done{}, nil)
		}
	})
	if err == nil {
		s.log().Info("device removed", slog.Any("account", s.who.account), slog.Any("device", id), slog.Bool("others", m.Others))
	}
	if err != nil || !own {
		s.answer(request, &wire.Done{}, err)
	}
}

func (s *Session) checkRemoval(m *wire.RemoveDevice) (ident.DeviceID, error) {
	if m.Others {
		if len(m.DeviceID) > 0 {
			return ident.DeviceID{}, refuse(wire.ErrorMalformed)
		}
		if !s.who.primary {
			return ident.DeviceID{}, refuse(wire.ErrorPrimaryOnly)
		}
		return ident.DeviceID{}, nil
	}
	id, err := ident.IDFromBytes[ident.DeviceID](m.DeviceID)
	switch {
	case err != nil:
		return id, refuse(wire.ErrorMalformed)
	case id != s.who.device && !s.who.primary:
		return id, refuse(wire.ErrorPrimaryOnly)
	case id == s.who.device && s.who.primary:
		return id, refuseText(wire.ErrorPrimaryOnly,
			"The primary device cannot log itself out. Register the number on another device instead.")
	}
	return id, nil
}

func (s *Session) removeDeviceIn(tx store.Tx, id ident.DeviceID) (removalResult, error) {
	if err := refuseMoved(tx, *s.who); err != nil {
		return removalResult{}, err
	}
	device, err := tx.FindDevice(id)
	if err != nil {
		return removalResult{}, missing(err, wire.ErrorDeviceUnknown)
	}
	if device.Account != s.who.account {
		return removalResult{}, refuse(wire.ErrorDeviceUnknown)
	}
	if device.Removed {
		// Asked again because the answer was lost.
		return removalResult{}, nil
	}
	return s.relay.remover().removeDevices(tx, []store.Device{device}, wire.LogoutRemoved)
}

func (s *Session) removeOthersIn(tx store.Tx) (removalResult, error) {
	if err := refuseMoved(tx, *s.who); err != nil {
		return removalResult{}, err
	}
	devices, err := tx.ListDevices(s.who.account)
	if err != nil {
		return removalResult{}, err
	}
	others := slices.DeleteFunc(devices, func(d store.Device) bool { return d.ID == s.who.device })
	return s.relay.remover().removeDevices(tx, others, wire.LogoutRemoved)
}

// changeDevices runs a transaction that may remove devices of an account, and
// waits. When it is on disk it calls done, and the removed devices are logged
// out before anybody else hears of it.
func (r *Relay) changeDevices(
	account ident.AccountID, reason wire.LogoutReason, fn func(store.Tx) (removalResult, error), done func(),
) error {
	var out removalResult
	result := make(chan error, 1)
	r.store.Submit(func(tx store.Tx) (err error) {
		out, err = fn(tx)
		return err
	}, func(err error) {
		if err == nil {
			done()
			r.logOut(account, out.devices, reason)
			r.deliver(out.entries...)
		}
		result <- err
	})
	return <-result
}

// endSessions ends the sessions of a device that has been removed and tells it why.
func (r *Relay) endSessions(account ident.AccountID, device ident.DeviceID, reason wire.LogoutReason) {
	r.hub.endings.Add(1)
	for _, s := range r.hub.sessionsOf(account) {
		if s.who.device == device {
			s.end(&wire.LoggedOut{Reason: reason, AfterMS: uint64(r.settings.Rules.Limit(reason).Milliseconds())})
		}
	}
}

// logOut ends the sessions of removed devices and tells the account's others.
func (r *Relay) logOut(account ident.AccountID, devices []ident.DeviceID, reason wire.LogoutReason) {
	if len(devices) == 0 {
		return
	}
	for _, device := range devices {
		r.endSessions(account, device, reason)
	}
	r.hub.tell(account, &wire.DevicesChanged{}, nil)
	r.dirty.mark(account)
}
