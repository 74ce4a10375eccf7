package client

import (
	"context"
	"crypto/ed25519"
	"errors"
	"strings"
	"time"

	"parley/client/api"
	"parley/client/content"
	"parley/client/linking"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// linkAttempt is one code on the screen of a new device.
type linkAttempt struct {
	s *session
	// keys are there from the start with a QR code, and with a code to be typed
	// when the two devices have agreed on them.
	keys   *linking.NewDevice
	relay  string
	slot   []byte
	device ident.DeviceID
	seed   []byte
	name   string
	// move asks for the account key, too.
	move bool
	// until is when the code, or later the decision, is too late.
	until time.Time

	// exchange is nil with a QR code; confirm is what the person says about the
	// words, confirmed that it was yes and the primary has the offer.
	exchange  *linking.Exchange
	words     []int
	confirm   chan api.LinkWordsAnswer
	confirmed bool
}

// startLink implements api.StartLink. A new code takes the place of the last.
func (c *Client) startLink(ctx context.Context, p api.StartLinkParams) (api.LinkOffer, error) {
	c.linkMu.Lock()
	defer c.linkMu.Unlock()
	if err := c.mayLink(); err != nil {
		return api.LinkOffer{}, err
	}
	a, r, err := c.openSlot(ctx, p)
	if err != nil {
		return api.LinkOffer{}, err
	}
	expires := c.showAttempt(a, r.SlotID, r.ExpiresInMS)
	return api.LinkOffer{URI: a.keys.Link(a.relay, a.slot).String(), ExpiresAt: expires.UnixMilli()}, nil
}

func (c *Client) mayLink() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.identity != nil && !c.identity.LoggedOut {
		return api.ErrAlreadyRegistered
	}
	return nil
}

// newAttempt makes the keys of a new device.
func (c *Client) newAttempt(p api.StartLinkParams) (*linkAttempt, error) {
	a := &linkAttempt{relay: strings.TrimSuffix(strings.TrimSpace(p.Relay), "/"), name: c.deviceName(p.DeviceName), move: p.Move}
	var err error
	if a.seed, err = c.newSeed(); err != nil {
		return nil, err
	}
	a.device, err = ident.NewID[ident.DeviceID](c.cfg.Rand)
	return a, err
}

// sealOffer seals what this device tells about itself.
func (c *Client) sealOffer(a *linkAttempt) ([]byte, error) {
	return a.keys.SealOffer(&content.LinkOffer{
		DeviceID: a.device[:], DeviceKey: publicKey(a.seed), Platform: string(c.cfg.Platform), Name: a.name, Move: a.move,
	})
}

// openSlot makes fresh keys and opens a slot for them at the relay.
func (c *Client) openSlot(ctx context.Context, p api.StartLinkParams) (*linkAttempt, *wire.OpenLinkSlotResult, error) {
	a, err := c.newAttempt(p)
	if err != nil {
		return nil, nil, err
	}
	if a.keys, err = linking.New(c.cfg.Rand); err != nil {
		return nil, nil, err
	}
	sealed, err := c.sealOffer(a)
	if err != nil {
		return nil, nil, err
	}
	if a.s, err = c.connect(ctx, a.relay); err != nil {
		return nil, nil, err
	}
	r, err := request[*wire.OpenLinkSlotResult](ctx, a.s, &wire.OpenLinkSlot{SealedOffer: sealed})
	if err != nil {
		a.s.close(errConnection)
	}
	return a, r, err
}

// showAttempt puts the code of a slot on the screen, and returns until when it is
// good; linkMu is held.
func (c *Client) showAttempt(a *linkAttempt, slot []byte, expiresInMS uint64) time.Time {
	a.slot = slot
	lifetime := time.Duration(expiresInMS) * time.Millisecond
	a.until = time.Now().Add(lifetime)
	expires := c.cfg.Now().Add(lifetime)
	c.replaceLink(a)
	c.spawn(func() { c.awaitLink(a) })
	publish(c.bus, api.OnLink, api.LinkProgress{State: api.LinkOpen})
	return expires
}

