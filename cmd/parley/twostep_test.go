package main

import (
	"strings"
	"testing"
	"time"

	"parley/client/devicetest"
	"parley/ident"
)

const (
	guardedPhone ident.Phone = "+32470200001"
	somePIN                  = "304857"
	oneDay                   = 24 * time.Hour
)

// guarded registers a number with a PIN and returns the device's home.
func guarded(t *testing.T, r *devicetest.Relay) string {
	t.Helper()
	home := t.TempDir() + "/phone"
	if status, _, errs := runIn(t, home, registerArgs(r)...); status != exitDone {
		t.Fatal(errs)
	}
	if status, _, errs := answerIn(t, home, somePIN+"\n"+somePIN+"\n", "pin", "set"); status != exitDone {
		t.Fatal(errs)
	}
	return home
}

func registerArgs(r *devicetest.Relay, more ...string) []string {
	return append([]string{"register", "--relay", r.URL(), "--phone", string(guardedPhone), "--name", "Alice", "--take-over", "--code", r.Invite(guardedPhone)}, more...)
}

// M37: without the PIN and without an address a number is free again after
// seven days of waiting, and no earlier; its devices see it coming.
func TestRegister_SevenDaysWithoutPIN(t *testing.T) {
	r := devicetest.NewRelay(t)
	phone, next := guarded(t, r), t.TempDir()+"/next"
	begin := registerArgs(r, "--reset-pin", "wait")
	if status, _, errs := runIn(t, next, begin...); status != exitFailed || !strings.Contains(errs, "can be registered without its PIN from") {
		t.Fatalf("the waiting began with %d, %q", status, errs)
	}
	if status, out, _ := runIn(t, phone, "pin"); status != exitDone || !strings.Contains(out, "Somebody has asked to register your number without PIN") {
		t.Errorf("the phone shows %q", out)
	}
	r.Pass(7*oneDay - time.Hour)
	if status, _, errs := runIn(t, next, registerArgs(r)...); status != exitFailed || !strings.Contains(errs, "was not answered") {
		t.Errorf("an hour too early: %d, %q", status, errs)
	}
	r.Pass(2 * time.Hour)
	if status, out, errs := runIn(t, next, registerArgs(r)...); status != exitDone || !strings.Contains(out, "This is its primary device.") {
		t.Fatalf("after seven days: %d, %q, %q", status, out, errs)
	}
	if _, out, _ := runIn(t, next, "pin"); !strings.Contains(out, "No PIN is set.") {
		t.Errorf("the new phone shows %q", out)
	}
	if _, out, _ := runIn(t, phone, "status"); !strings.Contains(out, "Your number was registered on another phone") {
		t.Errorf("the phone before shows %q", out)
	}
}

// M35: the reminder comes the day after, stays with a wrong PIN, and goes with
// the right one.
func TestPIN_Reminder(t *testing.T) {
	r := devicetest.NewRelay(t)
	phone := guarded(t, r)
	const reminder = "Do you still know it?"
	if _, out, _ := runIn(t, phone, "pin"); strings.Contains(out, reminder) {
		t.Errorf("asked at once: %q", out)
	}
	r.Pass(25 * time.Hour)
	if _, out, _ := runIn(t, phone, "pin"); !strings.Contains(out, reminder) {
		t.Errorf("a day later: %q", out)
	}
	if status, _, errs := answerIn(t, phone, "999888\n", "pin", "confirm"); status != exitFailed || !strings.Contains(errs, "PIN is not right") {
		t.Errorf("a wrong PIN: %d, %q", status, errs)
	}
	if _, out, _ := runIn(t, phone, "pin"); !strings.Contains(out, reminder) {
		t.Errorf("a wrong PIN took the reminder away: %q", out)
	}
	r.Pass(time.Minute) // between tries
	if status, out, errs := answerIn(t, phone, somePIN+"\n", "pin", "confirm"); status != exitDone || strings.Contains(out, reminder) {
		t.Errorf("the right PIN: %d, %q, %q", status, out, errs)
	}
}
