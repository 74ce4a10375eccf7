package relay_test

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/relay"
	"parley/wire"
)

// M2: four devices beside the primary; the next is refused with a reason, and
// is accepted once one has gone.
func TestLinkedDevicesAreLimited(t *testing.T) {
	w := newWorld(t)
	alice := w.register(w.nextPhone())
	var linked []*device
	for range 4 {
		linked = append(linked, alice.link())
	}
	p := w.greet()
	slot := must[*wire.OpenLinkSlotResult](p, &wire.OpenLinkSlot{SealedOffer: []byte("offer")})
	alice.refused(wire.ErrorTooManyDevices, &wire.ClaimLinkSlot{SlotID: slot.SlotID})
	must[*wire.Done](alice.peer, &wire.RemoveDevice{DeviceID: linked[2].id[:]})
	must[*wire.ClaimLinkSlotResult](alice.peer, &wire.ClaimLinkSlot{SlotID: slot.SlotID})
	n := alice.unlinked(p)
	must[*wire.Done](alice.peer, &wire.AddDevice{SlotID: slot.SlotID, Certificate: n.certificate(false)})
	n.authenticate()
	if d := must[*wire.ListDevicesResult](alice.peer, &wire.ListDevices{}).Devices; len(d) != 5 || !d[0].Primary {
		t.Errorf("%d devices are listed", len(d))
	}
}

// M21: a linked device cannot link another one, nor log another one out.
func TestOnlyThePrimaryLinks(t *testing.T) {
	w := newWorld(t)
	alice := w.register(w.nextPhone())
	tablet, laptop := alice.link(), alice.link()
	slot := must[*wire.OpenLinkSlotResult](w.greet(), &wire.OpenLinkSlot{SealedOffer: []byte("offer")})
	tablet.refused(wire.ErrorPrimaryOnly, &wire.ClaimLinkSlot{SlotID: slot.SlotID})
	tablet.refused(wire.ErrorPrimaryOnly, &wire.AddDevice{SlotID: slot.SlotID})
	tablet.refused(wire.ErrorPrimaryOnly, &wire.RejectLinkSlot{SlotID: slot.SlotID})
	tablet.refused(wire.ErrorPrimaryOnly, &wire.RemoveDevice{DeviceID: laptop.id[:]})
	alice.refused(wire.ErrorPrimaryOnly, &wire.RemoveDevice{DeviceID: alice.id[:]})
	alice.refused(wire.ErrorDeviceUnknown, &wire.RemoveDevice{DeviceID: newMessageID()})
	stranger := w.register(w.nextPhone())
	stranger.refused(wire.ErrorDeviceUnknown, &wire.RemoveDevice{DeviceID: tablet.id[:]})
	must[*wire.ClaimLinkSlotResult](alice.peer, &wire.ClaimLinkSlot{SlotID: slot.SlotID})
}

// M16: a linked device logs itself out.
func TestDeviceLogsItselfOut(t *testing.T) {
	w := newWorld(t)
	alice := w.register(w.nextPhone())
	tablet := alice.link()
	must[*wire.Done](tablet.peer, &wire.RemoveDevice{DeviceID: tablet.id[:]})
	event[*wire.LoggedOut](tablet.peer)
	event[*wire.DevicesChanged](alice.peer)
	tablet.peer = w.greet()
	tablet.refused(wire.ErrorDeviceRemoved, tablet.proof())
}

// M23: a slot is good for 60 seconds, once; what is wrong with it is said by name.
func TestSlotLifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
		claim := func(id []byte) *wire.ClaimLinkSlot { return &wire.ClaimLinkSlot{SlotID: id} }
		open := func(p *peer) []byte {
			return must[*wire.OpenLinkSlotResult](p, &wire.OpenLinkSlot{SealedOffer: []byte("offer")}).SlotID
		}
		alice.refused(wire.ErrorLinkUnknown, claim(newMessageID()))
		alice.refused(wire.ErrorLinkUnknown, claim([]byte{1}))

		p := w.greet()
		first := open(p)
		time.Sleep(wire.LinkSlotLifetime)
		second := open(p) // the QR refreshes itself
		alice.refused(wire.ErrorLinkExpired, claim(first))
		time.Sleep(wire.LinkSlotLifetime + time.Second)
		alice.refused(wire.ErrorLinkExpired, claim(second))

		p = w.greet()
		third := open(p)
		time.Sleep(wire.LinkSlotLifetime)
		must[*wire.ClaimLinkSlotResult](alice.peer, claim(third))
		bob.refused(wire.ErrorLinkUsed, claim(third))
		bob.refused(wire.ErrorLinkUnknown, &wire.RejectLinkSlot{SlotID: third})
		time.Sleep(wire.LinkDecisionTime)
		must[*wire.Done](alice.peer, &wire.RejectLinkSlot{SlotID: third})
		if e := event[*wire.LinkEvent](p); e.State != wire.LinkClaimed {
			t.Errorf("the first event is %v", e.State)
		}
		if e := event[*wire.LinkEvent](p); e.State != wire.LinkRejected {
			t.Errorf("the second event is %v", e.State)
		}
		alice.refused(wire.ErrorLinkUsed, claim(third))

		p = w.greet()
		fourth := open(p)
		must[*wire.ClaimLinkSlotResult](alice.peer, claim(fourth))
		time.Sleep(wire.LinkDecisionTime + time.Second)
		alice.refused(wire.ErrorLinkExpired, &wire.AddDevice{SlotID: fourth, Certificate: alice.unlinked(p).certificate(false)})

		p = w.greet()
		fifth := open(p)
		p.pipe.Close()
		synctest.Wait()
		alice.refused(wire.ErrorLinkExpired, claim(fifth)) // its device is gone
		w.stopEarly()
	})
}

