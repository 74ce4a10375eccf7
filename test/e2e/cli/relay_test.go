package cli_test

import (
	"strings"
	"testing"
)

// relay is a relay in a process of its own.
type relay struct {
	t       *testing.T
	data    string
	url     string
	process *process
}

func startRelay(t *testing.T) *relay {
	t.Helper()
	r := &relay{t: t, data: t.TempDir()}
	r.start("127.0.0.1:0")
	return r
}

func (r *relay) start(listen string) {
	r.t.Helper()
	r.process = startParley(r.t, "serve", "--data", r.data, "--listen", listen)
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
