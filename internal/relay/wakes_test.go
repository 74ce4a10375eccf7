package relay_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/push"
	"parley/internal/relay"
	"parley/internal/store"
	"parley/wire"
)

// pushBox is all push services: it keeps which endpoints were woken, and fails as
// the test wants.
type pushBox struct {
	mu    sync.Mutex
	woken []string
	fail  map[string]error
}

func (*pushBox) PublicKey() []byte { return []byte("public key") }

func (b *pushBox) Wake(_ context.Context, endpoint string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.woken = append(b.woken, endpoint)
	return b.fail[endpoint]
}

func (b *pushBox) failing(endpoint string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail[endpoint] = err
}

const endpoint = "https://push.example/bob"

// woken waits a while and returns how often an endpoint was woken since last asked.
func (w *world) woken(after time.Duration) int {
	time.Sleep(after)
	synctest.Wait()
	w.push.mu.Lock()
	defer w.push.mu.Unlock()
	n := len(slices.DeleteFunc(slices.Clone(w.push.woken), func(e string) bool { return e != endpoint }))
	w.push.woken = nil
	return n
}

func (w *world) wantWoken(after time.Duration, want int, when string) {
	w.Helper()
	if got := w.woken(after); got != want {
		w.Errorf("%s: woken %d times, want %d", when, got, want)
	}
}

// subscribed is Alice, and Bob with a subscription, who are in a conversation.
func subscribed(w *world) (alice, bob *device, conversation []byte) {
	w.Helper()
	alice, bob = w.register(w.nextPhone()), w.register(w.nextPhone())
	conversation = alice.direct(bob)
	bob.live()
	must[*wire.Done](bob.peer, &wire.SetPushSubscription{Endpoint: endpoint})
	return alice, bob, conversation
}

// M92: a device is woken when it is not connected and something came that a person
// may want to hear of; not again for a while.
func TestWakesWhoIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob, conversation := subscribed(w)
		bob.leave()
		send := func() { must[*wire.SendResult](alice.peer, text(conversation, 1)) }
		send()
		w.wantWoken(0, 1, "a message came")
		for range 5 {
			send()
		}
		w.wantWoken(29*time.Second, 0, "more came soon after")
		w.wantWoken(time.Second, 1, "the pause is over")
		w.wantWoken(time.Hour, 0, "nothing came since")
		must[*wire.SendResult](alice.peer, alice.commit(conversation, 1))
		w.wantWoken(time.Minute, 0, "only the group changed")
		bob.reconnect()
		bob.live()
		bob.leave()
		must[*wire.SendResult](alice.peer, text(conversation, 2))
		w.wantWoken(0, 1, "after it had been back")
	})
}

// What a person writes themself wakes none of their devices.
func TestOwnMessagesWakeNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob, conversation := subscribed(w)
		laptop := bob.link()
		bob.leave()
		must[*wire.SendResult](alice.peer, text(conversation, 1))
		w.wantWoken(0, 1, "a message came")
		must[*wire.SendResult](laptop.peer, laptop.externalCommit(conversation, 1, 2))
		must[*wire.SendResult](laptop.peer, text(conversation, 2))
		w.wantWoken(time.Hour, 0, "the person wrote on another device")
	})
}

// A browser keeps the connection of a page that it has put to sleep.
func TestWakesWhoDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob, conversation := subscribed(w)
		must[*wire.SendResult](alice.peer, text(conversation, 1))
		must[*wire.Done](bob.peer, &wire.Ack{Position: bob.pushed().Position})
		w.wantWoken(time.Hour, 0, "it took the message")
		must[*wire.SendResult](alice.peer, text(conversation, 1))
		w.wantWoken(14*time.Second, 0, "it has time")
		w.wantWoken(time.Second, 1, "it did not take it")
		w.wantWoken(time.Hour, 0, "it was woken for that")
	})
}

func TestWakeUpsAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob, conversation := subscribed(w)
		bob.leave()
		send := func() { must[*wire.SendResult](alice.peer, text(conversation, 1)) }
		w.push.failing(endpoint, &push.RefusedError{Status: 503, RetryAfter: 40 * time.Second})
		send()
		w.wantWoken(39*time.Second, 1, "the service is down")
		w.wantWoken(time.Second, 1, "the time it asked for is over")
		w.wantWoken(time.Minute, 1, "its last try")
		w.wantWoken(time.Hour, 0, "it has failed")
		w.push.failing(endpoint, errors.New("no route"))
		send()
		w.wantWoken(14*time.Second, 1, "it cannot be reached")
		w.push.failing(endpoint, nil)
		w.wantWoken(time.Second, 1, "it can again")
		w.wantWoken(time.Hour, 0, "it took it")
		w.push.failing(endpoint, &push.RefusedError{Status: 403})
		send()
		w.wantWoken(time.Hour, 1, "it never will")
	})
}

// A subscription that is gone is forgotten, and so is that of a device which is.
func TestSubscriptionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob, conversation := subscribed(w)
		laptop := bob.link()
		laptop.live()
		must[*wire.Done](laptop.peer, &wire.SetPushSubscription{Endpoint: endpoint + "2"})
		laptop.leave()
		w.push.failing(endpoint+"2", push.ErrGone)
		must[*wire.SendResult](alice.peer, text(conversation, 1))
		w.woken(time.Hour)
		laptop.reconnect()
		if got := must[*wire.GetPushResult](laptop.peer, &wire.GetPush{}); got.Endpoint != "" || string(got.PublicKey) != "public key" {
			t.Errorf("after the service forgot it, the relay has %+v", got)
		}
		// Those that are left survive a restart.
		w.restartRelay()
		alice.reconnect()
		must[*wire.SendResult](alice.peer, text(conversation, 1))
		w.wantWoken(time.Minute, 1, "after a restart")
		bob.reconnect()
		must[*wire.Done](bob.peer, &wire.SetPushSubscription{})
		bob.leave()
		must[*wire.SendResult](alice.peer, text(conversation, 1))
		w.wantWoken(time.Hour, 0, "it unsubscribed")
		w.mustView(func(r store.Reader) error {
			all, err := r.ListPushSubscriptions()
			if len(all) != 0 {
				t.Errorf("the store still has %v", all)
			}
			return err
		})
	})
}

// M92: the button in the settings.
func TestTestPush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		_, bob, _ := subscribed(w)
		for _, c := range []struct {
			err  error
			want uint32
		}{{nil, 201}, {&push.RefusedError{Status: 403}, 403}, {errors.New("no route"), 0}, {push.ErrGone, 0}} {
			w.push.failing(endpoint, c.err)
			time.Sleep(10 * time.Second)
			if got := must[*wire.TestPushResult](bob.peer, &wire.TestPush{}).Status; got != c.want {
				t.Errorf("%v is told as %d, want %d", c.err, got, c.want)
			}
		}
		if got := must[*wire.GetPushResult](bob.peer, &wire.GetPush{}).Endpoint; got != "" {
			t.Errorf("a subscription that is gone is still %s", got)
		}
		must[*wire.Done](bob.peer, &wire.SetPushSubscription{Endpoint: endpoint})
		w.push.failing(endpoint, nil)
		must[*wire.TestPushResult](bob.peer, &wire.TestPush{})
		if e := must[*wire.Error](bob.peer, &wire.TestPush{}); e.Code != wire.ErrorRateLimited {
			t.Errorf("trying all the time is answered by %v", e.Code)
		}
	})
}

// An endpoint inside a network is refused at once; names are checked when dialled.
func TestEndpointsAreChecked(t *testing.T) {
	w := newWorld(t)
	bob := w.register(w.nextPhone())
	for _, bad := range []string{"http://push.example/x", "https://127.0.0.1/x", "https://[fd00::1]/x", "nonsense"} {
		if e := must[*wire.Error](bob.peer, &wire.SetPushSubscription{Endpoint: bad}); e.Code != wire.ErrorMalformed {
			t.Errorf("%s is answered by %v", bad, e.Code)
		}
	}
	if got := must[*wire.GetPushResult](bob.peer, &wire.GetPush{}).Endpoint; got != "" {
		t.Errorf("the relay took %s", got)
	}
}

// The key lives as long as the database: with another, no subscription is good.
func TestPushKeyIsKept(t *testing.T) {
	w := newWorld(t)
	first, err := relay.PushKey(t.Context(), w.store, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	second, err := relay.PushKey(t.Context(), w.store, rand.Reader)
	if err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("the second key is another: %v", err)
	}
}

func (w *world) mustView(fn func(store.Reader) error) {
	w.Helper()
	if err := w.store.View(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}
