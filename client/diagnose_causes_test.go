package client_test

import (
	"slices"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/ident"
	"parley/wire"
)

// M14, M194: why a device was logged out, where it was not by hand.
func TestDiagnose_LoggedOutByItself(t *testing.T) {
	t.Parallel()
	for code, cause := range map[string]func(r *Relay, a1, a2 *Device){
		"logged_out_reregistered": func(r *Relay, _, _ *Device) {
			r.NewDevice("Alice's new phone").Register(alice)
		},
		"logged_out_primary_silent": func(r *Relay, a1, a2 *Device) {
			leave(a1, a2)
			a2.Stop()
			r.Pass(14*day + time.Minute)
			a2.Start()
		},
		"logged_out_unused": func(r *Relay, a1, a2 *Device) {
			leave(a2, a1)
			r.Pass(30*day + time.Minute) // the primary is online all the time
			a2.Start()
		},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			r := NewRelay(t)
			a1, a2 := r.NewDevice("Phone"), r.NewDevice("Laptop")
			a1.Register(alice)
			a1.Link(a2)
			Call(a2, api.Sync, api.None{})
			cause(r, a1, a2)
			a2.Eventually("is logged out", func() bool { return Call(a2, api.GetStatus, api.None{}).State == api.StateLoggedOut })
			wantCheck(t, diagnosed(a2), api.CheckAccount, api.CheckFailed, code)
		})
	}
}

// The relay does not list this device any more, and has not told it.
func TestDiagnose_DeviceMissing(t *testing.T) {
	t.Parallel()
	r, a1, a2, _, _ := people(t)
	own, err := ident.ParseID[ident.DeviceID](Call(a2, api.GetStatus, api.None{}).DeviceID)
	if err != nil {
		t.Fatal(err)
	}
	forgeAnswer(r, a2, func(result wire.ResponseResult) wire.ResponseResult {
		if list, ok := result.(*wire.ListDevicesResult); ok {
			list.Devices = slices.DeleteFunc(list.Devices, func(d *wire.Device) bool { return string(d.DeviceID) == string(own[:]) })
		}
		return result
	})
	wantCheck(t, diagnosed(a2), api.CheckDevice, api.CheckFailed, "device_missing")
	wantCheck(t, diagnosed(a1), api.CheckDevice, api.CheckOK, "device_listed")
}

// A message is on its way: the relay has not said yet that it has it.
func TestDiagnose_OutboxSending(t *testing.T) {
	t.Parallel()
	r, a1, _, _, _ := people(t)
	a1.Send(bob, "before")
	r.Forge(func(device string, f *wire.Frame) {
		if device != a1.Name {
			return
		}
		switch body := f.Body.(type) {
		case *wire.Response:
			if _, ok := body.Result.(*wire.SendResult); ok {
				f.ID += 1 << 40 // an answer that nobody waits for
			}
		case *wire.Event: // nor does the feed bring it
			body.Happening = nil
		}
	})
	try(a1, bob, "on its way")
	if c := wantCheck(t, diagnosed(a1), api.CheckOutbox, api.CheckWarning, "outbox_sending"); c.Count != 1 {
		t.Errorf("%d wait", c.Count)
	}
}

// History that has begun to come, and goes on later.
func TestDiagnose_HistoryComing(t *testing.T) {
	t.Parallel()
	r, a1, _, _ := talk(t)
	a2 := r.NewDevice("a2")
	fetched := 0
	r.Cut(func(device string, f *wire.Frame) bool {
		if device == a2.Name && calls[*wire.GetHistoryChunk](f) {
			fetched++
		}
		return fetched > 2
	})
	a1.Link(a2)
	a2.Eventually("has some of its history", func() bool { return diagnosed(a2)[api.CheckHistory].Code == "history_coming" })
	if c := wantCheck(t, diagnosed(a2), api.CheckHistory, api.CheckOK, "history_coming"); c.Count == 0 || c.Count >= c.Total {
		t.Errorf("%d of %d messages", c.Count, c.Total)
	}
	r.Cut(nil)
	wantHistory(a2)
	wantCheck(t, diagnosed(a2), api.CheckHistory, api.CheckOK, "history_here")
}

// Without a connection nobody knows how many key packages are left.
func TestDiagnose_KeyPackagesNotAsked(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	d := r.NewDevice("Alice")
	d.Register(alice)
	Call(d, api.Sync, api.None{})
	d.Stop()
	r.Stop()
	d.Start()
	wantCheck(t, diagnosed(d), api.CheckKeyPackages, api.CheckUnknown, "key_packages_not_asked")
	r.Start()
	Call(d, api.Sync, api.None{})
	wantCheck(t, diagnosed(d), api.CheckKeyPackages, api.CheckOK, "key_packages_enough")
}
