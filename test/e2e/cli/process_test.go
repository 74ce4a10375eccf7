package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// patience is when a test gives up waiting for a process; a healthy one needs
// a small part of it.
const patience = 90 * time.Second

// result is how a command has ended.
type result struct {
	status int
	out    string
	errs   string
}

// runParley runs a command to its end.
func runParley(t *testing.T, input string, args ...string) result {
	t.Helper()
	return runParleyWith(t, nil, input, args...)
}

// runParleyWith runs a command with more in its environment.
func runParleyWith(t *testing.T, env []string, input string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Stdin = strings.NewReader(input)
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	return result{exitStatus(t, cmd.Run()), out.String(), errs.String()}
}

func exitStatus(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		return exit.ExitCode()
	}
	return 0
}

// process is a command that runs beside the test.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string // of standard output; closed at its end
	errs  *bytes.Buffer
	ended bool
}

func startParley(t *testing.T, args ...string) *process {
	t.Helper()
	return startParleyWith(t, nil, args...)
}

// startParleyWith starts a command with more in its environment.
func startParleyWith(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(watched, args...), lines: make(chan string, 100_000), errs: &bytes.Buffer{}}
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = p.errs
	p.cmd.Env = append(os.Environ(), env...)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.lines)
		scanner := bufio.NewScanner(out)
		scanner.Buffer(nil, 16<<20)
		for scanner.Scan() {
			p.lines <- scanner.Text()
		}
	}()
	t.Cleanup(func() {
		p.kill()
		if strings.Contains(p.errs.String(), "DATA RACE") {
			t.Errorf("%v has a data race", args)
		}
		if t.Failed() {
			t.Logf("log of %v:\n%s", args, p.errs)
		}
	})
	return p
}

// line returns the next line that fits; it fails the test when there is none.
func (p *process) line(fits func(string) bool) string {
	p.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				p.t.Fatalf("%v ended without the line that was due", p.cmd.Args[1:])
			}
			if fits(line) {
				return line
			}
		case <-timeout:
			p.t.Fatalf("%v: no such line in time", p.cmd.Args[1:])
		}
	}
}

// hears reports whether the process prints something within a second.
func (p *process) hears() bool {
	select {
	case _, ok := <-p.lines:
		return ok
	case <-time.After(time.Second):
		return false
	}
}

// wait returns the exit status when the process has ended by itself.
func (p *process) wait() int {
	p.t.Helper()
	timer := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	for range p.lines { // read to the end, so that the pipe does not block it
	}
	p.ended = true
	return exitStatus(p.t, p.cmd.Wait())
}

// kill is kill -9.
func (p *process) kill() {
	if p.ended {
		return
	}
	p.ended = true
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}
