package client_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// try queues a message in a chat that the device has, without waiting for it to
// be sent.
func try(d *Device, with ident.Phone, text string) {
	for _, chat := range Call(d, api.ListChats, api.None{}).Chats {
		if chat.Phone == string(with) {
			Call(d, api.Send, api.SendParams{ChatID: chat.ID, Text: text})
			return
		}
	}
	panic(d.Name + " has no such chat")
}

// wantProblem waits until a device tells why something waits.
func wantProblem(d *Device, code string) {
	d.Eventually("tells "+code, func() bool {
		p := Call(d, api.GetStatus, api.None{}).ConnectionProblem
		return p != nil && p.Code == code
	})
}

func wantUnread(t *testing.T, i *Intruder) {
	t.Helper()
	if texts, _ := i.Read(); len(texts) != 0 {
		t.Errorf("the intruder has read %q", texts)
	}
}

func hasLine(d *Device, with ident.Phone, kind api.MessageKind) bool {
	return slices.ContainsFunc(d.Messages(with), func(m api.Message) bool { return m.Kind == kind })
}

func fakeCertificate(t *testing.T, account ident.AccountID) (*ident.Certificate, ed25519.PrivateKey) {
	t.Helper()
	c, key, err := FakeCertificate(account, ident.PlatformWeb)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

// X6: a device that the relay made up, under the account's own name, reads
// nothing of either person; both are told.
func TestMaliciousRelay_GhostDevice(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	a1.Send(bob, "before")
	b1.WantTexts(alice, []string{"before"})
	a2.WantTexts(bob, []string{"before"})
	certificate, key := fakeCertificate(t, r.AccountOf(alice))
	ghost := r.Intrude(alice, bob, certificate, key)
	try(a1, bob, "secret")
	try(a2, bob, "secret, too")
	try(b1, alice, "secret, three")
	for _, d := range []*Device{a1, a2, b1} {
		wantProblem(d, "device_unverified")
	}
	b1.Eventually("a line in the chat", func() bool { return hasLine(b1, alice, api.MessageKeysChanged) })
	wantUnread(t, ghost)
}

// X6: the same of an account that is not in the chat.
func TestMaliciousRelay_GhostOfAStranger(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	a1.Send(bob, "before")
	b1.WantTexts(alice, []string{"before"})
	r.NewDevice("Carol").Register("+32470000003")
	certificate, key := fakeCertificate(t, r.AccountOf("+32470000003"))
	ghost := r.Intrude(alice, bob, certificate, key)
	try(a1, bob, "secret")
	try(b1, alice, "secret, too")
	wantProblem(a1, "device_unverified")
	wantProblem(b1, "device_unverified")
	wantUnread(t, ghost)
}

// X6: among own devices, a ghost hears nothing, and chats go on without it.
func TestMaliciousRelay_GhostAmongOwnDevices(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	a1.Send(bob, "before")
	a2.WantTexts(bob, []string{"before"})
	certificate, key := fakeCertificate(t, r.AccountOf(alice))
	ghost := r.Intrude(alice, alice, certificate, key)
	Call(a1, api.SetName, api.SetNameParams{Name: "Alice in secret"})
	wantProblem(a1, "device_unverified")
	a2.Send(bob, "still here")
	b1.WantTexts(alice, []string{"before", "still here"})
	if _, opened := ghost.Read(); opened != 0 {
		t.Errorf("the ghost has opened %d messages", opened)
	}
	if len(Call(a1, api.ListDevices, api.None{}).Devices) != 2 {
		t.Error("the ghost is listed among the devices")
	}
}

// X6: the certificate of a real device on a leaf with another key.
func TestMaliciousRelay_ReplayedCertificate(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	a1.Send(bob, "before")
	b1.WantTexts(alice, []string{"before"})
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ghost := r.Intrude(alice, bob, r.CertificateOf(bob), key)
	try(a1, bob, "secret")
	try(b1, alice, "secret, too")
	wantProblem(a1, "device_unverified")
	wantProblem(b1, "device_unverified")
	wantUnread(t, ghost)
}

// readmit undoes every logout in the relay's database.
const readmit = `UPDATE devices SET removed_ms = NULL`

// M15, X6: a device that was logged out comes back with the relay's help and its
// real key. Contacts know that it was logged out, nothing is sent while it is
// there, and the primary logs it out again.
func TestMaliciousRelay_LoggedOutDeviceComesBack(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	a1.Send(bob, "before")
	a2.WantTexts(bob, []string{"before"})
	b1.WantTexts(alice, []string{"before"})
	certificate, key := credentials(t, copyStorage(t, a2))
	removeDevice(t, a1, a2)
	b1.Eventually("a line in the chat", func() bool { return hasLine(b1, alice, api.MessageDevicesChanged) })
	a1.Stop()
	a1.Start()
	a1.Texts(bob) // knows that the device is gone
	a1.Stop()
	r.Pass(time.Minute)
	r.Falsify(readmit)
	ghost := r.Intrude(alice, bob, certificate, key)
	try(b1, alice, "secret")
	wantProblem(b1, "device_not_removed")
	wantUnread(t, ghost)
	a1.Start()
	wantProblem(a1, "device_returned")
	try(a1, bob, "secret, too")
	a1.Eventually("both messages", func() bool { return len(a1.Held(bob)) == 3 })
	b1.Eventually("both messages", func() bool { return len(b1.Held(alice)) == 3 })
	wantUnread(t, ghost)
}

// withhold has the relay say that it logged a device out, and not do it.
const withhold = `CREATE TRIGGER withhold AFTER UPDATE OF removed_ms ON devices WHEN NEW.removed_ms IS NOT NULL BEGIN
	UPDATE devices SET removed_ms = NULL WHERE device_id = NEW.device_id; END;
	CREATE TRIGGER forget AFTER UPDATE OF removals ON conversations WHEN NEW.removals > 0 BEGIN
	UPDATE conversations SET removals = 0 WHERE conversation_id = NEW.conversation_id; END`

// M15, X6: the relay only says that it took a device out. Nothing is sent to it
// all the same, and everything is when the relay does.
func TestMaliciousRelay_WithheldRemoval(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	a1.Send(bob, "before")
	a2.WantTexts(bob, []string{"before"})
	b1.WantTexts(alice, []string{"before"})
	a2.Stop()
	r.Falsify(withhold)
	a1.Texts(bob)
	Call(a1, api.RemoveDevice, api.DeviceID{ID: r.CertificateOf(alice).Device.String()})
	b1.Eventually("a line in the chat", func() bool { return hasLine(b1, alice, api.MessageDevicesChanged) })
	a1.Stop()
	r.Pass(time.Minute)
	b1.Stop()
	b1.Start()
	a1.Start()
	try(a1, bob, "secret")
	try(b1, alice, "secret, too")
	wantProblem(b1, "device_not_removed")
	a1.Eventually("a reason", func() bool { return Call(a1, api.GetStatus, api.None{}).ConnectionProblem != nil })
	a2.Start()
	a2.Eventually("online", func() bool { return Call(a2, api.GetStatus, api.None{}).Connection == api.ConnectionOnline })
	if got := a2.Held(bob); !slices.Equal(got, []string{"before"}) {
		t.Errorf("the logged-out device holds %q", got)
	}
	r.Falsify(`DROP TRIGGER withhold; DROP TRIGGER forget`)
	a1.Eventually("both messages", func() bool { return len(a1.Held(bob)) == 3 })
	b1.Eventually("both messages", func() bool { return len(b1.Held(alice)) == 3 })
}

// M6, M23: the relay puts the offer of a device of its own under the code that
// was scanned, or its own bundle.
func TestMaliciousRelay_SwappedQR(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, mine, theirs := r.NewDevice("Alice"), r.NewDevice("tablet"), r.NewDevice("stranger's")
	a1.Register(alice)
	var swapped []byte
	r.Forge(func(device string, frame *wire.Frame) {
		response, ok := frame.Body.(*wire.Response)
		if !ok || device != a1.Name {
			return
		}
		if claimed, ok := response.Result.(*wire.ClaimLinkSlotResult); ok {
			if swapped == nil {
				swapped = claimed.SealedOffer
			}
			claimed.SealedOffer = swapped
		}
	})
	other := Call(theirs, api.StartLink, api.StartLinkParams{Relay: "http://relay.test"})
	Call(a1, api.InspectLink, api.LinkURI{URI: other.URI})
	offer := Call(mine, api.StartLink, api.StartLinkParams{Relay: "http://relay.test"})
	_, err := Try(a1, api.InspectLink, api.LinkURI{URI: offer.URI})
	wantCode(t, err, api.ErrLinkTampered.Code)
	_, err = Try(a1, api.AcceptLink, api.LinkURI{URI: offer.URI})
	wantCode(t, err, api.ErrLinkTampered.Code)
	if got := len(Call(a1, api.ListDevices, api.None{}).Devices); got != 1 {
		t.Errorf("the account has %d devices", got)
	}
}

// credentials are what somebody has who copied a device's storage.
func credentials(t *testing.T, storage string) (*ident.Certificate, ed25519.PrivateKey) {
	t.Helper()
	var id *store.Identity
	viewStorage(t, storage, func(tx *store.Tx) (err error) {
		id, err = tx.FindIdentity()
		return err
	})
	certificate, err := ident.ParseCertificate(id.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, ed25519.NewKeyFromSeed(id.DeviceSeed)
}

// removeDevice logs one device out from another, and waits until it knows.
func removeDevice(t *testing.T, primary, linked *Device) {
	t.Helper()
	id := Call(linked, api.GetStatus, api.None{}).DeviceID
	Call(primary, api.RemoveDevice, api.DeviceID{ID: id})
	linked.Eventually("logged out", func() bool { return Call(linked, api.GetStatus, api.None{}).State == api.StateLoggedOut })
}

// M15, X6: a primary restored from a backup knows of no device that was linked
// since, and what it signs leaves none out.
func TestRestoredPrimary_KeepsLaterDevices(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	a1.Send(bob, "before")
	b1.WantTexts(alice, []string{"before"})
	backup := copyStorage(t, a1)
	a3 := r.NewDevice("Alice's tablet")
	a1.Link(a3)
	a3.WantTexts(bob, []string{"before"})
	a1.Texts(bob)
	removed := Call(a2, api.GetStatus, api.None{}).DeviceID
	a1.Stop()
	putBack(t, a1, backup)
	a1.Start()
	Call(a1, api.RemoveDevice, api.DeviceID{ID: removed})
	b1.Eventually("a line in the chat", func() bool { return hasLine(b1, alice, api.MessageDevicesChanged) })
	a3.Send(bob, "still here")
	b1.WantTexts(alice, []string{"before", "still here"})
	a1.WantTexts(bob, []string{"before", "still here"})
	if state := Call(a3, api.GetStatus, api.None{}).State; state != api.StateReady {
		t.Errorf("the tablet is %s", state)
	}
}
