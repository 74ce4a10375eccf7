package client_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/wire"
)

// diagnosed is what a device finds, by id.
func diagnosed(d *Device) map[api.CheckID]api.Check {
	found := map[api.CheckID]api.Check{}
	for _, c := range Call(d, api.Diagnose, api.DiagnoseParams{}).Checks {
		found[c.ID] = c
	}
	return found
}

// wantCheck compares what one check has found.
func wantCheck(t *testing.T, found map[api.CheckID]api.Check, id api.CheckID, state api.CheckState, code string) api.Check {
	t.Helper()
	c := found[id]
	if c.State != state || c.Code != code {
		t.Errorf("%s: %s %q, want %s %q", id, c.State, c.Code, state, code)
	}
	return c
}

// forgeAnswer has the relay answer one device's requests otherwise.
func forgeAnswer(r *Relay, d *Device, answer func(wire.ResponseResult) wire.ResponseResult) {
	r.Forge(func(device string, f *wire.Frame) {
		if response, ok := f.Body.(*wire.Response); ok && device == d.Name {
			response.Result = answer(response.Result)
		}
	})
}

// M192-M199: where nothing is wrong every check says so, on both kinds of
// device; the report has nothing of the person in it.
func TestDiagnose_AllIsWell(t *testing.T) {
	t.Parallel()
	_, a1, a2, _, _ := people(t)
	a1.Send(bob, "a word in confidence")
	a2.WantTexts(bob, []string{"a word in confidence"})
	Call(a2, api.Sync, api.None{})
	for _, d := range []*Device{a1, a2} {
		d.Eventually("finds nothing wrong", func() bool {
			for _, c := range Call(d, api.Diagnose, api.DiagnoseParams{}).Checks {
				if c.State != api.CheckOK {
					return false
				}
			}
			return true
		})
	}
	found := diagnosed(a2)
	wantCheck(t, found, api.CheckAccount, api.CheckOK, "account_linked")
	wantCheck(t, found, api.CheckPrimary, api.CheckOK, "primary_active")
	if c := wantCheck(t, found, api.CheckKeyPackages, api.CheckOK, "key_packages_enough"); c.Count == 0 {
		t.Error("no key packages are counted")
	}
	wantCheck(t, diagnosed(a1), api.CheckAccount, api.CheckOK, "account_primary")
	wantNothingPrivate(t, a2)
}

// wantNothingPrivate looks for what a report may not hold.
func wantNothingPrivate(t *testing.T, d *Device) {
	t.Helper()
	report, err := json.Marshal(Call(d, api.Diagnose, api.DiagnoseParams{}))
	if err != nil {
		t.Fatal(err)
	}
	s := Call(d, api.GetStatus, api.None{})
	private := []string{s.Phone, s.Phone[1:], string(bob)[1:], s.Name, s.DeviceName, "Alice", "Bob", s.AccountID, s.DeviceID, s.Relay, "127.0.0.1", "confidence"}
	for _, device := range Call(d, api.ListDevices, api.None{}).Devices {
		private = append(private, device.ID, device.Name)
	}
	for _, p := range private {
		if p != "" && strings.Contains(string(report), p) {
			t.Errorf("the report has %q: %s", p, report)
		}
	}
}

func TestDiagnose_NobodyIsRegistered(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	d := r.NewDevice("New")
	found := diagnosed(d)
	wantCheck(t, found, api.CheckWebSocket, api.CheckUnknown, "no_relay")
	wantCheck(t, found, api.CheckAccount, api.CheckWarning, "no_account")
	wantCheck(t, found, api.CheckStorage, api.CheckOK, "storage_disk")
	for _, c := range Call(d, api.Diagnose, api.DiagnoseParams{Relay: r.URL()}).Checks {
		if c.State != api.CheckOK && c.ID != api.CheckAccount {
			t.Errorf("with a relay: %+v", c)
		}
	}
	wrong := Call(d, api.Diagnose, api.DiagnoseParams{Relay: "chat.example.org"}).Checks[0]
	if wrong.Code != api.ErrRelayURL.Code || wrong.State != api.CheckFailed {
		t.Errorf("a wrong address: %+v", wrong)
	}
}

// M29, M196: the clock is measured when it is asked for, and does no harm.
func TestDiagnose_WrongClock(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	d := r.NewDevice("Alice")
	d.Register(alice)
	for wrong, code := range map[time.Duration]string{47 * time.Minute: "clock_ahead", -3 * time.Hour: "clock_behind"} {
		d.SetClock(wrong)
		found := diagnosed(d)
		c := wantCheck(t, found, api.CheckClock, api.CheckWarning, code)
		if off := time.Duration(c.OffsetMS)*time.Millisecond - wrong; off.Abs() > 20*time.Second {
			t.Errorf("%v is measured as %d ms", wrong, c.OffsetMS)
		}
		wantCheck(t, found, api.CheckDevice, api.CheckOK, "device_listed")
	}
}

