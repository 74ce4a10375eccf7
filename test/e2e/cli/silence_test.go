package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/client/api"
)

// maintain has the operator do what retention would do so much later.
func (r *relay) maintain(later time.Duration, more ...string) result {
	r.t.Helper()
	at := time.Now().Add(later).UTC().Format(time.RFC3339)
	return runParley(r.t, "", append([]string{"admin", "maintain", "--data", r.data, "--at", at}, more...)...)
}

const oneDay = 24 * time.Hour

// M14: the operator sees what fourteen days of the primary's silence lead to,
// beside the running relay; done while it is stopped, the linked device is
// logged out, says why and after how long, and keeps nothing.
func TestMaintain_PrimarySilent(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	tablet := link(alice, "Tablet")
	bob.send(alicePhone, "the secret is 4713-plain")
	tablet.want("receive", "--once")
	id := alice.idOf("Tablet")

	if got := r.maintain(13*oneDay + 22*time.Hour); got.status != 0 || strings.Contains(got.out, "log out") || !strings.Contains(got.out, "warn account") {
		t.Errorf("before the fourteenth day: %+v", got)
	}
	want := "log out device " + id + " of account "
	if got := r.maintain(14*oneDay + time.Hour); !strings.Contains(got.out, want) || !strings.Contains(got.out, "primary silent for 14 days") {
		t.Errorf("beside the relay: %+v", got)
	}
	if got := r.maintain(14*oneDay+time.Hour, "--apply"); got.status != 1 {
		t.Errorf("applied beside the relay: %+v", got)
	}
	if s := tablet.status(); s.State != api.StateReady {
		t.Errorf("looking changed something: %+v", s)
	}
	r.process.kill()
	if got := r.maintain(14*oneDay+time.Hour, "--apply"); got.status != 0 || !strings.Contains(got.out, want) {
		t.Fatalf("applied: %+v", got)
	}
	r.start(strings.TrimPrefix(r.url, "http://"))

	if out := tablet.want("status"); !strings.Contains(out, "Your phone was not used for 14 days, so all linked devices were logged out.") {
		t.Errorf("the tablet says %s", out)
	}
	if s := tablet.status(); s.State != api.StateLoggedOut || s.LogoutReason != "primarySilent" || s.LogoutAfterMS != (14*oneDay).Milliseconds() || tablet.holds("4713-plain") {
		t.Errorf("the tablet: %+v", s)
	}
	if s := alice.status(); s.State != api.StateReady {
		t.Errorf("the primary: %+v", s)
	}
	if list := decode[api.Devices](t, alice.want("devices", "--json")); len(list.Devices) != 1 {
		t.Errorf("the primary lists %+v", list.Devices)
	}
}

// A linked device that was not used for thirty days is logged out alone; here
// the operator lets primaries be silent for longer.
func TestMaintain_DeviceUnused(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice := register(r, alicePhone, "Alice")
	tablet := link(alice, "Tablet")
	r.process.kill()
	config := filepath.Join(t.TempDir(), "parley.toml")
	if err := os.WriteFile(config, []byte("[limits]\nprimary_silent_days = 90\nprimary_warn_days = 80\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := r.maintain(26*oneDay+time.Hour, "--config", config); !strings.Contains(got.out, "not used for 26 days") || strings.Contains(got.out, "log out") {
		t.Errorf("after 26 days: %+v", got)
	}
	if got := r.maintain(30*oneDay+time.Hour, "--config", config, "--apply"); got.status != 0 || !strings.Contains(got.out, "not used for 30 days") {
		t.Fatalf("applied: %+v", got)
	}
	r.config = config
	r.start(strings.TrimPrefix(r.url, "http://"))
	if out := tablet.want("status"); !strings.Contains(out, "This device was not used for 30 days, so it was logged out.") {
		t.Errorf("the tablet says %s", out)
	}
	if s := alice.status(); s.State != api.StateReady {
		t.Errorf("the primary: %+v", s)
	}
}
