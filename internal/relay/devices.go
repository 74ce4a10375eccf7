package relay

import (
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

func (s *Session) listDevices() (*wire.ListDevicesResult, error) {
	r := s.relay
	var devices []store.Device
	err := r.store.View(r.ctx, func(reader store.Reader) (err error) {
		devices, err = reader.ListDevices(s.who.account)
		return err
	})
	if err != nil {
		return nil, err
	}
	online := make(map[ident.DeviceID]bool)
	for _, other := range r.hub.sessionsOf(s.who.account) {
		online[other.who.device] = true
	}
	result := &wire.ListDevicesResult{}
	for _, d := range devices {
		active := d.LastActive
		if online[d.ID] {
			active = r.now()
		}
		result.Devices = append(result.Devices, &wire.Device{
			DeviceID: d.ID[:], Certificate: d.Certificate, Primary: d.Primary,
			CreatedMS: d.Created.UnixMilli(), LastActiveMS: active.UnixMilli(), Online: online[d.ID],
		})
	}
	return result, nil
}

// removeDevice logs a device out (M15, M16): once this is answered it gets
// nothing further, and every group it was in has a proposal to remove it. A
// device that logs itself out hears the answer first.
func (s *Session) removeDevice(request uint64, m *wire.RemoveDevice) {
	id, err := s.checkRemoval(m)
	if err != nil {
		s.answer(request, nil, err)
		return
	}
	own := id == s.who.device
	err = s.relay.changeDevices(s.who.account, wire.LogoutRemoved, func(tx store.Tx) (removalResult, error) {
		return s.removeDeviceIn(tx, id)
	}, func() {
		if own {
			s.answer(request, &wire.Done{}, nil)
		}
	})
	if err == nil {
		s.log().Info("device removed", slog.Any("account", s.who.account), slog.Any("device", id))
	}
	if err != nil || !own {
		s.answer(request, &wire.Done{}, err)
	}
}

func (s *Session) checkRemoval(m *wire.RemoveDevice) (ident.DeviceID, error) {
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
	if err := refuseRemoved(tx, s.who.device); err != nil {
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
	return s.relay.removeDevices(tx, []store.Device{device})
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

// logOut ends the sessions of removed devices and tells the account's others.
func (r *Relay) logOut(account ident.AccountID, devices []ident.DeviceID, reason wire.LogoutReason) {
	if len(devices) == 0 {
		return
	}
	for _, s := range r.hub.sessionsOf(account) {
		if slices.Contains(devices, s.who.device) {
			s.end(&wire.LoggedOut{Reason: reason})
		}
	}
	r.hub.tell(account, &wire.DevicesChanged{}, nil)
	r.dirty.mark(account)
}