// A primary that has lost an answer asks again, on another connection, and gets
// the same one; the new device hears everything once.
func TestLinkingIsIdempotent(t *testing.T) {
	w := newWorld(t)
	alice := w.register(w.nextPhone())
	twice := func(call wire.RequestCall) {
		t.Helper()
		must[*wire.Done](alice.peer, call)
		alice.reconnect()
		must[*wire.Done](alice.peer, call)
	}
	claimed := func() (*peer, []byte) {
		p := w.greet()
		slot := must[*wire.OpenLinkSlotResult](p, &wire.OpenLinkSlot{SealedOffer: []byte("offer")}).SlotID
		for range 2 {
			if r := must[*wire.ClaimLinkSlotResult](alice.peer, &wire.ClaimLinkSlot{SlotID: slot}); string(r.SealedOffer) != "offer" {
				t.Errorf("the offer is %q", r.SealedOffer)
			}
			alice.reconnect()
		}
		event[*wire.LinkEvent](p)
		return p, slot
	}
	p, slot := claimed()
	n := alice.unlinked(p)
	twice(&wire.AddDevice{SlotID: slot, Certificate: n.certificate(false)})
	event[*wire.LinkEvent](p)
	quiet[*wire.LinkEvent](p)
	n.authenticate()

	p, slot = claimed()
	twice(&wire.RejectLinkSlot{SlotID: slot})
	event[*wire.LinkEvent](p)
	quiet[*wire.LinkEvent](p)
	alice.refused(wire.ErrorLinkUsed, &wire.AddDevice{SlotID: slot, Certificate: alice.unlinked(p).certificate(false)})

	twice(&wire.RemoveDevice{DeviceID: n.id[:]})
	if d := must[*wire.ListDevicesResult](alice.peer, &wire.ListDevices{}).Devices; len(d) != 1 {
		t.Errorf("%d devices are listed", len(d))
	}
}

// A device that has left before the primary accepts it, or while it is stored,
// is none of the account's.
func TestLinkedDeviceThatLeftIsNotStored(t *testing.T) {
	for name, leave := range map[string]func(*world, func()){
		"before":         func(_ *world, closeSession func()) { closeSession() },
		"while accepted": func(w *world, closeSession func()) { w.store.(*hookedStore).updated.Store(&closeSession) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			alice := w.register(w.nextPhone())
			p := w.greet()
			slot := must[*wire.OpenLinkSlotResult](p, &wire.OpenLinkSlot{SealedOffer: []byte("offer")}).SlotID
			must[*wire.ClaimLinkSlotResult](alice.peer, &wire.ClaimLinkSlot{SlotID: slot})
			n := alice.unlinked(p)
			leave(w, p.session.Close)
			alice.refused(wire.ErrorLinkExpired, &wire.AddDevice{SlotID: slot, Certificate: n.certificate(false)})
			if d := must[*wire.ListDevicesResult](alice.peer, &wire.ListDevices{}).Devices; len(d) != 1 {
				t.Errorf("%d devices are listed", len(d))
			}
		})
	}
}

func TestLinkRefusals(t *testing.T) {
	w := newWorld(t, func(s *relay.Settings) { s.LinksPerHour = 3 })
	alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
	p := w.greet()
	p.refused(wire.ErrorMalformed, &wire.OpenLinkSlot{})
	p.refused(wire.ErrorTooLarge, &wire.OpenLinkSlot{SealedOffer: make([]byte, wire.MaxLinkOffer+1)})
	slot := must[*wire.OpenLinkSlotResult](p, &wire.OpenLinkSlot{SealedOffer: []byte("offer")}).SlotID
	n := alice.unlinked(p)
	add := func(certificate []byte) *wire.AddDevice {
		return &wire.AddDevice{SlotID: slot, Certificate: certificate}
	}
	alice.refused(wire.ErrorLinkUnknown, add(n.certificate(false))) // not claimed yet
	must[*wire.ClaimLinkSlotResult](alice.peer, &wire.ClaimLinkSlot{SlotID: slot})
	alice.refused(wire.ErrorCertificateInvalid, add(n.certificate(true)))
	alice.refused(wire.ErrorCertificateInvalid, add(bob.certificate(false)))
	alice.refused(wire.ErrorCertificateInvalid, add(alice.certificate(false)))
	alice.refused(wire.ErrorCertificateInvalid, add(nil))
	large := add(n.certificate(false))
	large.SealedBundle = make([]byte, wire.MaxLinkBundle+1)
	alice.refused(wire.ErrorTooLarge, large)
	must[*wire.Done](alice.peer, add(n.certificate(false)))
	alice.refused(wire.ErrorLinkUsed, add(alice.unlinked(p).certificate(false)))
	alice.refused(wire.ErrorLinkUsed, &wire.RejectLinkSlot{SlotID: slot})
	for range 2 {
		alice.refused(wire.ErrorLinkUnknown, &wire.ClaimLinkSlot{SlotID: newMessageID()})
	}
	if e := alice.refused(wire.ErrorRateLimited, &wire.ClaimLinkSlot{SlotID: newMessageID()}); e.RetryAfterMS == 0 {
		t.Error("the refusal does not say when to try again")
	}
}
