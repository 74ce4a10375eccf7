package relay_test

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/bus"
	"parley/internal/relay"
	"parley/internal/relay/relaytest"
	"parley/internal/store"
	"parley/internal/store/postgres"
	"parley/internal/store/postgres/postgrestest"
	"parley/wire"
)

// deafBus is a bus that loses everything.
type deafBus struct{ bus.Bus }

func (deafBus) Publish(string, []byte) {}

// newRelays makes worlds whose relays share a database, and a bus unless it is deaf.
func newRelays(t *testing.T, n int, deaf bool, change ...func(*relay.Settings)) []*world {
	t.Helper()
	connection, local := postgrestest.Database(t), new(bus.Local)
	worlds := make([]*world, n)
	for i := range worlds {
		opened, err := postgres.Open(t.Context(), connection, postgres.Options{Shared: true})
		if err != nil {
			t.Fatal(err)
		}
		w := makeWorld(t, opened, change...)
		if w.journal, w.bus = opened, local.Join(); deaf {
			w.bus = deafBus{w.bus}
		}
		w.phone = 10 * i
		w.startRelay()
		t.Cleanup(w.bus.Close)
		t.Cleanup(w.stop)
		worlds[i] = w
	}
	return worlds
}

// moveTo connects a device to another relay.
func (d *device) moveTo(w *world) {
	d.Helper()
	d.world = w
	d.reconnect()
}

// chat is a conversation of devices at relays of their own, who get pushes.
func chat(relays []*world) (alice, bob *device, conversation []byte) {
	alice, bob = relays[0].register(relays[0].nextPhone()), relays[1].register(relays[1].nextPhone())
	conversation = alice.direct(bob)
	alice.live()
	bob.live()
	return alice, bob, conversation
}

// takes waits for an entry at a position, and acknowledges it.
func (d *device) takes(position uint64) {
	d.Helper()
	if e := d.pushed(); e.Position != position {
		d.Fatalf("the entry at %d was pushed, want %d", e.Position, position)
	}
	must[*wire.Done](d.peer, &wire.Ack{Position: position})
}

// Devices at different relays write to each other; receipts and typing come as well.
func TestRelaysShareConversations(t *testing.T) {
	relays := newRelays(t, 2, false)
	alice, bob, conversation := chat(relays)
	for i := range uint64(5) {
		must[*wire.SendResult](alice.peer, relaytest.Text(conversation, "from alice"))
		must[*wire.SendResult](bob.peer, relaytest.Text(conversation, "from bob"))
		for _, d := range []*device{alice, bob} {
			d.takes(2*i + 2)
			d.takes(2*i + 3)
		}
	}
	event[*wire.ReceiptEvent](alice.peer)
	must[*wire.Done](bob.peer, &wire.MarkRead{ConversationID: conversation, Sequence: 11})
	for {
		if r := event[*wire.ReceiptEvent](alice.peer).Receipt; r.Read == 11 {
			break
		}
	}
	// Both send at the same time: each gets everything in order.
	const each = 50
	for range each {
		alice.start(relaytest.Text(conversation, "at once"))
		bob.start(relaytest.Text(conversation, "at once"))
	}
	for i := range uint64(2 * each) {
		for _, d := range []*device{alice, bob} {
			if e := d.pushed(); e.Position != 12+i || e.Sequence != 12+i {
				t.Fatalf("entry %d is pushed at %d, want %d", e.Sequence, e.Position, 12+i)
			}
		}
	}
}

// Without a bus everything comes all the same, a second later.
func TestRelaysWithoutBus(t *testing.T) {
	relays := newRelays(t, 2, true)
	alice, bob, conversation := chat(relays)
	began := time.Now()
	must[*wire.SendResult](alice.peer, relaytest.Text(conversation, "slow"))
	bob.takes(2)
	event[*wire.ReceiptEvent](alice.peer)
	t.Logf("there and back took %v", time.Since(began))
	tablet := bob.link()
	if e := event[*wire.DevicesChanged](bob.peer); e == nil {
		t.Error("the primary was not told of the new device")
	}
	tablet.moveTo(relays[0])
	must[*wire.Done](bob.peer, &wire.RemoveDevice{DeviceID: tablet.id[:]})
	event[*wire.LoggedOut](tablet.peer)
}

