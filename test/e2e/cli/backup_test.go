package cli_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/client/api"
)

// A relay is restored from a backup that is older than its last messages: nobody has lost
// anything or gets it twice, files included, and all goes on.
func TestBackup_RestoredRelayGoesOn(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, alicePhone, "Alice"), register(r, bobPhone, "Bob")
	tablet := link(alice, "Alice's tablet")
	path, sum := randomFile(t, "plan.pdf", 1<<20)
	alice.send(bobPhone, "before")
	alice.want("send", "--to", bobPhone, "--file", path)
	bob.want("receive", "--once")

	file := filepath.Join(t.TempDir(), "relay.backup")
	if got := runParley(t, "", "admin", "backup", file, "--data", r.data); got.status != 0 {
		t.Fatalf("admin backup: %+v", got)
	}
	alice.send(bobPhone, "received after the backup")
	bob.want("receive", "--once")
	bob.send(alicePhone, "answered after the backup")
	tablet.want("receive", "--once")
	alice.send(bobPhone, "not received before the fire")
	r.process.kill()

	r.data = t.TempDir()
	if got := runParley(t, "", "admin", "restore", file, "--data", r.data); got.status != 0 {
		t.Fatalf("admin restore: %+v", got)
	}
	r.start(strings.TrimPrefix(r.url, "http://"))
	all := map[*device]string{alice: bobPhone, tablet: bobPhone, bob: alicePhone}
	// Those who run hear what the others send again.
	for d := range all {
		d.receive()
	}
	bob.send(alicePhone, "after it")
	want := []string{"before", "received after the backup", "answered after the backup", "not received before the fire", "after it"}
	for d, with := range all {
		d.untilTexts(with, want)
	}
	for d, with := range all {
		got := slices.Sorted(slices.Values(d.texts(with)))
		if sorted := slices.Sorted(slices.Values(want)); !slices.Equal(got, sorted) {
			t.Errorf("%s has\n%q, want\n%q", d.name, got, sorted)
		}
	}
	page := decode[api.Messages](t, bob.want("messages", "--with", alicePhone, "--json"))
	for _, m := range page.Messages {
		if m.Media != nil {
			to := t.TempDir()
			bob.want("download", m.ID, "--to", to)
			if fileSum(t, filepath.Join(to, "plan.pdf")) != sum {
				t.Error("the file is another")
			}
			return
		}
	}
	t.Error("Bob has no file")
}

// untilTexts waits until the device has all texts, from whomever they come.
func (d *device) untilTexts(with string, texts []string) {
	d.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if containsAll(d.texts(with), texts) {
			return
		}
	}
}
