package client_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"parley/client"
	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/mls/delivery"
	"parley/wire"
)

const carol = ident.Phone("+32470000003")

// wantSuites waits until a device is in its self group and one direct group of
// these suites.
func wantSuites(d *Device, self, direct mls.CipherSuite) {
	want := func(kind uint32, suite mls.CipherSuite) bool {
		found, err := d.Core.GroupSuites(context.Background())
		return err == nil && slices.Equal(found[kind], []mls.CipherSuite{suite})
	}
	d.Eventually("the self group", func() bool { return want(store.KindSelf, self) })
	d.Eventually("the direct group", func() bool { return want(store.KindDirect, direct) })
}

// creations collects what devices write to make direct conversations.
type creations struct {
	mu        sync.Mutex
	claims    []uint32
	made      []*wire.CreateConversation
	published map[string][][]byte
}

func watchCreations(r *Relay) *creations {
	c := &creations{published: map[string][][]byte{}}
	r.Cut(func(device string, f *wire.Frame) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		request, ok := f.Body.(*wire.Request)
		if !ok {
			return false
		}
		switch call := request.Call.(type) {
		case *wire.ClaimKeyPackages:
			c.claims = append(c.claims, call.Suite)
		case *wire.PublishKeyPackages:
			c.published[device] = append(c.published[device], call.OneTime...)
		case *wire.CreateConversation:
			if call.Kind == wire.ConversationDirect {
				c.made = append(c.made, call)
			}
		}
		return false
	})
	return c
}

// only is the one direct conversation that was made: its suite and how many
// devices its Welcome brings in.
func (c *creations) only(t *testing.T) (suite mls.CipherSuite, welcomed int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.made) != 1 {
		t.Fatalf("%d conversations were made", len(c.made))
	}
	info, err := delivery.ParseHeader(c.made[0].GroupInfo)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.made[0].Welcome) == 0 {
		return mls.CipherSuite(info.CipherSuite), 0
	}
	welcome, err := delivery.ParseHeader(c.made[0].Welcome)
	if err != nil {
		t.Fatal(err)
	}
	return mls.CipherSuite(info.CipherSuite), len(welcome.NewMembers)
}

// X13: a new direct chat is post-quantum on every device of both people, those
// added by key package and those that are linked later; and so is what a
// person's devices tell each other.
func TestX13_NewChatsArePostQuantum(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, b2 := people(t)
	for _, d := range []*Device{a2, b1, b2} {
		Call(d, api.Sync, api.None{}) // linking ends before key packages are published
	}
	seen := watchCreations(r)
	a1.Send(bob, "one")
	b2.Send(alice, "two")
	if suite, welcomed := seen.only(t); suite != mls.SuiteXWingChaCha20 || welcomed != 3 {
		t.Errorf("made with suite %#x, which welcomes %d devices, want 3", suite, welcomed)
	}
	a3 := r.NewDevice("Alice's tablet")
	a1.Link(a3)
	a3.Send(bob, "three")
	want := []string{"one", "two", "three"}
	for _, d := range []*Device{a1, a2, a3} {
		d.WantTexts(bob, want)
	}
	for _, d := range []*Device{b1, b2} {
		d.WantTexts(alice, want)
	}
	for _, d := range []*Device{a1, a2, a3, b1, b2} {
		wantSuites(d, mls.SuiteXWingChaCha20, mls.SuiteXWingChaCha20)
	}
}

// X13: a device offers to be added with X-Wing, and with X25519 to groups, within
// the bounds of the relay; and again only when few are left.
func TestX13_KeyPackagesOfBothSuites(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	seen := watchCreations(r)
	b1 := r.NewDevice("Bob")
	b1.Register(bob)
	Call(b1, api.Sync, api.None{})
	b1.Stop()
	b1.Start()
	Call(b1, api.Sync, api.None{})
	seen.mu.Lock()
	defer seen.mu.Unlock()
	found := map[mls.CipherSuite]int{}
	for _, message := range seen.published["Bob"] {
		k, err := delivery.ParseKeyPackage(message)
		if err != nil || len(message) > wire.MaxKeyPackage/2 {
			t.Fatalf("a key package of %d bytes: %v", len(message), err)
		}
		found[mls.CipherSuite(k.CipherSuite)]++
	}
	want := map[mls.CipherSuite]int{mls.SuiteXWingChaCha20: 30, mls.SuiteX25519ChaCha20: 30}
	if !maps.Equal(found, want) {
		t.Errorf("published are %v, want %v", found, want)
	}
}

