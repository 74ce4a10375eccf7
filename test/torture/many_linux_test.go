package torture_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"parley/internal/bus/natstest"
	"parley/internal/relay/relaytest"
	"parley/wire"
)

// phase is how long each of the things that happen lasts.
const phase = time.Second

// startMany starts n relays on one PostgreSQL, with a NATS server between them.
func startMany(t *testing.T, n int) ([]*relay, *database, *natstest.Server) {
	t.Helper()
	d, settings := startDatabase(t)
	nats, err := natstest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nats.Kill() })
	settings += fmt.Sprintf("[bus]\nbus = \"nats\"\nnats = %q\n", nats.URL())
	relays := make([]*relay, n)
	for i := range relays {
		relays[i] = newRelay(t, settings)
	}
	return relays, d, nats
}

// Of three relays on one database one is killed, then the database, which comes back, and then what
// the relays wake each other by. Devices that come back to any of them, at random, get everything,
// once and in order.
func TestSeveralRelays(t *testing.T) {
	relays, database, nats := startMany(t, 3)
	random := rand.New(rand.NewPCG(*seed, 3))
	devices := newDevices(t, random, 6, relays...)
	meetAcross(t, relays, devices[0])

	under, enough := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for _, d := range devices {
		all.Go(func() { d.live(under, true) })
	}
	sleep(under, phase)
	relays[0].kill()
	sleep(under, phase)
	database.crash(phase / 4)
	sleep(under, phase)
	if err := nats.Kill(); err != nil {
		t.Error(err)
	}
	sleep(under, phase)
	enough()
	all.Wait()
	deliver(t, relays[1:], devices[4:], "without NATS")

	under, enough = context.WithCancel(t.Context())
	for _, d := range devices {
		all.Go(func() { d.live(under, true) })
	}
	relays[0].start()
	if err := nats.Restart(); err != nil {
		t.Error(err)
	}
	sleep(under, phase)
	enough()
	all.Wait()
	settle(t, devices)
	check(t, devices)
	for _, r := range relays {
		r.kill()
		if t.Failed() {
			t.Logf("log of a relay:\n%s", r.log.String())
		}
	}
}

// connect connects a device to a relay, until the test ends.
func connect(t *testing.T, d *device, r *relay) {
	t.Helper()
	link, err := relaytest.Dial(t.Context(), "http://"+r.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(link.Close)
	if err := d.Connect(link); err != nil {
		t.Fatal(err)
	}
}

// meetAcross links a device that is connected to another relay than the primary, and logs it out again.
func meetAcross(t *testing.T, relays []*relay, primary *device) {
	t.Helper()
	connect(t, primary, relays[0])
	link, err := relaytest.Dial(t.Context(), "http://"+relays[1].address)
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	linked, err := primary.Link(link)
	if err != nil {
		t.Fatalf("link a device at another relay: %v", err)
	}
	if _, err := relaytest.Call[*wire.Done](primary.Device, &wire.RemoveDevice{DeviceID: linked.ID[:]}); err != nil {
		t.Fatal(err)
	}
	for {
		f, err := linked.Next()
		if err != nil {
			t.Fatalf("the device was not told that it is logged out: %v", err)
		}
		if event, ok := f.Body.(*wire.Event); ok {
			if _, ok := event.Happening.(*wire.LoggedOut); ok {
				return
			}
		}
	}
}

// deliver sends a message from one device to another that is connected to another relay, and waits
// for the push. Both take it for one of theirs.
func deliver(t *testing.T, relays []*relay, devices []*device, when string) {
	t.Helper()
	sender, receiver := devices[0], devices[1]
	for i, d := range devices {
		connect(t, d, relays[i])
	}
	for after := receiver.position; ; {
		pulled, err := relaytest.Call[*wire.PullResult](receiver.Device, &wire.Pull{After: after})
		if err != nil {
			t.Fatal(err)
		}
		if after = pulled.Next; pulled.Next == pulled.Head {
			break
		}
	}
	m := relaytest.Text(sender.conversation, when)
	sender.unacknowledged[string(m.MessageID)] = m // it is sent again, and stands once
	began := time.Now()
	if _, err := sender.Start(m); err != nil {
		t.Fatal(err)
	}
	for {
		f, err := receiver.Next()
		if err != nil {
			t.Fatal(err)
		}
		event, ok := f.Body.(*wire.Event)
		if !ok {
			continue
		}
		entries, ok := event.Happening.(*wire.FeedEntries)
		if ok && string(entries.Entries[0].MessageID) == string(m.MessageID) {
			t.Logf("%s a message between two relays took %v", when, time.Since(began).Round(time.Millisecond))
			return
		}
	}
}
