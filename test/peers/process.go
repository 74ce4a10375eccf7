package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of processor time in /proc (proc_pid_stat(5)).
const tick = 10 * time.Millisecond

// startTime bounds how long a server may take to start.
const startTime = time.Minute

// treeTime is the processor time of processes and of all that they have started, ended ones
// included.
func treeTime(roots []int) time.Duration {
	parents, times := make(map[int]int), make(map[int]time.Duration)
	entries, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	for _, entry := range entries {
		raw, err := os.ReadFile(entry)
		if err != nil {
			continue // it has ended meanwhile
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(entry)))
		fields := bytes.Fields(raw[bytes.LastIndexByte(raw, ')')+1:])
		parents[pid], _ = strconv.Atoi(string(fields[1]))
		for _, field := range fields[11:15] { // its own, and that of children that have ended
			ticks, _ := strconv.ParseInt(string(field), 10, 64)
			times[pid] += time.Duration(ticks) * tick
		}
	}
	var total time.Duration
	for pid, used := range times {
		for p := pid; p > 1; p = parents[p] {
			if slices.Contains(roots, p) {
				total += used
				break
			}
		}
	}
	return total
}

// process is a server's, which ends with this program.
type process struct {
	*exec.Cmd
	log string
}

// start starts a program whose output goes into a file of its folder.
func start(dir string, env []string, name string, args ...string) (*process, error) {
	cmd := exec.Command(name, args...) //nolint:gosec // one of the servers
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	log, err := os.Create(filepath.Join(dir, "output"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own
	cmd.Stdout, cmd.Stderr = log, log
	return &process{cmd, log.Name()}, cmd.Start()
}

// stop ends the process and those that it has started.
func (p *process) stop() {
	_ = syscall.Kill(-p.Process.Pid, syscall.SIGKILL) // it may have ended
	_ = p.Wait()
}

// await waits until something listens; otherwise its output says why.
func (p *process) await(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		if c, err := new(net.Dialer).DialContext(ctx, "tcp", address); err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			said, _ := os.ReadFile(p.log) // better than nothing
			p.stop()
			return fmt.Errorf("it does not start: %s", strings.TrimSpace(string(said)))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// freeAddress is one of loopback where nothing listens.
func freeAddress() (address, port string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	address = l.Addr().String()
	_, port, err = net.SplitHostPort(address)
	return address, port, errors.Join(err, l.Close())
}

// packages are what Debian calls the servers.
var packages = []string{"prosody", "lua-dbi-sqlite3", "mosquitto", "ejabberd", "erlang-p1-sqlite3", "erlang-p1-pgsql", "postgresql"}

// installServers installs what is missing. They are not started: what is measured has
// configurations of its own. A server that cannot be had is left out later, loudly.
func installServers(ctx context.Context) {
	missing := slices.DeleteFunc(slices.Clone(packages), func(name string) bool {
		out, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f", "${Status}", name).Output() //nolint:gosec // a name from above
		return err == nil && strings.Contains(string(out), "ok installed")
	})
	if len(missing) == 0 {
		return
	}
	fmt.Fprintln(os.Stderr, "installing", strings.Join(missing, ", "))
	const policy = "/usr/sbin/policy-rc.d"                                                      // says that no service is to be started
	if file, err := os.OpenFile(policy, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755); err == nil { //nolint:gosec // it is executed
		_, _ = file.WriteString("#!/bin/sh\nexit 101\n")
		_ = file.Close()
		defer func() { _ = os.Remove(policy) }()
	}
	for _, args := range [][]string{{"update", "-qq"}, append([]string{"install", "-y", "-qq", "--no-install-recommends"}, missing...)} {
		cmd := exec.CommandContext(ctx, "apt-get", args...) //nolint:gosec // names from above
		cmd.Env, cmd.Stderr = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive"), os.Stderr
		if err := cmd.Run(); err != nil {
			fmt.Fprintf(os.Stderr, "!!! apt-get %s: %v\n", args[0], err)
			return
		}
	}
}
