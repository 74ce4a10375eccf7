package client_test

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

const day = 24 * time.Hour

// notices are kinds and devices of what a device's person should know.
func notices(d *Device) []string {
	var all []string
	for _, n := range Call(d, api.ListNotices, api.None{}).Notices {
		all = append(all, string(n.Kind)+" "+n.DeviceName)
	}
	return all
}

func wantNotices(t *testing.T, d *Device, want ...string) {
	t.Helper()
	d.Eventually(d.Name+" has the notices "+strings.Join(want, ", "), func() bool { return slices.Equal(notices(d), want) })
}

// leave stops a device, and waits until another one sees that it is gone.
func leave(d, watcher *Device) {
	id := Call(d, api.GetStatus, api.None{}).DeviceID
	d.Stop()
	for online := true; online; time.Sleep(5 * time.Millisecond) {
		for _, one := range Call(watcher, api.ListDevices, api.None{}).Devices {
			online = online && (one.ID != id || one.Online)
		}
	}
}

// answer answers all notices of a device.
func answer(d *Device) {
	for _, n := range Call(d, api.ListNotices, api.None{}).Notices {
		Call(d, api.AnswerNotice, api.NoticeID{ID: n.ID})
	}
}

// M19: every device but the new one is told which one was added, also one that
// was off; the notice stays until it is answered there, or the device is gone.
func TestNotices_DeviceAdded(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, a2, a3 := r.NewDevice("Phone"), r.NewDevice("Laptop"), r.NewDevice("Tablet")
	a1.Register(alice)
	a1.Link(a2)
	wantNotices(t, a1, "deviceAdded Laptop")
	answer(a1)
	Call(a2, api.Sync, api.None{})
	a2.Stop()
	a1.Link(a3)
	wantNotices(t, a1, "deviceAdded Tablet")
	a2.Start()
	wantNotices(t, a2, "deviceAdded Tablet")
	a2.Stop()
	a2.Start()
	wantNotices(t, a2, "deviceAdded Tablet")
	wantNotices(t, a3)
	answer(a2)
	wantNotices(t, a2)
	wantNotices(t, a1, "deviceAdded Tablet") // an answer elsewhere proves nothing
	added := Call(a1, api.ListNotices, api.None{}).Notices[0]
	if added.Platform != "cli" || added.At == 0 {
		t.Errorf("the notice is %+v", added)
	}
	Call(a1, api.RemoveDevice, api.DeviceID{ID: added.DeviceID})
	a3.Eventually("logged out", func() bool { return Call(a3, api.GetStatus, api.None{}).State == api.StateLoggedOut })
	wantNotices(t, a1)
}

// M14: after 10 days of the primary's silence the linked devices say so, once a
// silence; the primary is told when it is back.
func TestNotices_PrimarySilent(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, a2 := r.NewDevice("Phone"), r.NewDevice("Laptop")
	a1.Register(alice)
	a1.Link(a2)
	wantNotices(t, a1, "deviceAdded Laptop")
	answer(a1)
	Call(a2, api.Sync, api.None{})
	restart := func(d *Device) { d.Stop(); d.Start(); Call(d, api.Sync, api.None{}) }
	leave(a1, a2)
	r.Pass(10*day - time.Hour)
	restart(a2)
	wantNotices(t, a2)
	r.Pass(2 * time.Hour)
	restart(a2)
	wantNotices(t, a2, "primarySilent Phone")
	n := Call(a2, api.ListNotices, api.None{}).Notices[0]
	if allowed := time.Duration(n.LimitMS) * time.Millisecond; allowed != 14*day || n.Until-n.At != n.LimitMS {
		t.Errorf("the notice is %+v", n)
	}
	if list := Call(a2, api.ListDevices, api.None{}); list.Devices[1].LogoutAt != n.Until || list.Devices[0].LogoutAt != 0 {
		t.Errorf("the list says %+v", list.Devices)
	}
	answer(a2)
	r.Pass(day)
	restart(a2)
	wantNotices(t, a2) // not a second time
	a1.Start()
	wantNotices(t, a1, "returned Phone")
	leave(a1, a2)
	r.Pass(11 * day)
	restart(a2)
	wantNotices(t, a2, "primarySilent Phone") // the next silence
	a1.Start()
	wantNotices(t, a2)
}

// A linked device that is not used for 25 days is named on the others, and
// hears of it itself when it comes back in time.
func TestNotices_DeviceUnused(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, a2 := r.NewDevice("Phone"), r.NewDevice("Drawer")
	a1.Register(alice)
	a1.Link(a2)
	wantNotices(t, a1, "deviceAdded Drawer")
	answer(a1)
	Call(a2, api.Sync, api.None{})
	leave(a2, a1)
	r.Pass(26 * day)
	a1.Stop()
	a1.Start()
	wantNotices(t, a1, "deviceUnused Drawer")
	a2.Start()
	wantNotices(t, a2, "returned Drawer")
	wantNotices(t, a1)
}

