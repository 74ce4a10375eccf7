package client

import (
	"context"
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"time"

	"parley/client/api"
	"parley/ident"
	"parley/wire"
)

// The account moves to another primary in three steps (M4), each of which can be
// the last for a while:
//
//  1. The primary links the new device like any other, and gives it the account
//     key in the sealed bundle. It stays the primary.
//  2. The new device, once it has stored the key, signs what each of the two is
//     from now on, and the relay changes both at once.
//  3. The former primary finds in the list of devices what it is now. That the
//     account key has signed it proves that the new device has the key; so it
//     erases its own.

// moveWait is how long the former primary waits for the new one to take over.
const moveWait = 20 * time.Second

// acceptMove implements api.AcceptMove.
func (c *Client) acceptMove(ctx context.Context, p api.AcceptMoveParams) (api.Device, error) {
	k, err := c.claimLink(ctx, p.URI)
	if err != nil {
		return api.Device{}, err
	}
	if !k.offer.Move {
		return api.Device{}, api.ErrLinkStays
	}
	if !k.used() {
		if err := c.provePIN(ctx, strings.TrimSpace(p.PIN)); err != nil {
			return api.Device{}, err
		}
	}
	device, err := c.addClaimed(ctx, k)
	if err != nil && !errors.Is(err, errConnection) {
		return device, err
	}
	// The new device may be so quick that the answer is lost with the connection
	// that this one had as the primary.
	wait, cancel := context.WithTimeout(ctx, moveWait)
	defer cancel()
	status, failed := c.awaitStatus(wait, func(s api.Status) bool { return !s.Primary })
	if failed == nil && status.State == api.StateReady {
		return api.Device{ID: k.deviceID(), Name: k.offer.Name, Platform: k.offer.Platform, Primary: true}, nil
	}
	return device, errors.Join(err, ctx.Err()) // else it takes over when it is back
}

// deviceID is the device that a code is of.
func (k *claim) deviceID() string {
	id, _ := ident.IDFromBytes[ident.DeviceID](k.offer.DeviceID) // it was certified
	return id.String()
}

// provePIN asks the relay whether this is the PIN of the account, if it has one.
func (c *Client) provePIN(ctx context.Context, pin string) error {
	twoStep, err := callRelay[*wire.TwoStep](ctx, c, &wire.GetTwoStep{})
	if err != nil || !twoStep.PinSet {
		return err
	}
	if pin == "" {
		return wire.NewError(wire.ErrorPinNeeded)
	}
	_, err = callRelay[*wire.Done](ctx, c, &wire.CheckPin{Pin: pin})
	return err
}

// becomePrimary takes the primary's place, on a device that was given the
// account key.
func (w *worker) becomePrimary(ctx context.Context) (bool, error) {
	w.mu.Lock()
	waits := !w.identity.Primary && len(w.identity.AccountSeed) > 0
	w.mu.Unlock()
	if !waits {
		return false, nil
	}
	r, err := request[*wire.ListDevicesResult](ctx, w.s, &wire.ListDevices{})
	if err != nil {
		return false, err
	}
	var move *wire.MovePrimary
	err = w.update(ctx, func(tx *tx) error {
		known := tx.knownDevices(r)
		if err := tx.followRole(known); err != nil || len(tx.identity.AccountSeed) == 0 || tx.identity.Primary {
			return err
		}
		if tx.movedElsewhere(known) {
			w.settled = time.Time{} // the key goes from the log, too
			next := *tx.identity
			next.AccountSeed = nil
			return tx.setIdentity(&next)
		}
		move, err = tx.signMove(known)
		return err
	})
	if err != nil || move == nil {
		return err == nil, err
	}
	if _, err := request[*wire.Done](ctx, w.s, move); err != nil {
		return false, err
	}
	w.devicesListed = false // where this device finds that it is the primary
	return true, nil
}

// movedElsewhere reports whether the present primary became it after this device
// was linked to take its place: the person has chosen another device since.
func (tx *tx) movedElsewhere(known []ownDevice) bool {
	own, err := ident.ParseCertificate(tx.identity.Certificate)
	return err == nil && slices.ContainsFunc(known, func(d ownDevice) bool {
		return d.Primary && d.Device != own.Device && d.Serial > own.Serial
	})
}

// signMove makes certificates for this device as the primary, and for the
// present primary as a linked device; nil if there is none under our key.
func (tx *tx) signMove(known []ownDevice) (*wire.MovePrimary, error) {
	move := new(wire.MovePrimary)
	next := *tx.identity
	for _, d := range known {
		own := d.Device == next.Device
		if !own && !d.Primary {
			continue
		}
		next.Serial = max(next.Serial, d.Serial, tx.nextSerial()-1) + 1
		certificate := *d.Certificate
		certificate.Primary, certificate.Serial, certificate.Issued = own, next.Serial, tx.c.relayNow()
		certificate.Sign(ed25519.NewKeyFromSeed(next.AccountSeed))
		if own {
			move.Certificate = certificate.Marshal()
		} else {
			move.FormerCertificate = certificate.Marshal()
		}
	}
	if move.Certificate == nil || move.FormerCertificate == nil {
		return nil, wire.NewError(wire.ErrorCertificateInvalid)
	}
	return move, tx.setIdentity(&next)
}

// followRole takes a newer certificate of this device from the list of devices:
// the device to which the account moved has signed it. A primary that it makes a
// linked device erases the account key.
func (tx *tx) followRole(known []ownDevice) error {
	present, err := ident.ParseCertificate(tx.identity.Certificate)
	if err != nil {
		return err
	}
	for _, d := range known {
		newer := d.Device == present.Device && d.DeviceKey.Equal(present.DeviceKey) && d.Serial > present.Serial
		if !newer || d.Primary && len(tx.identity.AccountSeed) == 0 {
			continue
		}
		next := *tx.identity
		next.Certificate, next.Primary = d.Marshal(), d.Primary
		next.Serial = max(next.Serial, d.Serial)
		if !d.Primary {
			next.AccountSeed = nil
		}
		tx.devices = true
		return tx.setIdentity(&next)
	}
	return nil
}