func TestDiagnose_RelayStopped(t *testing.T) {
	t.Parallel()
	r, a1, _, _, _ := people(t)
	a1.Send(bob, "before")
	r.Stop()
	try(a1, bob, "waits")
	found := diagnosed(a1)
	wantCheck(t, found, api.CheckWebSocket, api.CheckFailed, "websocket_failed")
	wantCheck(t, found, api.CheckDevice, api.CheckUnknown, "device_not_asked")
	wantCheck(t, found, api.CheckStorage, api.CheckOK, "storage_disk")
	if c := wantCheck(t, found, api.CheckOutbox, api.CheckWarning, "outbox_offline"); c.Count != 1 {
		t.Errorf("%d wait", c.Count)
	}
	r.Start()
	a1.Texts(bob)
	wantCheck(t, diagnosed(a1), api.CheckOutbox, api.CheckOK, "outbox_empty")
}

// Another relay answers under the address; this device tells it nothing.
func TestDiagnose_OtherRelay(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	d := r.NewDevice("Alice")
	d.Register(alice)
	forgeAnswer(r, d, func(result wire.ResponseResult) wire.ResponseResult {
		if hello, ok := result.(*wire.HelloResult); ok {
			hello.RelayID = make([]byte, wire.IDSize)
		}
		return result
	})
	found := diagnosed(d)
	wantCheck(t, found, api.CheckWebSocket, api.CheckOK, "websocket_ok")
	wantCheck(t, found, api.CheckRelay, api.CheckFailed, "relay_changed")
	wantCheck(t, found, api.CheckDevice, api.CheckUnknown, "device_not_asked")
}

// M197: a relay that speaks a newer protocol.
func TestDiagnose_VersionTooOld(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	d := r.NewDevice("Alice")
	d.Register(alice)
	forgeAnswer(r, d, func(result wire.ResponseResult) wire.ResponseResult {
		if _, ok := result.(*wire.HelloResult); ok {
			return wire.NewError(wire.ErrorVersionUnsupported)
		}
		return result
	})
	found := diagnosed(d)
	wantCheck(t, found, api.CheckWebSocket, api.CheckOK, "websocket_ok")
	if c := wantCheck(t, found, api.CheckVersions, api.CheckFailed, "version_unsupported"); c.Software != "parley/test" {
		t.Errorf("this side is %q", c.Software)
	}
}

// M194: a device that was logged out says so, and why.
func TestDiagnose_LoggedOut(t *testing.T) {
	t.Parallel()
	_, a1, a2, _, _ := people(t)
	removeDevice(t, a1, a2)
	a2.Eventually("is logged out", func() bool { return Call(a2, api.GetStatus, api.None{}).State == api.StateLoggedOut })
	found := diagnosed(a2)
	wantCheck(t, found, api.CheckAccount, api.CheckFailed, "logged_out_removed")
	if _, shown := found[api.CheckOutbox]; shown {
		t.Error("a device without account tells of an outbox")
	}
}

// M14: the primary is away.
func TestDiagnose_PrimarySilent(t *testing.T) {
	t.Parallel()
	r, a1, a2, _, _ := people(t)
	a1.Stop()
	a2.Stop()
	r.Pass(11 * 24 * time.Hour)
	a2.Start()
	Call(a2, api.Sync, api.None{})
	c := wantCheck(t, diagnosed(a2), api.CheckPrimary, api.CheckWarning, "primary_silent")
	if days := time.Duration(c.AgeMS) * time.Millisecond / time.Hour; days < 263 || days > 265 {
		t.Errorf("silent for %d hours", days)
	}
	if left := time.Duration(c.LeftMS) * time.Millisecond / time.Hour; left < 71 || left > 73 {
		t.Errorf("%d hours left", left)
	}
}

// Storage that cannot be written: there is no room, or another reason.
func TestDiagnose_Storage(t *testing.T) {
	t.Parallel()
	for code, set := range map[string]func(*Device, bool){"storage_full": (*Device).SetFull, "storage_failed": (*Device).SetReadOnly} {
		t.Run(code, func(t *testing.T) {
			d := NewRelay(t).NewDevice("Alice")
			d.Register(alice)
			Call(d, api.Sync, api.None{})
			set(d, true)
			wantCheck(t, diagnosed(d), api.CheckStorage, api.CheckFailed, code)
			set(d, false)
			wantCheck(t, diagnosed(d), api.CheckStorage, api.CheckOK, "storage_disk")
		})
	}
}

// X6: a chat with a device that nobody certified is held back.
func TestDiagnose_ChatHeldBack(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, _ := people(t)
	a1.Send(bob, "before")
	b1.WantTexts(alice, []string{"before"})
	certificate, key := fakeCertificate(t, r.AccountOf(alice))
	r.Intrude(alice, bob, certificate, key)
	try(a1, bob, "secret")
	wantProblem(a1, "device_unverified")
	found := diagnosed(a1)
	wantCheck(t, found, api.CheckOutbox, api.CheckWarning, "outbox_held")
	if c := wantCheck(t, found, api.CheckChats, api.CheckFailed, "device_unverified"); c.Count != 1 {
		t.Errorf("%d chats", c.Count)
	}
}

