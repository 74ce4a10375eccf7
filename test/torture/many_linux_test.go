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
	"parley/internal/store/postgres/postgrestest"
	"parley/wire"
)

// phase is how long each of the things that happen lasts.
const phase = 1500 * time.Millisecond

// startMany starts n relays on one PostgreSQL, with a NATS server between them.
func startMany(t *testing.T, n int) ([]*relay, *natstest.Server) {
	t.Helper()
	database, err := postgrestest.Start(false)
	postgrestest.Need(t, err)
	t.Cleanup(func() {
		if err := database.Stop(); err != nil {
			t.Error(err)
		}
	})
	connection, err := database.CreateDatabase(t.Context(), "parley")
	if err != nil {
		t.Fatal(err)
	}
	nats, err := natstest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nats.Kill() })
	settings := fmt.Sprintf("[storage]\nstore = \"postgres\"\npostgres = %q\n[bus]\nbus = \"nats\"\nnats = %q\n[media]\nfolder = %q\n",
		connection, nats.URL(), t.TempDir())
	relays := make([]*relay, n)
	for i := range relays {
		relays[i] = newRelay(t, settings)
	}
	return relays, nats
}

// Of three relays on one database one is killed, and then what they wake each other by. Devices
// that come back to any of them, at random, get everything, once and in order.
func TestSeveralRelays(t *testing.T) {
	relays, nats := startMany(t, 3)
	random := rand.New(rand.NewPCG(*seed, 3))
	devices := newDevices(t, random, 6, relays...)

	under, enough := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for _, d := range devices {
		all.Go(func() { d.live(under, true) })
	}
	sleep(under, phase)
	relays[0].kill()
	sleep(under, phase)
	if err := nats.Kill(); err != nil {
		t.Error(err)
	}
	sleep(under, phase)
	relays[0].start()
	sleep(under, phase)
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

// Without the bus a message takes a second longer, and comes.
func TestDeliveryWithoutBus(t *testing.T) {
	relays, nats := startMany(t, 2)
	devices := newDevices(t, rand.New(rand.NewPCG(*seed, 4)), 2, relays...)
	for i, d := range devices {
		link, err := relaytest.Dial(t.Context(), "http://"+relays[i].address)
		if err != nil {
			t.Fatal(err)
		}
		defer link.Close()
		if err := d.Connect(link); err != nil {
			t.Fatal(err)
		}
		if _, err := relaytest.Call[*wire.PullResult](d.Device, &wire.Pull{}); err != nil {
			t.Fatal(err)
		}
	}
	deliver := func(when string) {
		t.Helper()
		began := time.Now()
		if _, err := devices[0].Start(relaytest.Text(devices[0].conversation, when)); err != nil {
			t.Fatal(err)
		}
		for {
			f, err := devices[1].Next()
			if err != nil {
				t.Fatal(err)
			}
			event, _ := f.Body.(*wire.Event)
			if event == nil {
				continue
			}
			if _, came := event.Happening.(*wire.FeedEntries); came {
				t.Logf("%s a message took %v", when, time.Since(began).Round(time.Millisecond))
				return
			}
		}
	}
	deliver("with NATS")
	if err := nats.Kill(); err != nil {
		t.Fatal(err)
	}
	deliver("without NATS")
	if err := nats.Restart(); err != nil {
		t.Fatal(err)
	}
	deliver("after its return")
}
