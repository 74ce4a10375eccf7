package relay_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"parley/ident"
	"parley/wire"
)

// role is a device's certificate of a serial.
func (d *device) role(primary bool, serial uint64) []byte {
	c := &ident.Certificate{
		Account: d.account, Device: d.id, DeviceKey: d.key.Public().(ed25519.PublicKey),
		Primary: primary, Platform: ident.PlatformCLI, Serial: serial, Issued: time.Unix(1_800_000_000, 0),
	}
	c.Sign(d.accountKey)
	return c.Marshal()
}

func primaries(d *device) (ids [][]byte) {
	for _, l := range must[*wire.ListDevicesResult](d.peer, &wire.ListDevices{}).Devices {
		if l.Primary {
			ids = append(ids, l.DeviceID)
		}
	}
	return ids
}

// M4: a linked device that has the account key becomes the primary, and the
// primary a linked device; both come back as what they are then.
func TestM4_MovePrimary(t *testing.T) {
	w := newWorld(t)
	phone := w.register(w.nextPhone())
	fresh, laptop := phone.link(), phone.link()
	move := &wire.MovePrimary{Certificate: fresh.role(true, 2), FormerCertificate: phone.role(false, 3)}
	must[*wire.Done](fresh.peer, move)
	event[*wire.Closing](fresh.peer)
	event[*wire.Closing](phone.peer)
	event[*wire.DevicesChanged](laptop.peer)
	fresh.reconnect()
	phone.reconnect()
	if !fresh.auth.Primary || phone.auth.Primary {
		t.Errorf("primary: new %v, former %v", fresh.auth.Primary, phone.auth.Primary)
	}
	if p := primaries(laptop); len(p) != 1 || string(p[0]) != string(fresh.id[:]) {
		t.Errorf("the primaries are %x", p)
	}
	phone.refused(wire.ErrorPrimaryOnly, &wire.RemoveDevice{DeviceID: laptop.id[:]})
	fresh.refused(wire.ErrorMalformed, move) // it is
	fresh.link()
	must[*wire.Done](fresh.peer, &wire.RemoveDevice{DeviceID: laptop.id[:]})

	// What the former primary still has makes it nothing more: its first
	// certificate, and the one the new primary was linked with.
	phone.refused(wire.ErrorCertificateInvalid, &wire.MovePrimary{Certificate: phone.role(true, 1), FormerCertificate: fresh.role(false, 1)})
	if p := primaries(fresh); len(p) != 1 || string(p[0]) != string(fresh.id[:]) {
		t.Errorf("the primaries are %x", p)
	}
}

// M4: nobody without the account key, and nothing old, makes another primary.
func TestM4_MovePrimary_Refusals(t *testing.T) {
	w := newWorld(t)
	phone := w.register(w.nextPhone())
	tablet, laptop := phone.link(), phone.link()
	thief := *tablet
	thief.accountKey = newKey()
	stranger := w.register(w.nextPhone())
	for name, move := range map[string]*wire.MovePrimary{
		"nothing":               {},
		"signed by another key": {Certificate: thief.role(true, 2), FormerCertificate: phone.role(false, 3)},
		"for another device":    {Certificate: laptop.role(true, 2), FormerCertificate: phone.role(false, 3)},
		"not as a primary":      {Certificate: tablet.role(false, 2), FormerCertificate: phone.role(false, 3)},
		"two primaries":         {Certificate: tablet.role(true, 2), FormerCertificate: phone.role(true, 3)},
		"not of the primary":    {Certificate: tablet.role(true, 2), FormerCertificate: laptop.role(false, 3)},
		"not newer":             {Certificate: tablet.role(true, 1), FormerCertificate: phone.role(false, 3)},
		"the other not newer":   {Certificate: tablet.role(true, 2), FormerCertificate: phone.role(false, 1)},
		"a stranger's":          {Certificate: tablet.role(true, 2), FormerCertificate: stranger.role(false, 3)},
	} {
		t.Run(name, func(t *testing.T) {
			tablet.on(t)
			tablet.refused(wire.ErrorCertificateInvalid, move)
		})
	}
	tablet.on(t)
	w.greet().refused(wire.ErrorNotAuthenticated, &wire.MovePrimary{})
	must[*wire.Done](phone.peer, &wire.RemoveDevice{DeviceID: tablet.id[:]})
	if p := primaries(phone); len(p) != 1 || string(p[0]) != string(phone.id[:]) {
		t.Errorf("the primaries are %x", p)
	}
}