// replaceLink makes a the code on the screen; linkMu is held.
func (c *Client) replaceLink(a *linkAttempt) {
	c.mu.Lock()
	old := c.link
	c.link = a
	c.mu.Unlock()
	if old != nil {
		old.s.close(errSuperseded)
	}
	c.publishStatus()
}

// errSuperseded ends an attempt that the person ended, or began anew.
var errSuperseded = errors.New("linking was started again or cancelled")

// linking reports whether a code is on the screen; the caller holds mu.
func (c *Client) linking() bool { return c.link != nil }

// stopLink implements api.CancelLink.
func (c *Client) stopLink(context.Context, api.None) (api.None, error) {
	c.cancelLink()
	return api.None{}, nil
}

func (c *Client) cancelLink() {
	c.linkMu.Lock()
	defer c.linkMu.Unlock()
	c.replaceLink(nil)
}

// awaitLink follows what the primary does with the code.
func (c *Client) awaitLink(a *linkAttempt) {
	err := c.followLink(a)
	a.s.close(errConnection)
	c.mu.Lock()
	superseded := c.link != a
	if !superseded {
		c.link = nil
	}
	c.mu.Unlock()
	if superseded {
		return
	}
	progress := api.LinkProgress{State: api.LinkAccepted}
	if err != nil {
		progress = linkFailure(c.present("link", err))
	} else {
		c.mu.Lock()
		progress.Phone = string(c.identity.Phone)
		c.mu.Unlock()
	}
	publish(c.bus, api.OnLink, progress)
	c.publishStatus()
}

// Ends of linking that are not failures of anything.
var (
	errLinkRejected = &api.Error{Code: "link_rejected", Message: "Your phone said no. Get another code to try again."}
	errLinkExpired  = &api.Error{Code: "link_expired", Message: "This code has expired. Get another one and try again."}
)

func linkFailure(err error) api.LinkProgress {
	var known *api.Error
	errors.As(err, &known)
	switch {
	case errors.Is(err, errLinkRejected):
		return api.LinkProgress{State: api.LinkRejected, Error: known}
	case errors.Is(err, errLinkExpired):
		return api.LinkProgress{State: api.LinkExpired, Error: known}
	case known == nil:
		known = api.ErrInternal
	}
	return api.LinkProgress{State: api.LinkFailed, Error: known}
}

func (c *Client) followLink(a *linkAttempt) error {
	pings := time.NewTicker(pingInterval) // nothing else may pass for minutes
	defer pings.Stop()
	for {
		timer := time.NewTimer(time.Until(a.until))
		var err error
		done := false
		select {
		case <-timer.C:
			return errLinkExpired
		case <-a.s.closed:
			err = errConnection
		case <-pings.C:
			_, err = request[*wire.Done](c.ctx, a.s, &wire.Ping{})
		case answer := <-a.confirm:
			err = c.answerWords(a, answer)
		case e := <-a.s.events:
			if link, ok := e.Happening.(*wire.LinkEvent); ok && string(link.SlotID) == string(a.slot) {
				done, err = c.takeLinkEvent(a, link)
			}
		}
		timer.Stop()
		if done || err != nil {
			return err
		}
	}
}

// takeLinkEvent does what the primary did; done when this device is linked.
func (c *Client) takeLinkEvent(a *linkAttempt, link *wire.LinkEvent) (done bool, err error) {
	switch link.State {
	case wire.LinkClaimed:
		if a.exchange != nil {
			return false, nil // not before the words were compared
		}
		a.until = time.Now().Add(wire.LinkDecisionTime)
		publish(c.bus, api.OnLink, api.LinkProgress{State: api.LinkClaimed})
	case wire.LinkShared:
		return false, c.showWords(a, link.Share)
	case wire.LinkRejected:
		if link.WordsDiffer {
			return false, wire.NewError(wire.ErrorLinkWordsDiffer)
		}
		return false, errLinkRejected
	case wire.LinkAccepted:
		if a.exchange != nil && !a.confirmed {
			return false, linking.ErrTampered
		}
		return true, c.acceptBundle(a, link.SealedBundle)
	}
	return false, nil
}