// X13: a chat from before goes on with its suite: it is read and written, new
// devices join it, devices leave it. New chats of the same devices are
// post-quantum, with key packages published at the next connection.
func TestX13_FormerChatsGoOn(t *testing.T) {
	undo := client.UseSuite(mls.SuiteX25519ChaCha20)
	t.Cleanup(undo) // behind the end of the devices
	r, a1, a2, b1, b2 := people(t)
	a1.Send(bob, "before")
	b1.WantTexts(alice, []string{"before"})
	devices := []*Device{a1, a2, b1, b2}
	for _, d := range devices {
		wantSuites(d, mls.SuiteX25519ChaCha20, mls.SuiteX25519ChaCha20)
		d.Stop()
	}
	undo()
	seen := watchCreations(r)
	for _, d := range devices {
		d.Start()
	}
	b2.Send(alice, "after")
	a3 := r.NewDevice("Alice's tablet")
	a1.Link(a3)
	a3.Send(bob, "from the tablet")
	Call(a1, api.RemoveDevice, api.DeviceID{ID: Call(a2, api.GetStatus, api.None{}).DeviceID})
	b1.Send(alice, "and on")
	want := []string{"before", "after", "from the tablet", "and on"}
	for _, d := range []*Device{a1, a3} {
		d.WantTexts(bob, want)
		wantSuites(d, mls.SuiteX25519ChaCha20, mls.SuiteX25519ChaCha20)
	}
	for _, d := range []*Device{b1, b2} {
		d.WantTexts(alice, want)
		wantSuites(d, mls.SuiteX25519ChaCha20, mls.SuiteX25519ChaCha20)
	}
	c1 := r.NewDevice("Carol")
	c1.Register(carol)
	c1.Send(bob, "hello")
	b2.WantTexts(carol, []string{"hello"})
	if suite, welcomed := seen.only(t); suite != mls.SuiteXWingChaCha20 || welcomed != 2 {
		t.Errorf("made with suite %#x, which welcomes %d devices, want 2", suite, welcomed)
	}
}

// X13: a relay that withholds the key packages of X-Wing, or gives out those of
// another suite, gains nothing: the chat is post-quantum, and who was left out
// joins it.
func TestX13_NoDowngrade(t *testing.T) {
	t.Run("no key packages", func(t *testing.T) { refusesDowngrade(t, false) })
	t.Run("key packages of another suite", func(t *testing.T) { refusesDowngrade(t, true) })
}

// refusesDowngrade has a relay give out a former key package of Bob, or none.
func refusesDowngrade(t *testing.T, former bool) {
	undo := client.UseSuite(mls.SuiteX25519ChaCha20)
	t.Cleanup(undo) // behind the end of the devices
	r := NewRelay(t)
	seen := watchCreations(r)
	b1 := r.NewDevice("Bob")
	b1.Register(bob)
	Call(b1, api.Sync, api.None{})
	b1.Stop()
	undo()
	seen.mu.Lock()
	given := seen.published["Bob"]
	seen.mu.Unlock()
	if len(given) == 0 {
		t.Fatal("nothing was published")
	}
	b1.Start()
	device, err := ident.ParseID[ident.DeviceID](Call(b1, api.GetStatus, api.None{}).DeviceID)
	if err != nil {
		t.Fatal(err)
	}
	r.Forge(func(_ string, f *wire.Frame) {
		response, _ := f.Body.(*wire.Response)
		if response == nil {
			return
		}
		if claimed, _ := response.Result.(*wire.ClaimKeyPackagesResult); claimed != nil {
			claimed.Packages = nil
			if former {
				claimed.Packages = []*wire.DeviceKeyPackage{{DeviceID: device[:], KeyPackage: given[0]}}
			}
		}
	})
	a1 := r.NewDevice("Alice")
	a1.Register(alice)
	a1.Send(bob, "secret")
	if suite, welcomed := seen.only(t); suite != mls.SuiteXWingChaCha20 || welcomed != 0 {
		t.Errorf("made with suite %#x, which welcomes %d devices, want none", suite, welcomed)
	}
	b1.WantTexts(alice, []string{"secret"})
	wantSuites(b1, mls.SuiteX25519ChaCha20, mls.SuiteXWingChaCha20)
	wantSuites(a1, mls.SuiteXWingChaCha20, mls.SuiteXWingChaCha20)
}