// A device that connects to another relay has one connection: the former one ends, and what
// it still has on its way is not carried out, whenever its relay hears of it.
func TestDeviceMovesBetweenRelays(t *testing.T) {
	relays := newRelays(t, 2, true)
	alice, bob, conversation := chat(relays)
	former := alice.peer
	held, release := make(chan struct{}), make(chan struct{})
	relays[0].store.Submit(func(store.Tx) error {
		close(held)
		<-release
		return nil
	}, func(error) {})
	<-held
	late := relaytest.Text(conversation, "late")
	former.start(late)
	// The transaction of the first relay has its turn; the device enters behind it.
	entered := make(chan struct{})
	go func() {
		defer close(entered)
		alice.moveTo(relays[1])
	}()
	time.Sleep(50 * time.Millisecond)
	close(release)
	<-entered
	again := must[*wire.SendResult](alice.peer, late)
	event[*wire.Closing](former)
	entries := bob.pullFrom(0)
	count := len(slices.DeleteFunc(entries, func(e *wire.Entry) bool { return string(e.MessageID) != string(late.MessageID) }))
	if count != 1 {
		t.Errorf("the message stands at %d places, want one (answered with %d)", count, again.Sequence)
	}
}

// The former connection's relay hears of the new one before its next transaction: the message id
// that everybody has acknowledged meanwhile is not taken for a new one.
func TestFormerConnectionSendsNothing(t *testing.T) {
	relays := newRelays(t, 2, true)
	alice, bob, conversation := chat(relays)
	former := alice.peer
	alice.moveTo(relays[1])
	m := relaytest.Text(conversation, "once")
	sent := must[*wire.SendResult](alice.peer, m)
	alice.live()
	must[*wire.Done](alice.peer, &wire.Ack{Position: 2})
	must[*wire.Done](bob.peer, &wire.Ack{Position: 2})
	if err := relays[1].relay.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	// At once, before the first relay has read the journal.
	if result, ok := former.call(m).(*wire.SendResult); ok {
		t.Errorf("the former connection sent a message again: sequence %d, first %d", result.Sequence, sent.Sequence)
	}
	if entries := bob.pullFrom(2); len(entries) != 0 {
		t.Errorf("%d entries came again", len(entries))
	}
}

// What one device of an account does is known to the others wherever they are.
func TestRelaysTellDevices(t *testing.T) {
	relays := newRelays(t, 2, false)
	alice := relays[0].register(relays[0].nextPhone())
	tablet := alice.link()
	tablet.moveTo(relays[1])
	devices := must[*wire.ListDevicesResult](alice.peer, &wire.ListDevices{}).Devices
	if len(devices) != 2 || !devices[0].Online || !devices[1].Online || devices[1].Address == "" {
		t.Errorf("the devices are %+v", devices)
	}
	stranger := relays[1].register(relays[1].nextPhone())
	must[*wire.Done](alice.peer, &wire.SetBlocked{AccountID: stranger.account[:], Blocked: true})
	event[*wire.BlockedChanged](tablet.peer)
	must[*wire.Done](alice.peer, &wire.SetPin{Pin: "271828"})
	event[*wire.TwoStepChanged](tablet.peer)
	laptop := alice.link()
	event[*wire.DevicesChanged](tablet.peer)
	laptop.moveTo(relays[1])
	must[*wire.Done](alice.peer, &wire.RemoveDevice{DeviceID: tablet.id[:]})
	event[*wire.LoggedOut](tablet.peer)
	event[*wire.DevicesChanged](laptop.peer)
	tablet.peer = relays[1].greet()
	tablet.refused(wire.ErrorDeviceRemoved, tablet.proof())
}

// A relay that is gone has taken its connections with it: they count no more after a while, and
// its devices go on elsewhere.
func TestRelayIsGone(t *testing.T) {
	relays := newRelays(t, 3, false)
	alice, bob, conversation := chat(relays)
	relays[0].stop()
	alice.moveTo(relays[2])
	alice.live()
	must[*wire.SendResult](bob.peer, relaytest.Text(conversation, "are you there?"))
	alice.takes(2)
	must[*wire.SendResult](alice.peer, relaytest.Text(conversation, "yes"))
	bob.takes(2)
	bob.takes(3)
}

