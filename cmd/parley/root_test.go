package main

import (
	"bytes"
	"strings"
	"testing"
)

// command runs one command line and returns its exit status and output.
func command(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, streams{strings.NewReader(""), &out, &errs})
	return status, out.String(), errs.String()
}

func TestExitStatus(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want int
	}{
		{"done", []string{"version"}, exitDone},
		{"json", []string{"version", "--json"}, exitDone},
		{"help", []string{"help"}, exitDone},
		{"unknown command", []string{"sing"}, exitUsage},
		{"unknown flag", []string{"version", "--loud"}, exitUsage},
		{"argument too many", []string{"version", "1"}, exitUsage},
	} {
		t.Run(c.name, func(t *testing.T) {
			if status, _, stderr := command(t, c.args...); status != c.want {
				t.Errorf("exit status %d, want %d; stderr: %s", status, c.want, stderr)
			}
		})
	}
}

func TestVersionNamesProtocol(t *testing.T) {
	if _, out, _ := command(t, "version"); !strings.Contains(out, "protocol 1") {
		t.Errorf("version printed %q", out)
	}
}
