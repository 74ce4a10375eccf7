package main

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// benchConfig lifts the limits that protect a relay from what a bench does.
const benchConfig = `[log]
level = "warn"
[limits]
sends_per_second = 1000000
send_burst = 1000000
calls_per_second = 1000000
call_burst = 1000000
codes_per_address = 1000000
`

// benchRelay is a relay in a process of its own, with data in a temporary folder.
type benchRelay struct {
	dir, data string
	url       string
	cmd       *exec.Cmd
	benchRelayOptions
	// roots is what its certificate is of, if it has one.
	roots *x509.CertPool
}

// benchRelayOptions say how the relay runs; the zero value is good.
type benchRelayOptions struct {
	// postgres is the connection string of an empty database, or empty for SQLite.
	postgres string
	// profile is the file for a profile of its processor time, or empty.
	profile string
	// secure has it speak TLS.
	secure bool
}

func startBenchRelay(ctx context.Context, o benchRelayOptions) (*benchRelay, error) {
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the relay: %w", err)
	}
	r := &benchRelay{dir: dir, data: filepath.Join(dir, "data"), benchRelayOptions: o}
	text := benchConfig
	if o.postgres != "" {
		text += fmt.Sprintf("[storage]\nstore = \"postgres\"\npostgres = %q\n", o.postgres)
	}
	if o.secure {
		var names tlsFiles
		names, r.roots, err = writeOwnCertificate(dir)
		text += fmt.Sprintf("[tls]\ncertificate = %q\nkey = %q\n", names.certificate, names.key)
	}
	if err == nil {
		err = os.WriteFile(r.configFile(), []byte(text), 0o600)
	}
	if err == nil {
		err = r.start(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start a relay: %w", err), os.RemoveAll(dir))
	}
	return r, nil
}

func (r *benchRelay) configFile() string { return filepath.Join(r.dir, "relay.toml") }

func (r *benchRelay) pid() int { return r.cmd.Process.Pid }

// start runs this same binary and waits until it tells its address.
func (r *benchRelay) start(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	r.cmd = exec.CommandContext(ctx, self, "serve", "--data", r.data, "--listen", "127.0.0.1:0", "--config", r.configFile(), "--cpu-profile", r.profile) //nolint:gosec // this same program
	r.cmd.Stderr = os.Stderr
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := r.cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	at := strings.Index(first, "http")
	if err != nil || at < 0 {
		return errors.Join(errors.New("the relay did not tell its address"), r.stop())
	}
	r.url, _, _ = strings.Cut(first[at:], " ")
	go func() { _, _ = io.Copy(io.Discard, lines) }() // what else it says
	return nil
}

// stop ends the relay in its own way.
func (r *benchRelay) stop() error {
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		_ = r.cmd.Process.Kill() // Windows has no interrupt for another process
	}
	_ = r.cmd.Wait() // how it ended does not change what was measured
	return nil
}

// restart is for relaybench.Options.Restart.
func (r *benchRelay) restart(ctx context.Context) (url string, pid int, err error) {
	if err := r.stop(); err != nil {
		return "", 0, err
	}
	if err := r.start(ctx); err != nil {
		return "", 0, err
	}
	return r.url, r.pid(), nil
}

func (r *benchRelay) remove() error { return errors.Join(r.stop(), os.RemoveAll(r.dir)) }