// M14: the device that is logged out for silence says so and has nothing left.
func TestLogout_ForSilence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason  string
		primary bool
		pass    time.Duration
		after   time.Duration
	}{
		{"primarySilent", false, 14*day + time.Minute, 14 * day},
		{"unused", true, 30*day + time.Minute, 30 * day},
	} {
		t.Run(c.reason, func(t *testing.T) {
			r := NewRelay(t)
			a1, a2, b1 := r.NewDevice("Phone"), r.NewDevice("Laptop"), r.NewDevice("Bob")
			a1.Register(alice)
			b1.Register(bob)
			a1.Link(a2)
			b1.Send(alice, "hello")
			a2.WantTexts(bob, []string{"hello"})
			if c.primary {
				leave(a2, a1)
			} else {
				leave(a1, a2)
				a2.Stop()
			}
			r.Pass(c.pass)
			a2.Start()
			a2.Eventually("logged out", func() bool { return Call(a2, api.GetStatus, api.None{}).State == api.StateLoggedOut })
			s := Call(a2, api.GetStatus, api.None{})
			if s.LogoutReason != c.reason || s.LogoutAfterMS != c.after.Milliseconds() {
				t.Errorf("the reason is %s after %v", s.LogoutReason, time.Duration(s.LogoutAfterMS)*time.Millisecond)
			}
			if len(Call(a2, api.ListChats, api.None{}).Chats) != 0 {
				t.Error("chats are left")
			}
			b1.Send(alice, "after") // the device is out of the group, and nobody waits for it
			if !c.primary {
				a1.Start()
			}
			a1.WantTexts(bob, []string{"hello", "after"})
		})
	}
}

// M20, M199: all other devices go in one action, and can be linked again.
func TestRemoveOtherDevices(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, a2, a3 := r.NewDevice("Phone"), r.NewDevice("Laptop"), r.NewDevice("Tablet")
	a1.Register(alice)
	a1.Link(a2)
	a1.Link(a3)
	_, err := Try(a2, api.RemoveOtherDevices, api.None{})
	wantCode(t, err, "primary_only")
	Call(a1, api.RemoveOtherDevices, api.None{})
	for _, d := range []*Device{a2, a3} {
		d.Eventually("logged out", func() bool { return Call(d, api.GetStatus, api.None{}).LogoutReason == "removed" })
	}
	if d := Call(a1, api.ListDevices, api.None{}).Devices; len(d) != 1 {
		t.Errorf("%d devices are left", len(d))
	}
	a1.Link(a2)
}

// M2: at the fifth device the person logs one out, and linking goes on with the
// same code; or says no.
func TestLink_FifthGoesOn(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	primary := r.NewDevice("Phone")
	primary.Register(alice)
	for _, name := range []string{"one", "two", "three", "four"} {
		primary.Link(r.NewDevice(name))
	}
	fifth := r.NewDevice("five")
	for _, goOn := range []bool{false, true} {
		uri := api.LinkURI{URI: Call(fifth, api.StartLink, api.StartLinkParams{Relay: "http://relay.test"}).URI}
		_, err := Try(primary, api.InspectLink, uri)
		wantCode(t, err, "too_many_devices")
		if !goOn {
			Call(primary, api.RejectLink, api.RejectLinkParams{URI: uri.URI})
			continue
		}
		devices := Call(primary, api.ListDevices, api.None{})
		if devices.Limit != 4 || len(devices.Devices) != 5 {
			t.Fatalf("the list is %+v", devices)
		}
		Call(primary, api.RemoveDevice, api.DeviceID{ID: devices.Devices[1].ID})
		if request := Call(primary, api.InspectLink, uri); request.DeviceName != "five" {
			t.Errorf("the request is %+v", request)
		}
		Call(primary, api.AcceptLink, uri)
	}
	fifth.Eventually("linked", func() bool { return Call(fifth, api.GetStatus, api.None{}).State == api.StateReady })
}

// M18, M39: the audit list as a file that a spreadsheet reads and does not run.
func TestExportDevices(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a1, a2 := r.NewDevice("Phone"), r.NewDevice("Laptop")
	a1.Register(alice)
	a1.Link(a2)
	id := Call(a2, api.GetStatus, api.None{}).DeviceID
	const hostile = `=HYPERLINK("https://example.org";"x"),"y"`
	Call(a1, api.RenameDevice, api.RenameDeviceParams{ID: id, Name: hostile})
	text := Call(a1, api.ExportDevices, api.None{}).Text
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(records) != 3 || strings.Count(text, "\r\n") != 3 {
		t.Fatalf("%d records in %q: %v", len(records), text, err)
	}
	if head := strings.Join(records[0], ","); head != "id,name,platform,role,created,last_active,address,linked_by" {
		t.Errorf("the head is %s", head)
	}
	linked := records[2]
	if linked[0] != id || linked[1] != "'"+hostile || linked[2] != "cli" || linked[3] != "linked" || linked[6] != "127.0.0.1" || linked[7] != "Phone" {
		t.Errorf("the linked device is %q", linked)
	}
	if at, err := time.Parse(time.RFC3339, linked[4]); err != nil || time.Since(at) > time.Hour {
		t.Errorf("created at %q: %v", linked[4], err)
	}
}
