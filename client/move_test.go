package client_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
	"parley/wire"
)

// accountSeed is the private account key in a device's storage.
func accountSeed(t *testing.T, d *Device) (seed []byte) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+d.Storage())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT account_seed FROM identity").Scan(&seed); err != nil {
		t.Fatal(err)
	}
	return seed
}

// hasSeed reports whether the key is anywhere in what the device stores.
func hasSeed(d *Device, seed []byte) bool {
	return slices.ContainsFunc([]string{"", "-wal"}, func(suffix string) bool {
		raw, err := os.ReadFile(d.Storage() + suffix)
		return err == nil && bytes.Contains(raw, seed)
	})
}

func isPrimary(d *Device) bool { return Call(d, api.GetStatus, api.None{}).Primary }

// wantPrimary waits until the account has moved: one primary, on every device's
// list, which can do what a primary can, and one key.
func wantPrimary(t *testing.T, r *Relay, seed []byte, fresh *Device, others ...*Device) {
	t.Helper()
	fresh.Eventually("is the primary", func() bool { return isPrimary(fresh) })
	id := Call(fresh, api.GetStatus, api.None{}).DeviceID
	for _, d := range append(others, fresh) {
		d.Eventually("one primary, the new one", func() bool {
			var primaries []string
			all, err := Try(d, api.ListDevices, api.None{})
			if err != nil {
				return false // not back yet
			}
			for _, listed := range all.Devices {
				if listed.Primary {
					primaries = append(primaries, listed.ID)
				}
			}
			return slices.Equal(primaries, []string{id}) && isPrimary(d) == (d == fresh)
		})
		deadline := time.Now().Add(time.Minute)
		for d != fresh && hasSeed(d, seed) {
			if time.Now().After(deadline) {
				t.Fatalf("%s still stores the account key", d.Name)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	if !bytes.Equal(accountSeed(t, fresh), seed) {
		t.Error("the new primary has another account key")
	}
	fresh.Link(r.NewDevice("linked by the new primary"))
}

// M4: the account moves to a new phone by its code. The former primary stays as a
// linked device, contacts see no other keys, and what was said is there.
func TestM4_Move(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	a1.Send(bob, "before")
	b1.WantTexts(alice, []string{"before"})
	number := safetyNumber(b1, alice)
	compare(t, b1, alice, safetyNumber(a1, bob).Code)
	seed := accountSeed(t, a1)

	fresh := r.NewDevice("Alice's new phone")
	code, ended := a1.Move(fresh)
	_, err := Try(a1, api.AcceptLink, code)
	wantCode(t, err, api.ErrLinkMoves.Code)
	moved := Call(a1, api.AcceptMove, api.AcceptMoveParams{URI: code.URI})
	if !moved.Primary || moved.Name != fresh.Name {
		t.Errorf("moved to %+v", moved)
	}
	if end := <-ended; end.State != api.LinkAccepted {
		t.Fatalf("ended as %+v", end)
	}
	wantPrimary(t, r, seed, fresh, a1, a2)
	fresh.WantTexts(bob, []string{"before"})
	for i, d := range []*Device{a1, a2, fresh} {
		d.Send(bob, []string{"one", "two", "three"}[i])
	}
	b1.Send(alice, "four")
	want := []string{"before", "one", "two", "three", "four"}
	for _, d := range []*Device{a1, a2, fresh} {
		d.WantTexts(bob, want)
	}
	b1.WantTexts(alice, want)
	if now := safetyNumber(b1, alice); !slices.Equal(now.Groups, number.Groups) || !now.Verified {
		t.Errorf("the safety number is %v, verified %v", now.Groups, now.Verified)
	}

	// The former primary is a linked device: it links nobody, and can be logged out.
	offer := Call(r.NewDevice("another"), api.StartLink, api.StartLinkParams{Relay: r.URL()})
	_, err = Try(a1, api.InspectLink, api.LinkURI{URI: offer.URI})
	wantCode(t, err, "primary_only")
	Call(fresh, api.RemoveDevice, api.DeviceID{ID: Call(a1, api.GetStatus, api.None{}).DeviceID})
	a1.Eventually("logged out", func() bool { return Call(a1, api.GetStatus, api.None{}).State == api.StateLoggedOut })
	b1.Send(alice, "five")
	fresh.WantTexts(bob, append(want, "five"))
	if got := b1.Held(alice); !slices.Equal(got, append(want, "five")) {
		t.Errorf("Bob holds %q", got)
	}
}

// M4: back again, and on to a third phone.
func TestM4_Move_Again(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	first := r.NewDevice("first")
	first.Register(alice)
	seed := accountSeed(t, first)
	primary := first
	for _, name := range []string{"second", "third"} {
		next := r.NewDevice(name)
		code, _ := primary.Move(next)
		Call(primary, api.AcceptMove, api.AcceptMoveParams{URI: code.URI})
		next.Eventually("is the primary", func() bool { return isPrimary(next) })
		if isPrimary(primary) {
			t.Errorf("%s is a primary still", primary.Name)
		}
		primary = next
	}
	wantPrimary(t, r, seed, primary, first)
}

// M35, M4: with two-step verification the PIN is asked for before the account moves.
func TestM4_Move_PIN(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	old, fresh := r.NewDevice("old"), r.NewDevice("new")
	old.Register(alice)
	seed := accountSeed(t, old)
	Call(old, api.SetPIN, api.PINParams{PIN: "418302"})
	code, _ := old.Move(fresh)
	if !Call(old, api.InspectLink, code).PINNeeded {
		t.Error("no PIN is asked for")
	}
	for pin, want := range map[string]string{"": "pin_needed", "418303": "pin_wrong"} {
		_, err := Try(old, api.AcceptMove, api.AcceptMoveParams{URI: code.URI, PIN: pin})
		wantCode(t, err, want)
	}
	if fresh.Eventually("waits", func() bool { return !isPrimary(fresh) }); !isPrimary(old) {
		t.Fatal("the account has moved")
	}
	Call(old, api.AcceptMove, api.AcceptMoveParams{URI: code.URI, PIN: "418302"})
	wantPrimary(t, r, seed, fresh, old)
	if !Call(fresh, api.GetTwoStep, api.None{}).PINSet {
		t.Error("the PIN is gone")
	}
}

// M4: the account moves by a typed code, too, when the words are the same.
func TestM4_Move_ByCode(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	old, fresh := r.NewDevice("old"), r.NewDevice("new")
	old.Register(alice)
	seed := accountSeed(t, old)
	offer := Call(fresh, api.StartCodeLink, api.StartLinkParams{Relay: r.URL(), Move: true})
	claimed := Call(old, api.ClaimLinkCode, api.LinkCodeParams{Code: offer.Code})
	Call(fresh, api.ConfirmLinkWords, same(claimed.Words))
	if request := Call(old, api.InspectLink, api.LinkURI{URI: claimed.URI}); !request.Move {
		t.Errorf("the primary asks about %+v", request)
	}
	Call(old, api.AcceptMove, api.AcceptMoveParams{URI: claimed.URI})
	wantPrimary(t, r, seed, fresh, old)
}

// M4: who says no, or scans a code for linking, moves nothing.
func TestM4_Move_Not(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	old, fresh := r.NewDevice("old"), r.NewDevice("new")
	old.Register(alice)
	code, ended := old.Move(fresh)
	Call(old, api.RejectLink, api.RejectLinkParams{URI: code.URI})
	if end := <-ended; end.State != api.LinkRejected {
		t.Errorf("ended as %+v", end)
	}
	offer := Call(fresh, api.StartLink, api.StartLinkParams{Relay: r.URL()})
	_, err := Try(old, api.AcceptMove, api.AcceptMoveParams{URI: offer.URI})
	wantCode(t, err, api.ErrLinkStays.Code)
	if !isPrimary(old) || len(Call(old, api.ListDevices, api.None{}).Devices) != 1 {
		t.Error("something has moved")
	}
}

// asks reports whether a frame is a request of one kind.
func asks[C wire.RequestCall](f *wire.Frame) bool {
	if r, ok := f.Body.(*wire.Request); ok {
		_, is := r.Call.(C)
		return is
	}
	return false
}

// crash ends a device at a point of the protocol: what it would write is not
// written, what it would read is not read, and nothing after that.
type crash struct {
	device string
	// write and read say which frame it dies at.
	write, read func(*wire.Frame) bool
}

func (c crash) at(r *Relay) (died <-chan struct{}) {
	dead := make(chan struct{})
	var once sync.Once
	isDead := func() bool {
		select {
		case <-dead:
			return true
		default:
			return false
		}
	}
	r.Cut(func(device string, f *wire.Frame) bool {
		if device == c.device && !isDead() && c.write != nil && c.write(f) {
			once.Do(func() { close(dead) })
		}
		return device == c.device && isDead()
	})
	r.Forge(func(device string, f *wire.Frame) {
		if device == c.device && !isDead() && c.read != nil && c.read(f) {
			once.Do(func() { close(dead) })
		}
		if device == c.device && isDead() {
			f.Body = nil
		}
	})
	return dead
}

// lost is the answer to a request of one kind.
func lost[C wire.RequestCall](c crash) crash {
	var id atomic.Uint64
	c.write = func(f *wire.Frame) bool {
		if asks[C](f) {
			id.Store(f.ID)
		}
		return false
	}
	c.read = func(f *wire.Frame) bool { return f.ID != 0 && f.ID == id.Load() }
	return c
}

// M4, X9: whoever crashes, and when, there is one primary, and nobody is locked out.
func TestM4_Move_Crashes(t *testing.T) {
	t.Parallel()
	const old, fresh = "Alice", "new phone"
	for name, step := range map[string]struct {
		crash crash
		// moves: the account moves all the same.
		moves bool
		relay bool
	}{
		"the old one before it gives the key": {crash{device: old, write: asks[*wire.AddDevice]}, false, false},
		"the old one after it gave the key":   {lost[*wire.AddDevice](crash{device: old}), true, false},
		"the new one before it has the key": {crash{device: fresh, read: func(f *wire.Frame) bool {
			e, ok := f.Body.(*wire.Event)
			if !ok {
				return false
			}
			l, ok := e.Happening.(*wire.LinkEvent)
			return ok && l.State == wire.LinkAccepted
		}}, false, false},
		"the new one with the key":          {crash{device: fresh, write: asks[*wire.MovePrimary]}, true, false},
		"the new one, and the relay":        {crash{device: fresh, write: asks[*wire.MovePrimary]}, true, true},
		"the new one after the relay moved": {lost[*wire.MovePrimary](crash{device: fresh}), true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := NewRelay(t)
			a1, a2, phone := r.NewDevice(old), r.NewDevice("laptop"), r.NewDevice(fresh)
			a1.Register(alice)
			a1.Link(a2)
			seed := accountSeed(t, a1)
			died := step.crash.at(r)
			code, _ := a1.Move(phone)
			accepted := make(chan struct{})
			core := a1.Core // as it is now
			go func() {
				defer close(accepted)
				_, _ = api.Call(t.Context(), core, api.AcceptMove, api.AcceptMoveParams{URI: code.URI}) // it may fail
			}()
			<-died
			crashed := map[string]*Device{old: a1, fresh: phone}[step.crash.device]
			crashed.Stop()
			if step.relay {
				r.Stop()
				r.Start()
			}
			r.Cut(nil)
			r.Forge(nil)
			<-accepted
			crashed.Start()
			if !step.moves {
				if !isPrimary(a1) || isPrimary(phone) {
					t.Fatal("the account has moved")
				}
				// It can be tried again.
				code, _ = a1.Move(phone)
				Call(a1, api.AcceptMove, api.AcceptMoveParams{URI: code.URI})
			}
			wantPrimary(t, r, seed, phone, a1, a2)
		})
	}
}

// moveToLeaver moves the account to a device that goes offline once it has the key;
// until Cut and Forge are called the relay loses what it asks.
func moveToLeaver(t *testing.T, r *Relay, primary, leaver *Device) {
	t.Helper()
	died := crash{device: leaver.Name, write: asks[*wire.MovePrimary]}.at(r)
	code, _ := primary.Move(leaver)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-died
		cancel() // the person does not wait
	}()
	_, _ = api.Call(ctx, primary.Core, api.AcceptMove, api.AcceptMoveParams{URI: code.URI}) // it may be given up
	<-died
	leaver.Stop()
}

// M4: a new device that went offline with the key does not take the account from
// the one to which its person has moved it since.
func TestM4_Move_ElsewhereSince(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	first, second, third := r.NewDevice("first"), r.NewDevice("second"), r.NewDevice("third")
	first.Register(alice)
	seed := accountSeed(t, first)
	moveToLeaver(t, r, first, second)
	r.Cut(nil)
	r.Forge(nil)
	if !bytes.Equal(accountSeed(t, second), seed) {
		t.Fatal("the second device has no key")
	}
	code, _ := first.Move(third)
	Call(first, api.AcceptMove, api.AcceptMoveParams{URI: code.URI})
	second.Start()
	wantPrimary(t, r, seed, third, first, second)
}

// M4, X9: a primary that had asked to log a device out when the account moved, and
// was not heard, finds out all the same that it is a linked device.
func TestM4_Move_LogoutNotHeard(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	old, laptop, fresh := r.NewDevice("old"), r.NewDevice("laptop"), r.NewDevice("new")
	old.Register(alice)
	old.Link(laptop)
	seed := accountSeed(t, old)
	moveToLeaver(t, r, old, fresh)
	died := crash{device: "old", write: asks[*wire.RemoveDevice]}.at(r)
	go func() {
		_, _ = api.Call(t.Context(), old.Core, api.RemoveDevice, api.DeviceID{ID: Call(laptop, api.GetStatus, api.None{}).DeviceID}) // it is not heard
	}()
	<-died
	old.Stop()
	r.Cut(nil)
	r.Forge(nil)
	fresh.Start()
	fresh.Eventually("is the primary", func() bool { return isPrimary(fresh) })
	old.Start()
	wantPrimary(t, r, seed, fresh, old, laptop)
}

// M4, X9: a primary whose storage was put back from before the move finds out.
func TestM4_Move_FormerPrimaryRestored(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	old, fresh := r.NewDevice("old"), r.NewDevice("new")
	old.Register(alice)
	seed := accountSeed(t, old)
	old.Stop()
	backup, err := os.ReadFile(old.Storage())
	if err != nil {
		t.Fatal(err)
	}
	old.Start()
	code, _ := old.Move(fresh)
	Call(old, api.AcceptMove, api.AcceptMoveParams{URI: code.URI})
	old.Stop()
	if err := os.WriteFile(old.Storage(), backup, 0o600); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(old.Storage() + "-wal") // there may be none
	_ = os.Remove(old.Storage() + "-shm")
	old.Start()
	wantPrimary(t, r, seed, fresh, old)
}

// M4, X6: the relay's word does not make a primary give up the account key, nor a
// linked device believe that it is one.
func TestM4_Move_RelayLies(t *testing.T) {
	t.Parallel()
	r, a1, a2, _, _ := people(t)
	seed := accountSeed(t, a1)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r.Forge(func(_ string, f *wire.Frame) {
		response, ok := f.Body.(*wire.Response)
		if !ok {
			return
		}
		switch m := response.Result.(type) {
		case *wire.AuthenticateResult:
			m.Primary = !m.Primary
		case *wire.ListDevicesResult:
			for _, d := range m.Devices {
				c, err := ident.ParseCertificate(d.Certificate)
				if err != nil {
					t.Error(err)
					return
				}
				d.Primary = !d.Primary
				c.Primary, c.Serial = d.Primary, 1<<40
				c.Sign(key)
				m.Devices = append(m.Devices, &wire.Device{DeviceID: d.DeviceID, Certificate: c.Marshal(), Primary: d.Primary})
			}
		}
	})
	for _, d := range []*Device{a1, a2} {
		d.Stop()
		d.Start()
		Call(d, api.Sync, api.None{})
		Call(d, api.ListDevices, api.None{})
	}
	if !isPrimary(a1) || isPrimary(a2) || !bytes.Equal(accountSeed(t, a1), seed) {
		t.Error("the relay has changed who is the primary")
	}
}