// A new device and its primary meet at relays of their own, by QR code and by a typed code.
func TestLinkingAcrossRelays(t *testing.T) {
	relays := newRelays(t, 3, false)
	alice := relays[0].register(relays[0].nextPhone())
	alice.moveTo(relays[1])
	alice.world = relays[0] // where the new devices are
	tablet := alice.link()
	event[*wire.DevicesChanged](alice.peer)
	if d := must[*wire.ListDevicesResult](alice.peer, &wire.ListDevices{}).Devices; len(d) != 2 || !d[1].Online {
		t.Errorf("the devices are %+v", d)
	}
	// What the holder says about a slot reaches the primary as it is.
	tablet.refused(wire.ErrorPrimaryOnly, &wire.ClaimLinkSlot{SlotID: newMessageID()})
	p := relays[0].greet()
	slot := must[*wire.OpenLinkSlotResult](p, &wire.OpenLinkSlot{SealedOffer: []byte("offer")}).SlotID
	unknown := slices.Clone(slot)
	unknown[wire.IDSize-1] ^= 1
	alice.refused(wire.ErrorLinkUnknown, &wire.ClaimLinkSlot{SlotID: unknown})
	if got := must[*wire.ClaimLinkSlotResult](alice.peer, &wire.ClaimLinkSlot{SlotID: slot}).SealedOffer; string(got) != "offer" {
		t.Errorf("the offer is %q", got)
	}
	must[*wire.Done](alice.peer, &wire.RejectLinkSlot{SlotID: slot})
	alice.refused(wire.ErrorLinkUsed, &wire.ClaimLinkSlot{SlotID: slot})
	event[*wire.LinkEvent](p)
	if e := event[*wire.LinkEvent](p); e.State != wire.LinkRejected {
		t.Errorf("the slot ended with %v", e.State)
	}

	p = relays[2].greet()
	code := must[*wire.OpenCodeSlotResult](p, &wire.OpenCodeSlot{Commitment: make([]byte, wire.LinkCommitmentSize)})
	found := must[*wire.ClaimCodeSlotResult](alice.peer, &wire.ClaimCodeSlot{Code: code.Code})
	share := make([]byte, wire.LinkShareSize)
	must[*wire.ExchangeLinkShareResult](alice.peer, &wire.ExchangeLinkShare{SlotID: found.SlotID, Share: share})
	if e := event[*wire.LinkEvent](p); e.State != wire.LinkShared {
		t.Errorf("the new device heard %v", e.State)
	}
	alice.refused(wire.ErrorLinkCodeUnknown, &wire.ClaimCodeSlot{Code: "0000000000"})
	// The relay with the slot is gone: its new device is as well.
	relays[2].stop()
	relays[2].bus.Close()
	alice.refused(wire.ErrorLinkExpired, &wire.AddDevice{SlotID: found.SlotID, Certificate: alice.unlinked(p).certificate(false)})
}

// Typing reaches the others where they are, and nobody else.
func TestTypingAcrossRelays(t *testing.T) {
	relays := newRelays(t, 2, false)
	alice, bob, conversation := chat(relays)
	must[*wire.Done](alice.peer, &wire.SetTyping{ConversationID: conversation, Active: true})
	if e := event[*wire.TypingEvent](bob.peer); string(e.AccountID) != string(alice.account[:]) || !e.Active {
		t.Errorf("bob heard %+v", e)
	}
	quiet[*wire.TypingEvent](alice.peer)
}

// M92: a device is woken once, whichever relays have news for it, and only if it is connected to none
// and has not taken them.
func TestWakeUpsAcrossRelays(t *testing.T) {
	relays := newRelays(t, 2, false, func(s *relay.Settings) { s.PushInterval = 2 * time.Second })
	alice, bob, conversation := chat(relays)
	must[*wire.Done](bob.peer, &wire.SetPushSubscription{Endpoint: endpoint})
	carol := relays[1].register(relays[1].nextPhone())
	other := carol.direct(bob)
	bob.takes(2)
	woken := func() (n int) {
		for _, w := range relays {
			w.push.mu.Lock()
			n += len(w.push.woken)
			w.push.mu.Unlock()
		}
		return n
	}
	// It is connected to the second relay: the first leaves it time, and it takes the message.
	must[*wire.SendResult](alice.peer, text(conversation, 1))
	bob.takes(3)
	time.Sleep(200 * time.Millisecond)
	if n := woken(); n != 0 {
		t.Errorf("a connected device was woken %d times", n)
	}
	bob.session.Close()
	if err := relays[1].store.Update(t.Context(), func(store.Tx) error { return nil }); err != nil { // behind what Close writes
		t.Fatal(err)
	}
	for range 3 {
		must[*wire.SendResult](alice.peer, text(conversation, 1))
		must[*wire.SendResult](carol.peer, text(other, 1))
	}
	for woken() == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(200 * time.Millisecond)
	if n := woken(); n != 1 {
		t.Errorf("the device was woken %d times, want once", n)
	}
}

