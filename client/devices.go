package client

import (
	"context"
	"errors"
	"time"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// listDevices implements api.ListDevices.
func (c *Client) listDevices(ctx context.Context, _ api.None) (api.Devices, error) {
	list := api.Devices{Devices: []api.Device{}}
	s, err := c.connected(ctx)
	if err != nil {
		return list, err
	}
	r, err := request[*wire.ListDevicesResult](ctx, s, &wire.ListDevices{})
	if err != nil {
		return list, err
	}
	list.Limit = int(r.LinkedLimit)
	err = c.view(ctx, func(tx *tx) error {
		names, err := tx.FindDeviceNames()
		known := tx.knownDevices(r)
		silences := tx.silences(r, known)
		for _, d := range known {
			shown := d.show(names)
			shown.Current = d.Device == tx.identity.Device
			for _, s := range silences {
				if !d.Primary && (s.Kind == string(api.NoticePrimarySilent) || s.Device == d.Device) && (shown.LogoutAt == 0 || s.Ends < shown.LogoutAt) {
					shown.LogoutAt = s.Ends
				}
			}
			list.Devices = append(list.Devices, shown)
		}
		return err
	})
	return list, err
}

// ownDevice is a device of the account with its certificate.
type ownDevice struct {
	*ident.Certificate
	listed *wire.Device
}

// knownDevices are the devices of a list whose certificate is ours and that were
// not logged out; others can take part in nothing.
func (tx *tx) knownDevices(r *wire.ListDevicesResult) []ownDevice {
	var known []ownDevice
	for _, d := range r.Devices {
		certificate, err := ident.ParseCertificate(d.Certificate)
		if err == nil && certificate.AccountKey.Equal(tx.identity.AccountKey) && !tx.c.lists.revoked(certificate) {
			known = append(known, ownDevice{certificate, d})
		}
	}
	return known
}

// show is a device as people see it.
func (d ownDevice) show(names map[ident.DeviceID]store.DeviceName) api.Device {
	linkedBy, _ := ident.IDFromBytes[ident.DeviceID](d.listed.LinkedBy) // absent for a primary
	return api.Device{
		ID: d.Device.String(), Name: names[d.Device].Name, Platform: string(d.Platform), Primary: d.Primary, Online: d.listed.Online,
		CreatedAt: d.listed.CreatedMS, LastActiveAt: d.listed.LastActiveMS, Address: d.listed.Address, LinkedBy: names[linkedBy].Name,
	}
}

// renameDevice implements api.RenameDevice.
func (c *Client) renameDevice(ctx context.Context, p api.RenameDeviceParams) (api.None, error) {
	id, err := ident.ParseID[ident.DeviceID](p.ID)
	if err != nil {
		return api.None{}, api.ErrDeviceUnknown
	}
	name, err := cleanName(p.Name)
	if err != nil {
		return api.None{}, err
	}
	err = c.update(ctx, func(tx *tx) error {
		if err := tx.needAccount(); err != nil {
			return err
		}
		return tx.nameDevice(store.DeviceName{Device: id, Name: name, SetAt: c.relayNow().UnixMilli()})
	})
	c.nudge()
	return api.None{}, err
}

// nameDevice names a device here and on all own devices.
func (tx *tx) nameDevice(n store.DeviceName) error {
	if _, err := tx.SaveDeviceName(n); err != nil {
		return err
	}
	tx.devices, tx.status = true, true
	return tx.tell(&content.Content{Body: &content.DeviceName{DeviceID: n.Device[:], Name: n.Name, SetMS: n.SetAt}})
}

// removeDevice implements api.RemoveDevice. The relay cuts the device off; the
// worker commits its removal from every group.
func (c *Client) removeDevice(ctx context.Context, p api.DeviceID) (api.None, error) {
	id, err := ident.ParseID[ident.DeviceID](p.ID)
	if err != nil {
		return api.None{}, api.ErrDeviceUnknown
	}
	s, err := c.connected(ctx)
	if err != nil {
		return api.None{}, err
	}
	if err := c.unlist(ctx, s, func(other ident.DeviceID) bool { return other != id }); err != nil {
		return api.None{}, err
	}
	_, err = request[*wire.Done](ctx, s, &wire.RemoveDevice{DeviceID: id[:]})
	return api.None{}, err
}

// unlist signs a list without the devices that keep says no to, before the relay
// is asked to log them out: whatever it does, they are out for everybody.
func (c *Client) unlist(ctx context.Context, s *session, keep func(ident.DeviceID) bool) error {
	if err := c.followRelay(ctx, s); err != nil {
		return err
	}
	defer c.nudge()
	return c.update(ctx, func(tx *tx) error {
		if err := tx.needAccount(); err != nil {
			return err
		}
		own := tx.identity.Device
		return tx.keepDevices(func(id ident.DeviceID) bool { return id == own || keep(id) })
	})
}

// removeOtherDevices implements api.RemoveOtherDevices.
func (c *Client) removeOtherDevices(ctx context.Context, _ api.None) (api.None, error) {
	s, err := c.connected(ctx)
	if err != nil {
		return api.None{}, err
	}
	if err := c.unlist(ctx, s, func(ident.DeviceID) bool { return false }); err != nil {
		return api.None{}, err
	}
	_, err = request[*wire.Done](ctx, s, &wire.RemoveDevice{Others: true})
	return api.None{}, err
}

// logoutWait is how long logging out waits for the relay.
const logoutWait = 5 * time.Second

// logout implements api.Logout: the data go even if the relay cannot be told.
func (c *Client) logout(ctx context.Context, _ api.None) (api.None, error) {
	c.mu.Lock()
	id := c.identity
	c.mu.Unlock()
	switch {
	case id == nil:
		return api.None{}, nil
	case id.LoggedOut:
		return api.None{}, c.clear(ctx)
	case id.Primary:
		return api.None{}, errPrimaryStays
	}
	if s, err := c.online(); err == nil {
		told, cancel := context.WithTimeout(ctx, logoutWait)
		_, _ = request[*wire.Done](told, s, &wire.RemoveDevice{DeviceID: id.Device[:]}) // best effort: see above
		cancel()
		s.close(&loggedOutError{reason: wire.LogoutRemoved})
	}
	if err := c.wipe(ctx, &loggedOutError{reason: wire.LogoutRemoved}); err != nil {
		return api.None{}, err
	}
	c.publishStatus()
	c.publishReset()
	return api.None{}, nil
}

// errPrimaryStays: without a primary nobody could link or remove devices.
var errPrimaryStays = &api.Error{
	Code:    "primary_stays",
	Message: "This is your primary device; without it the account could not link others. Register the number on another phone first.",
}

// clear makes a logged-out device new again.
func (c *Client) clear(ctx context.Context) error {
	c.mu.Lock()
	err := errors.Join(c.store.Clear(ctx), c.reloadLocked(ctx))
	c.mu.Unlock()
	if err == nil {
		c.publishStatus()
		c.publishReset()
	}
	return err
}

// setName implements api.SetName.
func (c *Client) setName(ctx context.Context, p api.SetNameParams) (api.None, error) {
	name, err := cleanName(p.Name)
	if err != nil {
		return api.None{}, err
	}
	err = c.update(ctx, func(tx *tx) error {
		if err := tx.needAccount(); err != nil {
			return err
		}
		now := c.relayNow().UnixMilli()
		changed := *tx.identity
		changed.ProfileName, changed.ProfileNameSet = name, now
		if err := tx.setIdentity(&changed); err != nil {
			return err
		}
		return tx.tell(&content.Content{Body: &content.ProfileName{Name: name, SetMS: now}})
	})
	c.nudge()
	return api.None{}, err
}
