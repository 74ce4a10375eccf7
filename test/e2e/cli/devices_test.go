package cli_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/client/api"
)

// M19, M20: every other device names the one that was added; "that wasn't me" is
// the command that the notice gives.
func TestNotices_ThatWasNotMe(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice := register(r, alicePhone, "Alice")
	laptop := link(alice, "Laptop")
	alice.want("notices", "--answer")
	thief := link(alice, "Thief's tablet")
	if out := laptop.want("notices"); !strings.Contains(out, "Thief's tablet (cli) was added") || !strings.Contains(out, "your primary phone") {
		t.Errorf("the laptop says %s", out)
	}
	if out := alice.want("status"); !strings.Contains(out, "Thief's tablet was added to your account") {
		t.Errorf("the status says %s", out)
	}
	told := alice.want("notices")
	command := regexp.MustCompile(`If that was not you: parley (devices remove [0-9a-z]+)\n`).FindStringSubmatch(told)
	if strings.Contains(told, "Laptop") || command == nil {
		t.Fatalf("the primary says %s", told)
	}
	alice.want(strings.Fields(command[1])...)
	if got := thief.run("receive", "--once"); got.status != 1 || got.errs != "parley: This device was logged out. Link this device again to go on.\n" {
		t.Errorf("the other device: %+v", got)
	}
	thief.refused("device_removed", "chats")
	if out := alice.want("notices"); out != "" {
		t.Errorf("afterwards the primary says %s", out)
	}
	if out := laptop.want("notices"); strings.Contains(out, "Thief") || laptop.status().State != api.StateReady {
		t.Errorf("afterwards the laptop says %s", out)
	}
}

// M39, M20: the list as a file; all other devices logged out, after a yes.
func TestDevices_ExportAndOthers(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice := register(r, alicePhone, "Alice")
	tablet, laptop := link(alice, "=Tablet, \"old\""), link(alice, "Laptop")
	rows, err := csv.NewReader(strings.NewReader(tablet.want("devices", "--csv"))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d lines, %v", len(rows), err)
	}
	if want := []string{"id", "name", "platform", "role", "created", "last_active", "address", "linked_by"}; !slices.Equal(rows[0], want) {
		t.Errorf("the first line is %q", rows[0])
	}
	byName := map[string][]string{}
	for _, row := range rows[1:] {
		byName[row[1]] = row
		for _, at := range row[4:6] {
			if when, err := time.Parse(time.RFC3339, at); err != nil || time.Since(when) > time.Hour {
				t.Errorf("a time is %q", at)
			}
		}
		if row[2] != "cli" || row[6] != "127.0.0.1" {
			t.Errorf("a line is %q", row)
		}
	}
	if row := byName["'=Tablet, \"old\""]; row == nil || row[3] != "linked" || row[0] != tablet.status().DeviceID {
		t.Errorf("the tablet's line is %q in %q", row, rows)
	}
	if row := byName[alice.status().DeviceName]; row == nil || row[3] != "primary" {
		t.Errorf("the primary's line is %q", row)
	}

	count := func() int { return len(decode[api.Devices](t, alice.want("devices", "--json")).Devices) }
	for _, no := range []string{"n\n", "\n", ""} {
		if got := alice.answer(no, "devices", "remove", "--others"); got.status != 1 || !strings.Contains(got.errs, "Nothing was changed.") || count() != 3 {
			t.Errorf("answered %q: %+v", no, got)
		}
	}
	if got := tablet.answer("y\n", "devices", "remove", "--others"); got.status != 1 || count() != 3 {
		t.Errorf("on a linked device: %+v", got)
	}
	if got := alice.answer("y\n", "devices", "remove", "--others"); got.status != 0 || !strings.Contains(got.errs, "logged out and wiped. Go on?") || count() != 1 {
		t.Errorf("answered yes: %+v", got)
	}
	for _, d := range []*device{tablet, laptop} {
		if s := d.status(); s.State != api.StateLoggedOut || s.LogoutReason != "removed" {
			t.Errorf("%s: %+v", d.name, s)
		}
	}
}

// M40: where the operator allows no linked devices, none is linked; those that
// are there stay until their primary logs them out.
func TestDevices_NoneAllowed(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice := register(r, alicePhone, "Alice")
	tablet := link(alice, "Tablet")
	r.process.kill()
	r.config = filepath.Join(t.TempDir(), "parley.toml")
	if err := os.WriteFile(r.config, []byte("[limits]\nlinked_devices = 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start(strings.TrimPrefix(r.url, "http://"))
	d := newDevice(r, "Laptop")
	waiting := d.start("link", "--relay", r.url, "--device-name", "Laptop", "--json")
	uri := offerOf(waiting).URI
	for _, args := range [][]string{{"--yes"}, nil} {
		got := alice.run(append([]string{"devices", "link", uri}, args...)...)
		if got.status != 1 || got.errs != "parley: This server allows no linked devices. Ask its operator.\n" {
			t.Errorf("%v: %+v", args, got)
		}
	}
	if s := tablet.status(); s.State != api.StateReady {
		t.Errorf("the device linked before: %+v", s)
	}
	isNew(t, d)
}