// People see who is there at another relay, only if they may (X1), and no more once that relay is gone.
func TestPresenceAcrossRelays(t *testing.T) {
	relays := newRelays(t, 3, false)
	alice, bob, _ := chat(relays)
	carol := relays[2].register(relays[2].nextPhone())
	carol.direct(alice)
	for _, d := range []*device{bob, carol} {
		states := must[*wire.WatchPresenceResult](d.peer, &wire.WatchPresence{AccountIDs: [][]byte{alice.account[:]}}).States
		if len(states) != 1 || states[0].Available {
			t.Errorf("at first the states are %+v", states)
		}
	}
	must[*wire.Done](alice.peer, &wire.SetPresence{Available: true, Limited: true, AudienceIDs: [][]byte{bob.account[:]}})
	if e := event[*wire.PresenceEvent](bob.peer); !e.Available {
		t.Errorf("bob heard %+v", e)
	}
	// Who begins to watch hears of what is the case already.
	bob.moveTo(relays[2])
	states := must[*wire.WatchPresenceResult](bob.peer, &wire.WatchPresence{AccountIDs: [][]byte{alice.account[:]}}).States
	if !states[0].Available { // where carol watches it may be known
		event[*wire.PresenceEvent](bob.peer)
	}
	bob.moveTo(relays[1])
	states = must[*wire.WatchPresenceResult](bob.peer, &wire.WatchPresence{AccountIDs: [][]byte{alice.account[:]}}).States
	if !states[0].Available { // where nobody else watches it is asked for
		event[*wire.PresenceEvent](bob.peer)
	}
	must[*wire.Done](alice.peer, &wire.SetPresence{})
	if e := event[*wire.PresenceEvent](bob.peer); e.Available || e.LastSeenMS == 0 {
		t.Errorf("bob heard %+v when alice went", e)
	}
	quiet[*wire.PresenceEvent](carol.peer)
	must[*wire.Done](alice.peer, &wire.SetPresence{Available: true})
	for _, d := range []*device{bob, carol} {
		if e := event[*wire.PresenceEvent](d.peer); !e.Available {
			t.Errorf("heard %+v when alice came for all", e)
		}
	}
	relays[0].stop()
	for _, d := range []*device{bob, carol} {
		if e := event[*wire.PresenceEvent](d.peer); e.Available {
			t.Errorf("heard %+v when alice's relay stopped", e)
		}
	}
}

// A number that was proven at one relay, and its PIN at another, is registered at a third; once.
func TestRegistrationAcrossRelays(t *testing.T) {
	relays := newRelays(t, 3, true)
	phone := relays[0].nextPhone()
	before := relays[0].register(phone)
	must[*wire.Done](before.peer, &wire.SetPin{Pin: "271828"})
	code, _, err := relay.Invite(t.Context(), relays[0].store, rand.Reader, time.Now(), ident.Phone(phone))
	if err != nil {
		t.Fatal(err)
	}
	granted := must[*wire.VerifyCodeResult](relays[0].greet(), &wire.VerifyCode{Phone: phone, Code: code})
	p := relays[2].greet()
	d := &device{
		peer: p, world: relays[2], phone: phone, account: ident.AccountID(granted.AccountID),
		accountKey: newKey(), id: newID[ident.DeviceID](), key: newKey(),
	}
	p.refused(wire.ErrorPinNeeded, d.registration(granted.Token))
	must[*wire.Done](relays[1].greet(), &wire.CheckPin{Token: granted.Token, Pin: "271828"})
	d.peer, d.world = relays[0].greet(), relays[0]
	must[*wire.Done](d.peer, d.registration(granted.Token))
	d.authenticate()
	event[*wire.LoggedOut](before.peer)
	other := *d
	other.id, other.key, other.peer = newID[ident.DeviceID](), newKey(), relays[2].greet()
	other.refused(wire.ErrorCodeExpired, other.registration(granted.Token))
	must[*wire.Done](relays[1].greet(), d.registration(granted.Token)) // the answer was lost
}
