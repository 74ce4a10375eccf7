package client

import (
	"context"

	"parley/client/api"
	"parley/ident"
	"parley/wire"
)

// errDeviceReturned: the relay lists a device that was logged out.
var errDeviceReturned = &api.Error{
	Code:    "device_returned",
	Message: "The server let in a device that you had logged out. It was logged out again; ask whoever runs the server.",
}

// followDevices brings the signed list in step with the devices that the relay
// tells: those that are gone go, those the primary certified since come. One
// that was logged out never comes back.
func (tx *tx) followDevices(known []ownDevice) error {
	if !tx.identity.Primary {
		return nil
	}
	var devices []ident.DeviceID
	for _, d := range known {
		devices = append(devices, d.Device)
	}
	return tx.signList(devices)
}

// followRelay brings the signed list in step before the person changes it: that of
// a primary restored from a backup may lack who was linked since, who would be
// left out for ever by a list made from it. Linked devices sign none.
func (c *Client) followRelay(ctx context.Context, s *session) error {
	for {
		signed := c.signedList()
		r, err := request[*wire.ListDevicesResult](ctx, s, &wire.ListDevices{})
		if err != nil {
			return err
		}
		again := false
		err = c.update(ctx, func(tx *tx) error {
			if err := tx.needAccount(); err != nil {
				return err
			}
			if again = tx.ownList() != signed; again {
				return nil
			}
			return tx.followDevices(tx.knownDevices(r))
		})
		if err != nil || !again {
			return err
		}
	}
}

// signedList is the latest list of own devices, nil if there is none.
func (c *Client) signedList() (list *ident.DeviceList) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.identity != nil {
		list = c.lists.find(c.identity.Account, c.identity.AccountKey)
	}
	return list
}

// refuseReturned logs out again what the relay lists although signed, the list
// from before it was asked, says that it was logged out; once on a connection.
// Only on the primary.
func (w *worker) refuseReturned(ctx context.Context, r *wire.ListDevicesResult, signed *ident.DeviceList) error {
	w.mu.Lock()
	primary := w.identity != nil && w.identity.Primary
	w.mu.Unlock()
	if !primary || signed == nil {
		return nil
	}
	for _, d := range r.Devices {
		certificate, err := ident.ParseCertificate(d.Certificate)
		if err != nil || !signed.Revokes(certificate) || w.refused[certificate.Device] {
			continue
		}
		w.refused[certificate.Device] = true
		if err := w.removeAgain(ctx, certificate.Device); err != nil {
			return err
		}
	}
	return nil
}

// removeAgain logs a device out that the relay still lists. It is the relay's
// doing if the device had been gone before; else the request got lost.
func (w *worker) removeAgain(ctx context.Context, id ident.DeviceID) error {
	_, err := request[*wire.Done](ctx, w.s, &wire.RemoveDevice{DeviceID: id[:]})
	if hasCode(err, wire.ErrorPrimaryOnly) {
		return nil // the account has moved (M4), as the list of devices tells
	}
	if err != nil && !hasCode(err, wire.ErrorDeviceUnknown) {
		return err
	}
	wasGone := false
	err = w.view(ctx, func(tx *tx) error {
		all, err := tx.FindNotices()
		wasGone = !hasNotice(all, string(api.NoticeDeviceAdded), id)
		return err
	})
	if err == nil && wasGone {
		err = errDeviceReturned
	}
	return err
}
