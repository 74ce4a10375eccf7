package relay_test

import (
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/obs"
	"parley/internal/relay"
	"parley/internal/store"
	"parley/internal/store/sqlite"
	"parley/wire"
)

const day = 24 * time.Hour

// leave ends the device's connection.
func (d *device) leave() {
	d.pipe.Close()
	synctest.Wait()
}

// come authenticates on a new connection; the answer may be a refusal.
func (d *device) come() wire.ResponseResult {
	d.peer = d.world.greet()
	return d.call(d.proof())
}

// wantLogout fails unless the device is refused for a reason after a time.
func (d *device) wantLogout(reason wire.LogoutReason, after time.Duration) {
	d.Helper()
	e, ok := d.come().(*wire.Error)
	if !ok || e.Code != wire.ErrorDeviceRemoved || e.LogoutReason != reason || e.LogoutAfterMS != uint64(after.Milliseconds()) {
		d.Errorf("the device was answered by %+v, want a logout for %v after %v", e, reason, after)
	}
}

// M14: a primary that was silent for 13 days and 23 hours finds its linked
// devices alive, one that was for 14 days and a minute finds them logged out.
func TestSilentPrimary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.register(w.nextPhone())
		tablet, laptop := alice.link(), alice.link()
		laptop.leave()
		alice.leave()

		time.Sleep(13*day + 23*time.Hour)
		alice.reconnect()
		if d := must[*wire.ListDevicesResult](alice.peer, &wire.ListDevices{}).Devices; len(d) != 3 {
			t.Fatalf("after 13 d 23 h there are %d devices", len(d))
		}
		if away := time.Since(time.UnixMilli(alice.auth.LastActiveMS)); away != 13*day+23*time.Hour {
			t.Errorf("the primary is told that it was away for %v", away)
		}
		quiet[*wire.LoggedOut](tablet.peer)
		alice.leave()

		time.Sleep(14*day + time.Minute)
		alice.reconnect()
		if d := must[*wire.ListDevicesResult](alice.peer, &wire.ListDevices{}).Devices; len(d) != 1 {
			t.Errorf("after 14 d 1 min there are %d devices", len(d))
		}
		if e := event[*wire.LoggedOut](tablet.peer); e.Reason != wire.LogoutPrimarySilent || e.AfterMS != uint64((14*day).Milliseconds()) {
			t.Errorf("the connected device hears %+v", e)
		}
		laptop.wantLogout(wire.LogoutPrimarySilent, 14*day)
		w.stopEarly()
	})
}

// M14, M15: the timer logs out by itself, and every group gets the proposals to
// remove the devices.
func TestSilentPrimary_ByTheTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
		tablet := alice.link()
		conversation := tablet.direct(bob)
		bob.live()
		alice.leave()
		time.Sleep(14*day + 2*time.Hour)
		if e := event[*wire.LoggedOut](tablet.peer); e.Reason != wire.LogoutPrimarySilent {
			t.Errorf("the device hears %+v", e)
		}
		if e := bob.pushed(); e.Kind != wire.EntryProposal || string(e.ConversationID) != string(conversation) {
			t.Errorf("bob gets %+v", e)
		}
		bob.refused(wire.ErrorProposalsPending, text(conversation, 1))
		w.stopEarly()
	})
}

// A linked device may be unused for 30 days; a connected one is used.
func TestUnusedDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.register(w.nextPhone())
		drawer, desk := alice.link(), alice.link()
		drawer.leave()
		time.Sleep(30 * day)
		if r, ok := drawer.come().(*wire.AuthenticateResult); !ok {
			t.Fatalf("after 30 days it is answered by %+v", r)
		}
		drawer.leave()
		time.Sleep(30*day + time.Minute)
		drawer.wantLogout(wire.LogoutUnused, 30*day)
		quiet[*wire.LoggedOut](desk.peer)
		if d := must[*wire.ListDevicesResult](alice.peer, &wire.ListDevices{}).Devices; len(d) != 2 || d[1].LastActiveMS != time.Now().UnixMilli() {
			t.Errorf("the devices are %+v", d)
		}
		w.stopEarly()
	})
}

