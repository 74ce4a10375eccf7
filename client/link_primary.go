package client

import (
	"context"
	"crypto/ed25519"
	"sync"
	"time"

	"parley/client/api"
	"parley/client/content"
	"parley/client/linking"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
	"parley/wire/linkuri"
)

// claim is a code that this primary has scanned: the slot can be read once, so
// what it held is kept until the decision.
type claim struct {
	mu      sync.Mutex
	link    linkuri.Link
	offer   *content.LinkOffer
	expires time.Time
	// add is the request that accepts it, made once: repeated, it is the same.
	add      *wire.AddDevice
	accepted *api.Device
	rejected bool
}

// used reports whether the decision has been made.
func (k *claim) used() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.accepted != nil || k.rejected
}

// inspectLink implements api.InspectLink.
func (c *Client) inspectLink(ctx context.Context, p api.LinkURI) (api.LinkRequest, error) {
	k, err := c.awaitOffer(ctx, p.URI)
	if err != nil {
		return api.LinkRequest{}, err
	}
	if k.used() {
		return api.LinkRequest{}, wire.NewError(wire.ErrorLinkUsed)
	}
	pinNeeded := false
	if k.offer.Move {
		twoStep, err := callRelay[*wire.TwoStep](ctx, c, &wire.GetTwoStep{})
		if err != nil {
			return api.LinkRequest{}, err
		}
		pinNeeded = twoStep.PinSet
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return api.LinkRequest{
		DeviceName: k.offer.Name, Platform: k.offer.Platform, Phone: string(c.identity.Phone), Name: c.identity.ProfileName,
		ExpiresAt: k.expires.UnixMilli(), Move: k.offer.Move, PINNeeded: pinNeeded,
	}, nil
}

// claimLink reads the slot of a code, or returns what was read before. With
// TOO_MANY_DEVICES the claim is returned, but nothing of it is known yet.
func (c *Client) claimLink(ctx context.Context, uri string) (*claim, error) {
	link, err := linkuri.Parse(uri)
	if err != nil {
		return nil, api.ErrLinkMalformed
	}
	s, err := c.connected(ctx)
	if err != nil {
		return nil, err
	}
	k := c.claimFor(link)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.offer != nil {
		return k, nil
	}
	r, err := request[*wire.ClaimLinkSlotResult](ctx, s, &wire.ClaimLinkSlot{SlotID: link.Slot})
	if err != nil {
		if hasCode(err, wire.ErrorLinkUnknown) && !c.sameRelay(link.Relay) {
			return nil, api.ErrLinkOtherRelay
		}
		return k, err
	}
	offer, err := linking.OpenOffer(link, r.SealedOffer)
	if err != nil {
		return nil, err
	}
	k.offer, k.expires = offer, c.cfg.Now().Add(wire.LinkDecisionTime)
	return k, nil
}

func (c *Client) claimFor(link linkuri.Link) *claim {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.claims[string(link.Slot)]
	if k == nil {
		k = &claim{link: link}
		c.claims[string(link.Slot)] = k
	}
	return k
}

func (c *Client) sameRelay(url string) bool {
	own, _ := c.relay()
	return own == url
}

// acceptLink implements api.AcceptLink.
func (c *Client) acceptLink(ctx context.Context, p api.LinkURI) (api.Device, error) {
	k, err := c.claimLink(ctx, p.URI)
	if err != nil {
		return api.Device{}, err
	}
	if k.offer.Move {
		return api.Device{}, api.ErrLinkMoves
	}
	return c.addClaimed(ctx, k)
}

// addClaimed adds the device of a code to the account.
func (c *Client) addClaimed(ctx context.Context, k *claim) (api.Device, error) {
	s, err := c.connected(ctx)
	if err != nil {
		return api.Device{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.accepted != nil {
		return *k.accepted, nil
	}
	if k.add == nil {
		if err := c.followRelay(ctx, s); err != nil {
			return api.Device{}, err
		}
		if k.add, err = c.newAddDevice(ctx, k, s.hello.RelayID); err != nil {
			return api.Device{}, err
		}
	}
	if _, err := request[*wire.Done](ctx, s, k.add); err != nil {
		return api.Device{}, err
	}
	certificate, err := ident.ParseCertificate(k.add.Certificate)
	if err != nil {
		return api.Device{}, err
	}
	now := c.relayNow().UnixMilli()
	k.accepted = &api.Device{
		ID: certificate.Device.String(), Name: k.offer.Name, Platform: string(certificate.Platform), CreatedAt: now, LastActiveAt: now,
	}
	return *k.accepted, c.update(ctx, func(tx *tx) error {
		if err := tx.listDevice(certificate.Device); err != nil {
			return err
		}
		return tx.nameDevice(store.DeviceName{Device: certificate.Device, Name: k.offer.Name, SetAt: now})
	})
}

// newAddDevice certifies the offered device and seals the bundle for it.
func (c *Client) newAddDevice(ctx context.Context, k *claim, relayID []byte) (*wire.AddDevice, error) {
	certificate, err := c.certify(ctx, k.offer)
	if err != nil {
		return nil, err
	}
	name := store.DeviceName{Device: certificate.Device, Name: k.offer.Name, SetAt: c.relayNow().UnixMilli()}
	sealed, err := c.sealBundle(ctx, k, relayID, certificate, name)
	if err != nil {
		return nil, err
	}
	return &wire.AddDevice{SlotID: k.link.Slot, Certificate: certificate.Marshal(), SealedBundle: sealed}, nil
}

// certify signs the certificate of a new device; its serial is used up even if
// linking fails later.
func (c *Client) certify(ctx context.Context, offer *content.LinkOffer) (*ident.Certificate, error) {
	device, err := ident.IDFromBytes[ident.DeviceID](offer.DeviceID)
	if err != nil || len(offer.DeviceKey) != ed25519.PublicKeySize {
		return nil, linking.ErrTampered
	}
	certificate := &ident.Certificate{
		Device: device, DeviceKey: offer.DeviceKey, Platform: ident.Platform(offer.Platform),
		NameHash: ident.NameHash(offer.Name), Issued: c.relayNow(),
	}
	err = c.update(ctx, func(tx *tx) error {
		if !tx.identity.Primary {
			return wire.NewError(wire.ErrorPrimaryOnly)
		}
		next := *tx.identity
		next.Serial = tx.nextSerial()
		certificate.Account, certificate.Serial = next.Account, next.Serial
		certificate.Sign(ed25519.NewKeyFromSeed(next.AccountSeed))
		return tx.setIdentity(&next)
	})
	return certificate, err
}

// sealBundle seals what the new device needs to begin.
func (c *Client) sealBundle(ctx context.Context, k *claim, relayID []byte, certificate *ident.Certificate, name store.DeviceName) ([]byte, error) {
	bundle := &content.LinkBundle{Certificate: certificate.Marshal(), RelayID: relayID}
	err := c.view(ctx, func(tx *tx) error {
		if k.offer.Move {
			bundle.AccountSeed = tx.identity.AccountSeed
		}
		bundle.Phone, bundle.ProfileName = string(tx.identity.Phone), tx.identity.ProfileName
		bundle.ProfileNameSetMS = tx.identity.ProfileNameSet
		if list := tx.ownList(); list != nil {
			bundle.DeviceList = list.Marshal()
		}
		names, err := tx.FindDeviceNames()
		if err != nil {
			return err
		}
		names[name.Device] = name
		for _, n := range names {
			bundle.Devices = append(bundle.Devices, &content.DeviceName{DeviceID: n.Device[:], Name: n.Name, SetMS: n.SetAt})
		}
		bundle.Contacts, err = tx.contacts()
		return err
	})
	if err != nil {
		return nil, err
	}
	return linking.SealBundle(k.link, bundle)
}

// contacts are the people this device knows and how far the chats with them are.
func (tx *tx) contacts() ([]*content.Contact, error) {
	accounts, err := tx.FindAccounts()
	if err != nil {
		return nil, err
	}
	var contacts []*content.Contact
	for _, a := range accounts {
		contact, err := tx.contact(a)
		if err != nil {
			return nil, err
		}
		contacts = append(contacts, contact)
	}
	return contacts, nil
}

// contact is what this device knows of somebody.
func (tx *tx) contact(a store.Account) (*content.Contact, error) {
	contact := &content.Contact{AccountID: a.ID[:], AccountKey: a.Key, Phone: string(a.Phone), Name: a.Name}
	chat, err := tx.FindChat(ident.ChatWith(a.ID))
	if err != nil {
		return nil, err
	}
	if chat == nil {
		return contact, nil
	}
	contact.UpdatedMS = max(chat.Updated, 1)
	if chat.Conversation != (ident.ConversationID{}) {
		contact.ConversationID, contact.ReadSequence = chat.Conversation[:], chat.ReadSequence
	}
	return contact, nil
}

// rejectLink implements api.RejectLink.
func (c *Client) rejectLink(ctx context.Context, p api.RejectLinkParams) (api.None, error) {
	k, err := c.claimLink(ctx, p.URI)
	switch {
	case hasCode(err, wire.ErrorTooManyDevices, wire.ErrorLinkWaiting):
		// The slot is held for the person to decide all the same (M2).
		err = nil
	case hasCode(err, wire.ErrorLinkWordsDiffer):
		return api.None{}, nil // the new device has said so
	}
	if err != nil {
		return api.None{}, err
	}
	s, err := c.connected(ctx)
	if err != nil {
		return api.None{}, err
	}
	if _, err = request[*wire.Done](ctx, s, &wire.RejectLinkSlot{SlotID: k.link.Slot, WordsDiffer: p.WordsDiffer}); err != nil {
		return api.None{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rejected = true
	return api.None{}, nil
}
