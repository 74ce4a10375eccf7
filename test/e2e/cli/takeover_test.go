package cli_test

import (
	"io"
	"strings"
	"testing"

	"parley/client/api"
)

// A number that has an account is not taken over by mistake: the person is told
// what it does, and links instead or goes on; without an answer nothing happens (M4).
func TestRegister_AsksBeforeItTakesOver(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice := register(r, alicePhone, "Alice")
	next := newDevice(r, "Alice's new phone")
	args := func() []string {
		return []string{"register", "--relay", r.url, "--phone", alicePhone, "--name", "Alice", "--device-name", next.name, "--code", r.invite(alicePhone)}
	}

	silent := next.answer("", args()...)
	if silent.status != 1 || !strings.Contains(silent.out, "logged out at once") || !strings.Contains(silent.errs, "--take-over") {
		t.Errorf("without an answer: %+v", silent)
	}
	isNew(t, next)
	if s := alice.status(); s.State != api.StateReady {
		t.Errorf("the old device is %s", s.State)
	}

	instead := next.start(append(args(), "--json")...)
	if _, err := io.WriteString(instead.in, "1\n"); err != nil {
		t.Fatal(err)
	}
	alice.want("devices", "link", offerOf(instead).URI, "--yes")
	if status := instead.wait(); status != 0 {
		t.Fatalf("linking instead: exit status %d: %s", status, instead.errs)
	}
	if s := next.status(); s.State != api.StateReady || s.Primary {
		t.Errorf("linked instead: %+v", s)
	}

	third := newDevice(r, "Another phone")
	if got := third.answer("2\n", args()...); got.status != 0 {
		t.Fatalf("going on: %+v", got)
	}
	if s := third.status(); !s.Primary {
		t.Errorf("gone on: %+v", s)
	}
	for _, d := range []*device{alice, next} {
		if s := d.status(); s.State != api.StateLoggedOut {
			t.Errorf("%s is %s", d.name, s.State)
		}
	}
}