// Those who are connected hear once that a silence is worth a warning: of the
// primary after 10 days, of a linked device after 25.
func TestWarnings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.register(w.nextPhone())
		tablet, drawer := alice.link(), alice.link()
		drawer.leave()
		told := func() (n int) {
			tablet.call(&wire.Ping{})
			tablet.pipe.mu.Lock()
			defer tablet.pipe.mu.Unlock()
			for _, f := range tablet.pipe.frames {
				if _, ok := happening(f).(*wire.DevicesChanged); ok {
					n++
				}
			}
			tablet.pipe.frames = nil
			return n
		}
		told()
		step := func(name string, sleep time.Duration, want int) {
			t.Helper()
			if time.Sleep(sleep); told() != want {
				t.Errorf("%s: the devices were not told %d times", name, want)
			}
		}
		step("25 days of the drawer less an hour", 25*day-2*time.Hour, 0)
		step("25 days of the drawer", 4*time.Hour, 1)
		alice.leave()
		step("10 days of the primary less an hour, and the end of the drawer", 10*day-2*time.Hour, 1)
		step("10 days of the primary", 4*time.Hour, 1)
		step("the day after", day, 0)
		alice.reconnect()
		step("the end of the silence", time.Minute, 1)
		alice.leave()
		step("the next silence", 10*day+2*time.Hour, 1)
		w.stopEarly()
	})
}

// A relay that was killed, or out of service for weeks, takes neither long
// connections nor its own absence for silence.
func TestOutageIsNoSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWorldIn(t, dir)
		alice := w.register(w.nextPhone())
		tablet := alice.link()
		time.Sleep(20 * day) // both connected
		copied := copyStore(t, dir)
		w.stopEarly()

		killed := newWorldIn(t, copied)
		time.Sleep(2 * time.Hour)
		if d := killed.devicesOf(alice); d != 2 {
			t.Errorf("after kill -9 there are %d devices", d)
		}
		killed.stopEarly()

		time.Sleep(40 * day)
		back := newWorldIn(t, copied)
		time.Sleep(2 * time.Hour)
		if d := back.devicesOf(alice); d != 2 {
			t.Errorf("after an outage there are %d devices", d)
		}
		tablet.world = back
		if r, ok := tablet.come().(*wire.AuthenticateResult); !ok {
			t.Errorf("after an outage the device is answered by %+v", r)
		}
		time.Sleep(14*day + time.Hour)
		if d := back.devicesOf(alice); d != 1 {
			t.Errorf("14 days after an outage there are %d devices", d)
		}
		back.stopEarly()
	})
}

// Who comes back is noted soon, for the relay may be killed; not who was there just now.
func TestComingBackIsNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.register(w.nextPhone())
		come := func(away time.Duration) (noted time.Duration) {
			t.Helper()
			alice.leave()
			time.Sleep(away)
			alice.reconnect()
			time.Sleep(time.Second)
			err := w.store.View(t.Context(), func(r store.Reader) error {
				d, err := r.FindDevice(alice.id)
				noted = time.Since(d.LastActive)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return noted
		}
		if ago := come(time.Minute); ago < time.Minute {
			t.Errorf("after a minute it was written %v ago", ago)
		}
		if ago := come(125 * time.Minute); ago > time.Second {
			t.Errorf("after two hours it was written %v ago", ago)
		}
		w.stopEarly()
	})
}

