package storetest

import (
	"slices"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// testSilent: accounts are found by the silence of their primary or of a linked
// device (M14), page by page, and only if they have one.
func testSilent(t *testing.T, k *kit) {
	quiet, quietDevices := k.account("+32470000001", 1)
	unused, unusedDevices := k.account("+32470000002", 2)
	_, aloneDevices := k.account("+32470000003", 0)
	_, activeDevices := k.account("+32470000004", 1)
	gone, goneDevices := k.account("+32470000005", 1)
	now := k.now.Add(40 * 24 * time.Hour)
	touch := func(at time.Time, devices ...store.Device) {
		for _, d := range devices {
			k.update(func(tx store.Tx) error { return tx.TouchDevice(d.ID, at, "") })
		}
	}
	primary, linked := now.Add(-10*24*time.Hour), now.Add(-25*24*time.Hour)
	touch(primary, quietDevices[0])
	touch(now, quietDevices[1], unusedDevices[0], unusedDevices[1], activeDevices[0], goneDevices[1])
	touch(linked, unusedDevices[2])
	touch(linked.Add(time.Millisecond), activeDevices[1])
	touch(k.now, aloneDevices[0])
	k.update(func(tx store.Tx) error { return tx.RemoveDevice(goneDevices[1].ID, now, wire.LogoutUnused) })
	var found []ident.AccountID
	for {
		var last ident.AccountID
		if len(found) > 0 {
			last = found[len(found)-1]
		}
		var page []ident.AccountID
		k.view(func(r store.Reader) (err error) {
			page, err = r.ListSilent(primary, linked, last, 1)
			return err
		})
		if len(page) == 0 {
			break
		}
		found = append(found, page...)
	}
	want := []ident.AccountID{quiet.ID, unused.ID}
	slices.SortFunc(want, func(a, b ident.AccountID) int { return slices.Compare(a[:], b[:]) })
	if !slices.Equal(found, want) {
		t.Errorf("found %v, want %v; the one without linked devices is %v", found, want, gone.ID)
	}
	k.update(func(tx store.Tx) error { return tx.WarnDevice(unusedDevices[2].ID, now) })
	k.view(func(r store.Reader) error {
		d, err := r.FindDevice(unusedDevices[2].ID)
		if !d.Warned.Equal(now) {
			t.Errorf("warned at %v, want %v", d.Warned, now)
		}
		return err
	})
}

// testServing: only an outage begins a new time of service.
func testServing(t *testing.T, k *kit) {
	serving := func() (s store.Serving) {
		k.view(func(r store.Reader) (err error) {
			s, err = r.FindServing()
			return err
		})
		return s
	}
	if s := serving(); !s.Since.IsZero() || !s.Last.IsZero() {
		t.Errorf("an empty store has been served: %+v", s)
	}
	if _, err := k.st.Identity(k.Context(), zeroes{}); err != nil {
		t.Fatal(err)
	}
	const outage = 24 * time.Hour
	at := k.now
	for _, step := range []struct{ pause, since time.Duration }{
		{0, 0}, {outage, 0}, {outage + time.Millisecond, 2*outage + time.Millisecond}, {-time.Hour, 2*outage + time.Millisecond},
	} {
		at = at.Add(step.pause)
		k.update(func(tx store.Tx) error { return tx.NoteServing(at, outage) })
		if s := serving(); !s.Since.Equal(k.now.Add(step.since)) || s.Last.Before(at) {
			t.Errorf("after a pause of %v: %+v", step.pause, s)
		}
	}
}

// zeroes is a source of randomness without any.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }
