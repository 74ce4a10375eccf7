package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"parley/internal/relay/relaytest"
	"parley/wire"
)

// A backup that is made under load has all that was acknowledged before it, and the relay goes
// on from it.
func TestBackupOfABusyRelay(t *testing.T) {
	const before, meanwhile = 100, 400
	relay := startRelay(t, t.TempDir(), "--config", unlimited(t))
	from, to := relay.register(t, "+32470123401"), relay.register(t, "+32470123402")
	conversation, err := from.Direct(to)
	if err != nil {
		t.Fatal(err)
	}
	for n := range before {
		if _, err := relaytest.Call[*wire.SendResult](from, relaytest.Text(conversation, fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
	}
	sent := make(chan error)
	go func() {
		for n := range meanwhile {
			if _, err := relaytest.Call[*wire.SendResult](from, relaytest.Text(conversation, fmt.Sprint(n))); err != nil {
				sent <- err
				return
			}
		}
		close(sent)
	}()
	file := filepath.Join(t.TempDir(), "relay.backup")
	if status, out, stderr := command(t, "admin", "backup", file, "--data", relay.data); status != exitDone || !strings.Contains(out, "Backed up") {
		t.Fatalf("backup ended with %d: %s %s", status, out, stderr)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(file + ".*"); len(left) > 0 {
		t.Errorf("the backup left %v", left)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is %v, %v", info, err)
	}
	if status, _, stderr := command(t, "admin", "backup", file, "--data", relay.data); status != exitUsage || !strings.Contains(stderr, "is there already") {
		t.Errorf("a backup over another ended with %d: %s", status, stderr)
	}
	if status, _, stderr := command(t, "admin", "restore", file, "--data", relay.data); status == exitDone {
		t.Errorf("restoring beside the relay went well: %s", stderr)
	}
	relay.kill()
	if status, _, stderr := command(t, "admin", "restore", file, "--data", relay.data); status != exitUsage || !strings.Contains(stderr, "move them away") {
		t.Errorf("restoring over data ended with %d: %s", status, stderr)
	}

	data := t.TempDir()
	if status, out, stderr := command(t, "admin", "restore", file, "--data", data); status != exitDone || !strings.Contains(out, "Start the relay") {
		t.Fatalf("restore ended with %d: %s %s", status, out, stderr)
	}
	restored := startRelay(t, data, relay.config...)
	if err := from.Connect(restored.dial(t)); err != nil {
		t.Fatal(err)
	}
	if err := to.Connect(restored.dial(t)); err != nil {
		t.Fatal(err)
	}
	entries := lengthOfFeed(t, to)
	if entries < before || entries > before+meanwhile+1 {
		t.Errorf("%d entries are there, want at least %d", entries, before)
	}
	if _, err := relaytest.Call[*wire.SendResult](from, relaytest.Text(conversation, "after it")); err != nil {
		t.Fatal(err)
	}
	if got := lengthOfFeed(t, to); got != entries+1 {
		t.Errorf("after another message %d entries are there, want %d", got, entries+1)
	}
}

// lengthOfFeed is how many entries a device can pull.
func lengthOfFeed(t *testing.T, d *relaytest.Device) (n int) {
	t.Helper()
	for after := uint64(0); ; {
		page, err := relaytest.Call[*wire.PullResult](d, &wire.Pull{After: after})
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Entries)
		if after = page.Next; page.Next == page.Head {
			return n
		}
	}
}

// Data that were damaged stop the start, with a sentence that says what to do.
func TestServeRefusesDamagedData(t *testing.T) {
	data := t.TempDir()
	relay := startRelay(t, data)
	relay.register(t, "+32470123456")
	if err := errors.Join(relay.Process.Signal(syscall.SIGTERM), relay.Wait()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "relay.db"), []byte(strings.Repeat("not a database. ", 4096)), 0o600); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := command(t, "serve", "--data", data, "--listen", "127.0.0.1:0")
	if status != exitFailed || !strings.Contains(stderr, "parley admin restore") {
		t.Errorf("serve ended with %d: %s", status, stderr)
	}
}
