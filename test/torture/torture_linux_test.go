package torture_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"parley/internal/relay/relaytest"
	"parley/wire"
)

// settleTime is how long devices may take to get everything once nothing happens any more.
const settleTime = time.Minute

// newDevices registers n accounts, of which every two have a conversation. Each connects to any
// of the relays, at random.
func newDevices(t *testing.T, random *rand.Rand, n int, relays ...*relay) []*device {
	t.Helper()
	devices := make([]*device, n)
	for i := range devices {
		r := relays[i%len(relays)]
		link, err := relaytest.Dial(t.Context(), "http://"+r.address)
		if err != nil {
			t.Fatal(err)
		}
		defer link.Close()
		phone := fmt.Sprintf("+32470%06d", i)
		registered, err := relaytest.Register(link, phone, r.invite(phone))
		if err != nil {
			t.Fatal(err)
		}
		devices[i] = &device{
			Device: registered, relays: relays, random: rand.New(rand.NewPCG(random.Uint64(), 1)),
			unacknowledged: map[string]*wire.Send{}, asked: map[uint64]string{}, acknowledged: map[string]uint64{}, places: map[string]uint64{},
		}
		if i%2 == 1 {
			one, other := devices[i-1], devices[i]
			if one.conversation, err = one.Direct(other.Device); err != nil {
				t.Fatal(err)
			}
			other.conversation = one.conversation
		}
	}
	return devices
}

// onPostgreSQL bounds the test on a store that was not asked for.
const onPostgreSQL = 10 * time.Second

// Every acknowledged message arrives at every device of its conversation, once, at the place
// that was promised, whatever happens to relay, disk, network and readers.
func TestNothingAcknowledgedIsLostOrDoubled(t *testing.T) {
	switch *storeName {
	case "sqlite":
		r := newRelay(t, "")
		torture(t, *duration, r, r.torments())
	case "postgres":
		torturePostgreSQL(t, *duration)
	default:
		t.Fatalf("-torture.store is %q; it may be sqlite or postgres", *storeName)
	}
}

// The same, for a short while, whatever happens to relay and database.
func TestNothingIsLostOnPostgreSQL(t *testing.T) {
	if *storeName == "postgres" {
		t.Skip("it is what -torture.store asks for")
	}
	torturePostgreSQL(t, min(*duration, onPostgreSQL))
}

func torturePostgreSQL(t *testing.T, lasts time.Duration) {
	t.Helper()
	d, settings := startDatabase(t)
	r := newRelay(t, settings)
	torture(t, lasts, r, d.torments(r))
	t.Log(d)
}

// torture has devices send while a relay suffers, and checks their ledgers.
func torture(t *testing.T, lasts time.Duration, r *relay, torments []torment) {
	t.Helper()
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("seed %d", *seed)
	random := rand.New(rand.NewPCG(*seed, 2))
	devices := newDevices(t, random, 2**pairs, r)

	under, enough := context.WithTimeout(t.Context(), lasts)
	defer enough()
	var all sync.WaitGroup
	for _, d := range devices {
		all.Go(func() { d.live(under, true) })
	}
	r.suffer(under, random, torments)
	all.Wait()

	settle(t, devices)
	check(t, devices)
	t.Log(r)
	r.kill() // its log is not written any more
	if t.Failed() {
		t.Logf("log of the relay:\n%s", r.log.String())
	}
}

// settle lets devices come back until they have everything.
func settle(t *testing.T, devices []*device) {
	t.Helper()
	after, settled := context.WithTimeout(t.Context(), settleTime)
	defer settled()
	var all sync.WaitGroup
	for _, d := range devices {
		all.Go(func() { d.live(after, false) })
	}
	for after.Err() == nil && !areDone(devices) {
		sleep(after, 100*time.Millisecond)
	}
	settled()
	all.Wait()
}

// areDone reports whether every device has what both of its pair have written.
func areDone(devices []*device) bool {
	for i, d := range devices {
		peer := devices[i^1]
		if !d.isDone(d.count() + peer.count()) {
			return false
		}
	}
	return true
}

func (d *device) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.acknowledged) + len(d.unacknowledged)
}

func check(t *testing.T, devices []*device) {
	t.Helper()
	messages, repeated := 0, 0
	for i, d := range devices {
		peer := devices[i^1]
		for _, wrong := range d.wrong {
			t.Error(wrong)
		}
		if len(d.unacknowledged) > 0 {
			t.Errorf("%d messages were never acknowledged", len(d.unacknowledged))
		}
		if len(d.acknowledged) == 0 {
			t.Error("a device sent nothing")
		}
		if got, want := len(d.places), d.count()+peer.count()+1; got != want {
			t.Errorf("a device has %d entries, want %d", got, want)
		}
		d.check(t, d)
		d.check(t, peer)
		messages, repeated = messages+len(d.acknowledged), repeated+d.repeated
	}
	t.Logf("%d messages were acknowledged, of which %d were sent again; each came to both devices once", messages, repeated)
}
