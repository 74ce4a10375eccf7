package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"parley/client/api"
	"parley/client/devicetest"
)

// linkTo links a new device to a phone, and returns its home.
func linkTo(t *testing.T, r *devicetest.Relay, phone, name string) string {
	t.Helper()
	home, out := t.TempDir()+"/"+name, newLineWriter()
	done := make(chan int, 1)
	go func() {
		done <- run(t.Context(), []string{"link", "--relay", r.URL(), "--device-name", name, "--json", "--home", home},
			streams{strings.NewReader(""), out, io.Discard})
	}()
	offer := decode[struct{ Data api.LinkOffer }](t, <-out.lines).Data
	if status, _, errs := runIn(t, phone, "devices", "link", offer.URI, "--yes"); status != exitDone {
		t.Fatal(errs)
	}
	if status := <-done; status != exitDone {
		t.Fatalf("link ended with %d", status)
	}
	return home
}

// awaitOffline waits until the relay has noticed that a device's command ended.
func awaitOffline(t *testing.T, watcher, name string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		_, out, _ := runIn(t, watcher, "devices", "--json")
		online := false
		for _, one := range decode[api.Devices](t, out).Devices {
			online = online || one.Name == name && one.Online
		}
		if !online {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s stays online", name)
		}
	}
}

// shows fails unless what a command prints has all parts.
func shows(t *testing.T, home, command string, parts ...string) {
	t.Helper()
	status, out, errs := runIn(t, home, command)
	for _, part := range parts {
		if status != exitDone || !strings.Contains(out, part) {
			t.Errorf("%s: %d, no %q in %q %s", command, status, part, out, errs)
		}
	}
}

// M14: from the tenth day of the primary's silence on a linked device says what
// comes and when, and after the fourteenth that it was logged out, why, and
// after how long.
func TestNotices_PrimarySilent(t *testing.T) {
	r := devicetest.NewRelay(t)
	phone := guarded(t, r)
	tablet := linkTo(t, r, phone, "Tablet")
	runIn(t, phone, "notices", "--answer")
	name := decode[api.Status](t, must(t, phone, "status", "--json")).DeviceName
	awaitOffline(t, tablet, name)
	r.Pass(10*oneDay - time.Hour)
	if out := must(t, tablet, "notices"); out != "" {
		t.Errorf("an hour too early: %q", out)
	}
	r.Pass(2 * time.Hour)
	shows(t, tablet, "notices", "Your phone ("+name+") has not been used since", "After 14 days all linked devices are logged out, on ")
	shows(t, tablet, "status", "Notice", "your phone is not used; on ", "parley notices")
	r.Pass(4 * oneDay)
	shows(t, tablet, "status", "logged out", "Your phone was not used for 14 days, so all linked devices were logged out.", "Link this device again")
	// The phone is told what its silence has done.
	shows(t, phone, "notices", "This device was not used for 14 days.")
}

// A linked device that nobody uses is named on the primary after 25 days, says
// so itself if it comes back in time, and is logged out after 30.
func TestNotices_DeviceUnused(t *testing.T) {
	r := devicetest.NewRelay(t)
	phone := guarded(t, r)
	tablet := linkTo(t, r, phone, "Tablet")
	runIn(t, phone, "notices", "--answer")
	awaitOffline(t, phone, "Tablet")
	for range 3 { // the phone is used all along
		r.Pass(8 * oneDay)
		if out := must(t, phone, "notices"); out != "" {
			t.Errorf("too early: %q", out)
		}
	}
	r.Pass(25 * time.Hour)
	shows(t, phone, "notices", "Tablet has not been used since", "After 30 days it is logged out, on ")
	shows(t, phone, "status", "Tablet is not used; on ")
	shows(t, tablet, "notices", "This device was not used for 25 days. After 30 days it is logged out.")
	if out := must(t, phone, "notices"); out != "" {
		t.Errorf("the tablet is used again: %q", out)
	}
	awaitOffline(t, phone, "Tablet")
	for range 3 {
		r.Pass(10*oneDay + time.Hour)
		must(t, phone, "notices")
	}
	shows(t, tablet, "status", "This device was not used for 30 days, so it was logged out.")
}

// must runs a command that must succeed and returns its output.
func must(t *testing.T, home string, args ...string) string {
	t.Helper()
	status, out, errs := runIn(t, home, args...)
	if status != exitDone {
		t.Fatalf("%v: %d %s", args, status, errs)
	}
	return out
}
