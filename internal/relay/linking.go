package relay

import (
	"log/slog"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

func (s *Session) openLinkSlot(m *wire.OpenLinkSlot) (*wire.OpenLinkSlotResult, error) {
	if err := checkOffer(m.SealedOffer); err != nil {
		return nil, err
	}
	id, err := s.relay.newSlotID()
	if err != nil {
		return nil, err
	}
	s.relay.slots.open(id, s, m.SealedOffer, s.relay.now())
	return &wire.OpenLinkSlotResult{SlotID: id[:], ExpiresInMS: uint64(wire.LinkSlotLifetime.Milliseconds())}, nil
}

// parseSlotID reads the id of a slot; the error is LINK_UNKNOWN.
func parseSlotID(b []byte) (slotID, error) {
	if len(b) != wire.IDSize {
		return slotID{}, refuse(wire.ErrorLinkUnknown)
	}
	return slotID(b), nil
}

func (s *Session) claimLinkSlot(m *wire.ClaimLinkSlot) (*wire.ClaimLinkSlotResult, error) {
	r := s.relay
	id, err := parseSlotID(m.SlotID)
	if err != nil {
		return nil, err
	}
	if !r.slots.claimed(id, *s.who) {
		if wait := r.limits.links.take(s.who.account, r.now()); wait > 0 {
			return nil, refuseUntil(wait)
		}
	}
	offer, opener, err := r.slots.claim(id, *s.who, r.now())
	if err != nil {
		return nil, err
	}
	if opener != nil {
		opener.notify(encodeEvent(&wire.LinkEvent{SlotID: m.SlotID, State: wire.LinkClaimed}))
	}
	// The slot is held for a full account as well: its person may log a device
	// out and go on without scanning again (M2).
	err = r.store.View(r.ctx, func(reader store.Reader) error { return r.refuseFullAccount(reader, s.who.account) })
	if err != nil {
		return nil, err
	}
	return &wire.ClaimLinkSlotResult{SealedOffer: offer}, nil
}

func (r *Relay) refuseFullAccount(reader store.Reader, account ident.AccountID) error {
	devices, err := reader.ListDevices(account)
	if err != nil {
		return err
	}
	if r.settings.LinkedDevices == 0 {
		return refuseText(wire.ErrorTooManyDevices, "This server allows no linked devices. Ask its operator.")
	}
	if len(devices) > r.settings.LinkedDevices {
		return refuse(wire.ErrorTooManyDevices)
	}
	return nil
}

// addDevice links the device that waits at a claimed slot (M25). Asked again
// for the same device, it answers alike.
func (s *Session) addDevice(m *wire.AddDevice) (*wire.Done, error) {
	r := s.relay
	id, err := parseSlotID(m.SlotID)
	if err != nil {
		return nil, err
	}
	if len(m.SealedBundle) > wire.MaxLinkBundle {
		return nil, refuse(wire.ErrorTooLarge)
	}
	if len(m.Certificate) > 0 && r.slots.finished(id, *s.who, m.Certificate) {
		return &wire.Done{}, nil
	}
	device, err := s.storeLinked(id, m.Certificate)
	if err != nil {
		return nil, err
	}
	opener, err := r.slots.finish(id, *s.who, m.Certificate, r.now())
	if err != nil {
		return nil, s.undoLinked(device, err)
	}
	opener.notify(encodeEvent(&wire.LinkEvent{SlotID: m.SlotID, State: wire.LinkAccepted, SealedBundle: m.SealedBundle}))
	r.hub.tell(s.who.account, &wire.DevicesChanged{}, nil)
	s.log().Info("device linked", slog.Any("account", s.who.account))
	return &wire.Done{}, nil
}

// storeLinked stores the device of a certificate if somebody still waits at
// the slot.
func (s *Session) storeLinked(id slotID, certificate []byte) (device ident.DeviceID, err error) {
	r := s.relay
	err = r.store.Update(r.ctx, func(tx store.Tx) (err error) {
		// Here, as late as possible: the device of a slot that is over could
		// never learn what it needs.
		if err := r.slots.check(id, *s.who, r.now()); err != nil {
			return err
		}
		device, err = s.addDeviceIn(tx, certificate)
		return err
	})
	return device, err
}

// undoLinked removes a device whose slot ended while it was stored: it would
// count as one of the account's for ever.
func (s *Session) undoLinked(id ident.DeviceID, cause error) error {
	err := s.relay.changeDevices(s.who.account, wire.LogoutRemoved, func(tx store.Tx) (removalResult, error) {
		device, err := tx.FindDevice(id)
		if err != nil {
			return removalResult{}, err
		}
		return s.relay.remover().removeDevices(tx, []store.Device{device}, wire.LogoutRemoved)
	}, func() {})
	if err != nil {
		return err
	}
	return cause
}

func (s *Session) addDeviceIn(tx store.Tx, encoded []byte) (id ident.DeviceID, err error) {
	account, err := tx.FindAccount(s.who.account)
	if err != nil {
		return id, err
	}
	if err := refuseMoved(tx, *s.who); err != nil {
		return id, err
	}
	c, err := checkCertificate(encoded, account.ID, account.Key, false)
	if err != nil {
		return id, err
	}
	if err := s.relay.refuseFullAccount(tx, account.ID); err != nil {
		return id, err
	}
	if err := refuseKnownDevice(tx, c.Device); err != nil {
		return id, err
	}
	notifyEvent(tx, &wire.DevicesChanged{}, account.ID)
	return c.Device, s.relay.createDevice(tx, c, encoded, s.who.device, s.relay.now())
}

func (s *Session) rejectLinkSlot(m *wire.RejectLinkSlot) (*wire.Done, error) {
	id, err := parseSlotID(m.SlotID)
	if err != nil {
		return nil, err
	}
	if s.who == nil {
		return s.declineLinkSlot(m)
	}
	if s.relay.slots.finished(id, *s.who, nil) {
		return &wire.Done{}, nil
	}
	opener, err := s.relay.slots.finish(id, *s.who, nil, s.relay.now())
	if err != nil {
		return nil, err
	}
	opener.notify(encodeEvent(&wire.LinkEvent{SlotID: m.SlotID, State: wire.LinkRejected, WordsDiffer: m.WordsDiffer}))
	return &wire.Done{}, nil
}
