package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

const prosodyConfig = `
run_as_root = true
pidfile = "DIR/prosody.pid"
data_path = "DIR"
interfaces = { "127.0.0.1" }
c2s_ports = { PORT }
modules_enabled = { "saslauth", "disco", "register", "smacks"ARCHIVE }
modules_disabled = { "s2s", "tls" }
allow_registration = true
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_hashed"
storage = "sql"
sql = { driver = "SQLite3", database = "prosody.sqlite" }
default_archive_policy = true
archive_expires_after = "never"
log = { { levels = { min = "error" }, to = "console" } }
VirtualHost "localhost"
`

// prosodyArchive keeps every message, as people with several devices need it.
func prosodyArchive(ctx context.Context, dir string) (*running, error) {
	return startProsody(ctx, dir, `, "mam"`)
}

// prosodyPlain writes messages down for who is not connected only.
func prosodyPlain(ctx context.Context, dir string) (*running, error) {
	return startProsody(ctx, dir, "")
}

func startProsody(ctx context.Context, dir, archive string) (*running, error) {
	address, port, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "prosody.cfg.lua")
	if err := os.WriteFile(config, []byte(strings.NewReplacer("DIR", dir, "PORT", port, "ARCHIVE", archive).Replace(prosodyConfig)), 0o600); err != nil {
		return nil, err
	}
	p, err := start(dir, nil, "/usr/bin/prosody", "--config", config, "-F")
	if err != nil {
		return nil, err
	}
	return &running{pids: []int{p.Process.Pid}, connect: connectXMPP(address), stop: p.stop}, p.await(ctx, address)
}
