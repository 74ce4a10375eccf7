package main

import (
	"strings"
	"testing"

	"parley/internal/config"
	"parley/internal/store/postgres/postgrestest"
)

// onPostgres starts a PostgreSQL server that keeps what it has acknowledged, and a relay on it.
func onPostgres(t *testing.T) (*postgrestest.Server, *process) {
	t.Helper()
	server, connection := postgrestest.Own(t, true)
	return server, startRelay(t, t.TempDir(), "--config", unlimited(t, func(c *config.Config) {
		c.Storage.Store, c.Storage.Postgres = "postgres", connection
	}))
}

// On PostgreSQL, too, what the relay has acknowledged survives kill -9: of the relay, of the
// server, and of both.
func TestKilledPostgresLosesNothing(t *testing.T) {
	server, relay := onPostgres(t)
	restart := func(t *testing.T) {
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	killServer := func(t *testing.T, relay *process) func() *process {
		restart(t)
		return func() *process { return relay }
	}
	killBoth := func(t *testing.T, relay *process) func() *process {
		after := killRelay(t, relay)
		restart(t)
		return after
	}
	testLosesNothing(t, relay, killRelay, killBoth, killServer)
}

// The operator's commands work on the database of a running relay, which no second one joins.
func TestAdminOnPostgres(t *testing.T) {
	server, relay := onPostgres(t)
	d := relay.register(t, "+32470123456")
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"admin", "accounts"}, d.Account.String()},
		{[]string{"admin", "devices"}, d.ID.String()},
		{[]string{"admin", "reports"}, ""},
		{[]string{"admin", "maintain", "--at", "2199-01-01T00:00:00Z"}, ""},
	} {
		status, out, stderr := command(t, append(append(c.args, "--data", relay.data), relay.config...)...)
		if status != exitDone || !strings.Contains(out, c.says) {
			t.Errorf("%v ended with %d: %s %s", c.args, status, out, stderr)
		}
	}
	other := append([]string{"serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0"}, relay.config...)
	if status, _, stderr := command(t, other...); status != exitFailed || !strings.Contains(stderr, "another relay") {
		t.Errorf("a second relay ended with %d: %s", status, stderr)
	}
	shared := unlimited(t, func(c *config.Config) {
		c.Storage.Store, c.Storage.Postgres, c.Media.Folder = "postgres", server.URL("parley"), t.TempDir()
		c.Bus.Bus, c.Bus.NATS = "nats", "nats://127.0.0.1:1"
	})
	if status, _, stderr := command(t, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--config", shared); status != exitFailed || !strings.Contains(stderr, "another relay") {
		t.Errorf("one that shares, beside one that does not, ended with %d: %s", status, stderr)
	}
	status, _, stderr := command(t, append([]string{"admin", "maintain", "--apply", "--data", t.TempDir()}, relay.config...)...)
	if status != exitFailed || !strings.Contains(stderr, "another relay") {
		t.Errorf("maintaining beside a relay ended with %d: %s", status, stderr)
	}
}