// The operator sees what the timer would do, and does it with the same code.
func TestPlanAndApplyRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.register(w.nextPhone()), w.register(w.nextPhone())
		tablet := alice.link()
		conversation := tablet.direct(bob)
		for _, d := range []*device{alice, tablet, bob} {
			d.leave()
		}
		plan := func(at time.Time) string {
			t.Helper()
			actions, err := relay.PlanRetention(t.Context(), w.store, relay.DefaultSettings(), at)
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, a := range actions {
				lines = append(lines, a.String())
			}
			return strings.Join(lines, "\n")
		}
		now := time.Now()
		if got := plan(now.Add(9 * day)); got != "" {
			t.Errorf("after 9 days: %s", got)
		}
		if got := plan(now.Add(11 * day)); !strings.HasPrefix(got, "warn account "+alice.account.String()) {
			t.Errorf("after 11 days: %s", got)
		}
		want := "log out device " + tablet.id.String() + " of account " + alice.account.String() + ": primary silent for 31 days\ndelete 1 entries: older than 30 days"
		if got := plan(now.Add(31 * day)); got != want {
			t.Errorf("after 31 days: %s", got)
		}
		did, err := relay.ApplyRetention(t.Context(), w.store, nil, relay.DefaultSettings(), rand.Reader, now.Add(15*day))
		if err != nil || len(did) != 1 {
			t.Fatalf("applied %v %v", did, err)
		}
		if again := plan(now.Add(16 * day)); again != "" {
			t.Errorf("left after applying: %s", again)
		}
		tablet.wantLogout(wire.LogoutPrimarySilent, 14*day)
		bob.reconnect()
		bob.refused(wire.ErrorProposalsPending, text(conversation, 1))
		w.stopEarly()
	})
}

// M20: all other devices go at once, or none.
func TestLogOutOthers(t *testing.T) {
	w := newWorld(t)
	alice := w.register(w.nextPhone())
	tablet, laptop := alice.link(), alice.link()
	tablet.refused(wire.ErrorPrimaryOnly, &wire.RemoveDevice{Others: true})
	alice.refused(wire.ErrorMalformed, &wire.RemoveDevice{Others: true, DeviceID: tablet.id[:]})
	for range 2 {
		must[*wire.Done](alice.peer, &wire.RemoveDevice{Others: true})
	}
	for _, d := range []*device{tablet, laptop} {
		if e := event[*wire.LoggedOut](d.peer); e.Reason != wire.LogoutRemoved {
			t.Errorf("a device hears %+v", e)
		}
	}
	if d := must[*wire.ListDevicesResult](alice.peer, &wire.ListDevices{}).Devices; len(d) != 1 {
		t.Errorf("%d devices are left", len(d))
	}
}

// M39: what a person may see of each device.
func TestListDevices_Audit(t *testing.T) {
	w := newWorld(t)
	alice := w.register(w.nextPhone())
	tablet := alice.link()
	r := must[*wire.ListDevicesResult](tablet.peer, &wire.ListDevices{})
	if r.LinkedLimit != 4 || r.PrimarySilentMS != uint64((14*day).Milliseconds()) || r.LinkedWarnMS != uint64((25*day).Milliseconds()) {
		t.Errorf("the rules are %+v", r)
	}
	for i, linkedBy := range []string{"", string(alice.id[:])} {
		if d := r.Devices[i]; d.Address != "192.0.2.1" || string(d.LinkedBy) != linkedBy || d.CreatedMS == 0 {
			t.Errorf("device %d is %+v", i, d)
		}
	}
}

// newWorldIn is a world on the data of a folder.
func newWorldIn(t testing.TB, dir string) *world {
	t.Helper()
	st, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, store: st}
	w.relay, err = relay.New(t.Context(), relay.Parts{
		Store: st, Settings: relay.DefaultSettings(), Log: slog.New(slog.DiscardHandler), Metrics: new(obs.Registry),
		Now: time.Now, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// copyStore copies the files of a store that is in use, as a power cut leaves them.
func copyStore(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(from, sqlite.FileName+suffix))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, sqlite.FileName+suffix), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// devicesOf counts the devices that the store has of a device's account.
func (w *world) devicesOf(d *device) (n int) {
	w.Helper()
	err := w.store.View(w.Context(), func(r store.Reader) error {
		devices, err := r.ListDevices(d.account)
		n = len(devices)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}