// M15: a chat with a device that was logged out and is still there.
func TestDiagnose_DeviceNotRemoved(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	a1.Send(bob, "before")
	b1.WantTexts(alice, []string{"before"})
	a2.WantTexts(bob, []string{"before"})
	certificate, key := credentials(t, copyStorage(t, a2))
	removeDevice(t, a1, a2)
	b1.Eventually("a line in the chat", func() bool { return hasLine(b1, alice, api.MessageDevicesChanged) })
	a1.Texts(bob)
	a1.Stop()
	r.Pass(time.Minute)
	r.Falsify(readmit)
	r.Intrude(alice, bob, certificate, key)
	try(b1, alice, "secret")
	wantProblem(b1, "device_not_removed")
	wantCheck(t, diagnosed(b1), api.CheckChats, api.CheckFailed, "device_not_removed")
}

// The relay refuses what this device sends.
func TestDiagnose_RelayRefuses(t *testing.T) {
	t.Parallel()
	r, a1, _, _, _ := people(t)
	a1.Send(bob, "before")
	r.Forge(func(device string, f *wire.Frame) {
		switch body := f.Body.(type) {
		case *wire.Response:
			if _, ok := body.Result.(*wire.SendResult); ok && device == a1.Name {
				body.Result = wire.NewError(wire.ErrorStorageFull)
			}
		case *wire.Event: // nor does the feed bring what was not taken
			if device == a1.Name {
				body.Happening = nil
			}
		}
	})
	try(a1, bob, "too much")
	a1.Eventually("tells why", func() bool {
		c := diagnosed(a1)[api.CheckOutbox]
		return c.State == api.CheckFailed && c.Code == "outbox_refused" && c.Cause == "storage_full"
	})
}

// X9: what cannot be read yet is counted.
func TestDiagnose_MessagesWaiting(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, b2 := people(t)
	a1.Send(bob, "before")
	b1.WantTexts(alice, []string{"before"})
	b2.Stop()
	r.Forge(func(device string, f *wire.Frame) {
		if device == b1.Name {
			spoil(f)
		}
	})
	b1.Stop()
	a1.Send(bob, "lost")
	a1.Stop()
	b1.Start()
	b1.Eventually("a message waits", func() bool { return diagnosed(b1)[api.CheckMessages].Code == "messages_waiting" })
	if c := wantCheck(t, diagnosed(b1), api.CheckMessages, api.CheckWarning, "messages_waiting"); c.Count != 1 {
		t.Errorf("%d wait", c.Count)
	}
}

// spoil makes the messages of a frame unreadable.
func spoil(f *wire.Frame) {
	response, ok := f.Body.(*wire.Response)
	if !ok {
		return
	}
	if pulled, ok := response.Result.(*wire.PullResult); ok {
		for _, e := range pulled.Entries {
			if e.Kind == wire.EntryApplication && len(e.Message) > 0 {
				e.Message[len(e.Message)-1] ^= 1
			}
		}
	}
}

// M113: a device that repairs itself tells that its chats and its history are
// on their way, and then that all is well.
func TestDiagnose_Repair(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, _ := people(t)
	a1.Send(bob, "before")
	a2.WantTexts(bob, []string{"before"})
	a1.Stop()
	b1.Stop()
	r.Stop()
	Call(a2, api.RepairDevice, api.None{})
	found := diagnosed(a2)
	wantCheck(t, found, api.CheckChats, api.CheckWarning, "chats_joining")
	wantCheck(t, found, api.CheckHistory, api.CheckWarning, "history_asked")
	r.Start()
	a1.Start()
	a2.Eventually("is repaired", func() bool {
		found := diagnosed(a2)
		return found[api.CheckChats].State == api.CheckOK && found[api.CheckHistory].Code == "history_here"
	})
	a2.WantTexts(bob, []string{"before"})
}

// Others cannot begin a chat with this device as usual.
func TestDiagnose_NoKeyPackages(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	d := r.NewDevice("Alice")
	wantCheck(t, diagnosed(d), api.CheckKeyPackages, "", "")
	forgeAnswer(r, d, func(result wire.ResponseResult) wire.ResponseResult {
		if _, ok := result.(*wire.PublishKeyPackagesResult); ok {
			return wire.NewError(wire.ErrorStorageFull)
		}
		return result
	})
	d.Register(alice)
	d.Eventually("is online", func() bool { return Call(d, api.GetStatus, api.None{}).Connection == api.ConnectionOnline })
	wantCheck(t, diagnosed(d), api.CheckKeyPackages, api.CheckWarning, "key_packages_none")
}
