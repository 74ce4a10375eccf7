package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/client/api"
)

// idOf finds a device by its name in the list of another one.
func (d *device) idOf(name string) string {
	d.t.Helper()
	list := decode[api.Devices](d.t, d.want("devices", "--json"))
	i := slices.IndexFunc(list.Devices, func(one api.Device) bool { return one.Name == name })
	if i < 0 {
		d.t.Fatalf("no device %q in %+v", name, list)
	}
	return list.Devices[i].ID
}

// holds reports whether any file in the home has the text.
func (d *device) holds(text string) bool {
	d.t.Helper()
	entries, err := os.ReadDir(d.home)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(d.home, entry.Name()))
		if err != nil {
			d.t.Fatal(err)
		}
		if bytes.Contains(raw, []byte(text)) {
			return true
		}
	}
	return false
}

// M15, M16, M17, M18, M19: a device that the primary removes is disconnected
// at once, gets nothing further and keeps nothing readable; it can be linked
// again.
func TestLogout_FromThePrimary(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	tablet := link(alice, "Lost tablet")
	bob.send(alicePhone, "the secret is 4711-plain")
	receiving := tablet.receive()
	receiving.until("the secret is 4711-plain")
	if !tablet.holds("4711-plain") {
		t.Fatal("the message is not found where it must be, so its absence would prove nothing")
	}

	id := alice.idOf("Lost tablet")
	alice.want("devices", "rename", id[:8], "Stolen tablet")
	alice.want("devices", "remove", alice.idOf("Stolen tablet")[:8])
	if status := receiving.wait(); status != 1 || !strings.Contains(receiving.errs.String(), "This device was logged out.") {
		t.Errorf("receive ended with status %d: %s", status, receiving.errs)
	}
	bob.send(alicePhone, "only for those who stay")
	tablet.refused("device_removed", "receive", "--once")
	if s := tablet.status(); s.State != api.StateLoggedOut || s.Phone != "" {
		t.Errorf("status of the removed device: %+v", s)
	}
	for _, text := range []string{"4711-plain", "only for those", alicePhone, bobPhone} {
		if tablet.holds(text) {
			t.Errorf("the removed device still holds %q", text)
		}
	}
	if got := alice.received(); !slices.Contains(got, "only for those who stay") {
		t.Errorf("the primary received %q", got)
	}
	if list := decode[api.Devices](t, alice.want("devices", "--json")); len(list.Devices) != 1 {
		t.Errorf("the primary lists %+v", list.Devices)
	}
}

// M16: a linked device logs itself out; the primary cannot be left by it.
func TestLogout_FromTheDeviceItself(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	tablet := link(alice, "Shared PC")
	bob.send(alicePhone, "the secret is 4712-plain")
	tablet.want("receive", "--once")
	tablet.want("logout")
	if tablet.holds("4712-plain") || tablet.status().State != api.StateLoggedOut {
		t.Error("the device still has data after logging out")
	}
	if got := alice.run("logout"); got.status != 1 || alice.status().State != api.StateReady {
		t.Errorf("logout on the primary: %+v", got)
	}
}

// M21: only the primary links. M2 is not touched by the refused attempt.
func TestLink_LinkedDeviceCannotLink(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice := register(r, alicePhone, "Alice")
	tablet := link(alice, "Tablet")
	third := newDevice(r, "Third")
	waiting := third.start("link", "--relay", r.url, "--device-name", "Third", "--json")
	uri := offerOf(waiting).URI
	tablet.refused("primary_only", "devices", "link", uri, "--yes")
	tablet.refused("primary_only", "devices", "remove", alice.status().DeviceID)
	alice.want("devices", "link", uri, "--yes")
	if status := waiting.wait(); status != 0 {
		t.Errorf("link by the primary: exit status %d: %s", status, waiting.errs)
	}
}
