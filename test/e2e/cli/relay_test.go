package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// relay is a relay in a process of its own.
type relay struct {
	t       *testing.T
	data    string
	config  string // the file, if it has one
	url     string
	process *process
}

func startRelay(t *testing.T) *relay {
	t.Helper()
	r := &relay{t: t, data: t.TempDir()}
	r.start("127.0.0.1:0")
	return r
}

// startRelayWith starts a relay with a configuration.
func startRelayWith(t *testing.T, config string) *relay {
	t.Helper()
	r := &relay{t: t, data: t.TempDir(), config: filepath.Join(t.TempDir(), "parley.toml")}
	if err := os.WriteFile(r.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start("127.0.0.1:0")
	return r
}

func (r *relay) start(listen string) {
	r.t.Helper()
	args := []string{"serve", "--data", r.data, "--listen", listen}
	if r.config != "" {
		args = append(args, "--config", r.config)
	}
	r.process = startParley(r.t, args...)
	line := r.process.line(func(line string) bool { return strings.Contains(line, "http://127.0.0.1:") })
	_, rest, _ := strings.Cut(line, "http://")
	address, _, _ := strings.Cut(rest, " ")
	r.url = "http://" + address
}

// killAndRestart is what a power cut does, at the same address.
func (r *relay) killAndRestart() {
	r.t.Helper()
	r.process.kill()
	r.start(strings.TrimPrefix(r.url, "http://"))
}

// invite returns a registration code for a number.
func (r *relay) invite(phone string) string {
	r.t.Helper()
	got := runParley(r.t, "", "admin", "invite", "--data", r.data, "--phone", phone)
	if got.status != 0 {
		r.t.Fatalf("admin invite: %+v", got)
	}
	return strings.TrimSpace(got.out)
}