// acceptBundle checks what the primary gave and becomes a device of its account.
func (c *Client) acceptBundle(a *linkAttempt, sealed []byte) error {
	bundle, err := a.keys.OpenBundle(a.slot, sealed)
	if err != nil {
		return err
	}
	certificate, err := ident.ParseCertificate(bundle.Certificate)
	if err != nil {
		return linking.ErrTampered
	}
	fits := certificate.Device == a.device && certificate.DeviceKey.Equal(publicKey(a.seed)) && !certificate.Primary &&
		string(bundle.RelayID) == string(a.s.hello.RelayID)
	if fits && a.move {
		fits = len(bundle.AccountSeed) == ed25519.SeedSize && publicKey(bundle.AccountSeed).Equal(certificate.AccountKey)
	}
	if !fits {
		return linking.ErrTampered
	}
	id := &store.Identity{
		RelayURL: a.relay, RelayID: bundle.RelayID, Account: certificate.Account, AccountKey: certificate.AccountKey,
		Device: a.device, DeviceSeed: a.seed, Certificate: bundle.Certificate,
		Phone: ident.Phone(bundle.Phone), ProfileName: bundle.ProfileName, ProfileNameSet: bundle.ProfileNameSetMS,
	}
	if a.move {
		id.AccountSeed, id.Serial = bundle.AccountSeed, certificate.Serial
	}
	if err := c.begin(context.WithoutCancel(c.ctx), id, bundledNames(bundle), bundledContacts(bundle), bundledChats(bundle), bundle.DeviceList); err != nil {
		return err
	}
	// The chats are joined, and history comes, while the person reads.
	ctx, cancel := context.WithTimeout(c.ctx, settleTime)
	defer cancel()
	_, _ = c.awaitStatus(ctx, func(s api.Status) bool {
		return s.Connection == api.ConnectionOnline && s.Primary == a.move
	}) // or in the background
	return nil
}

func bundledNames(bundle *content.LinkBundle) []store.DeviceName {
	var names []store.DeviceName
	for _, n := range bundle.Devices {
		if id, err := ident.IDFromBytes[ident.DeviceID](n.DeviceID); err == nil {
			names = append(names, store.DeviceName{Device: id, Name: n.Name, SetAt: n.SetMS})
		}
	}
	return names
}

func bundledContacts(bundle *content.LinkBundle) []store.Account {
	var contacts []store.Account
	for _, k := range bundle.Contacts {
		id, err := ident.IDFromBytes[ident.AccountID](k.AccountID)
		if err == nil && len(k.AccountKey) == ed25519.PublicKeySize {
			contacts = append(contacts, store.Account{ID: id, Key: k.AccountKey, Phone: ident.Phone(k.Phone), Name: k.Name})
		}
	}
	return contacts
}

// bundledChats are the chats of the account, so that what was read elsewhere is
// not unread here.
func bundledChats(bundle *content.LinkBundle) []store.Chat {
	var chats []store.Chat
	for _, k := range bundle.Contacts {
		account, err := ident.IDFromBytes[ident.AccountID](k.AccountID)
		if err != nil {
			continue
		}
		conversation, err := ident.IDFromBytes[ident.ConversationID](k.ConversationID)
		if err == nil {
			chat := store.DirectChat(account)
			chat.Conversation, chat.Updated = conversation, k.UpdatedMS
			chat.ReadSequence, chat.ToldRelay, chat.ToldSelf = k.ReadSequence, k.ReadSequence, k.ReadSequence
			chats = append(chats, *chat)
		}
	}
	return chats
}
