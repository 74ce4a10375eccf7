package main

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"parley/ident"
	"parley/internal/relay/relaytest"
	"parley/internal/store"
	"parley/internal/store/sqlite"
)

// silentAccount puts an account with a primary and a linked device, both last
// active at a time, into a data folder.
func silentAccount(t *testing.T, data string, active time.Time) (account ident.AccountID, linked ident.DeviceID) {
	t.Helper()
	st, err := sqlite.Open(t.Context(), data, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	account, linked = relaytest.NewID[ident.AccountID](), relaytest.NewID[ident.DeviceID]()
	err = st.Update(context.Background(), func(tx store.Tx) error {
		err := tx.CreateAccount(store.Account{ID: account, Phone: "+32470123456", Key: make([]byte, 32), Created: active})
		for i, id := range []ident.DeviceID{relaytest.NewID[ident.DeviceID](), linked} {
			if err == nil {
				err = tx.CreateDevice(store.Device{
					ID: id, Account: account, Certificate: []byte{byte(i)}, Key: make([]byte, 32), Primary: i == 0, Created: active, LastActive: active,
				})
			}
		}
		return err
	})
	if err == nil {
		_, err = st.Identity(t.Context(), rand.Reader)
	}
	if err = firstError(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	return account, linked
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// M14: the operator sees what retention would do at a time, one line an action,
// and does it.
func TestAdminMaintain(t *testing.T) {
	data := t.TempDir()
	active := time.Now().Truncate(time.Second)
	account, linked := silentAccount(t, data, active)
	maintain := func(after time.Duration, more ...string) string {
		t.Helper()
		args := append([]string{"admin", "maintain", "--data", data, "--at", active.Add(after).UTC().Format(time.RFC3339)}, more...)
		status, out, stderr := command(t, args...)
		if status != exitDone {
			t.Fatalf("%v: %d %s", args, status, stderr)
		}
		return out
	}
	const day = 24 * time.Hour
	if out := maintain(13*day + 23*time.Hour); !strings.HasPrefix(out, "warn account "+account.String()) || strings.Count(out, "\n") != 1 {
		t.Errorf("after 13 d 23 h: %s", out)
	}
	want := "log out device " + linked.String() + " of account " + account.String() + ": primary silent for 14 days\n"
	for _, more := range [][]string{nil, {"--apply"}} {
		if out := maintain(14*day+time.Minute, more...); out != want {
			t.Errorf("after 14 d 1 min %v: %s", more, out)
		}
	}
	if out := maintain(14*day + time.Minute); out != "" {
		t.Errorf("once applied: %s", out)
	}
	if status, _, _ := command(t, "admin", "maintain", "--data", data, "--at", "tomorrow"); status != exitUsage {
		t.Errorf("a time that is none ends with %d", status)
	}
}

// Beside a running relay the operator may look, but not apply.
func TestAdminMaintain_BesideARelay(t *testing.T) {
	data := t.TempDir()
	active := time.Now().Add(-time.Hour)
	_, linked := silentAccount(t, data, active)
	relay := startRelay(t, data)
	at := active.Add(15 * 24 * time.Hour).Format(time.RFC3339)
	status, out, stderr := command(t, "admin", "maintain", "--data", relay.data, "--at", at)
	if status != exitDone || !strings.Contains(out, linked.String()) {
		t.Errorf("looking ends with %d: %s %s", status, out, stderr)
	}
	status, out, stderr = command(t, "admin", "maintain", "--data", relay.data, "--at", at, "--apply")
	if status != exitFailed || out != "" || !strings.Contains(stderr, "leave out --apply") {
		t.Errorf("applying ends with %d: %s %s", status, out, stderr)
	}
}
