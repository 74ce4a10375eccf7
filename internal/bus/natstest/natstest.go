// Package natstest starts NATS servers for tests: real ones, of the version that tools/nats/go.mod
// names.
package natstest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// startTime bounds how long a server may take to start.
const startTime = 20 * time.Second

// Server is a NATS server in a process, always at the same address.
type Server struct {
	address string
	args    []string
	cmd     *exec.Cmd
	log     bytes.Buffer
}

// binary is the program, built once.
var binary = sync.OnceValues(func() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	build := exec.Command("go", "tool", "-n", "nats-server")
	build.Dir = filepath.Join(filepath.Dir(file), "..", "..", "..", "tools", "nats")
	// Not the flags of the tests, which would build it for them alone.
	build.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	var failure bytes.Buffer
	build.Stderr = &failure
	out, err := build.Output()
	if err != nil {
		return "", fmt.Errorf("build nats-server: %w\n%s", err, failure.String())
	}
	return strings.TrimSpace(string(out)), nil
})

// Start starts a server on a free port of this machine, with more arguments.
func Start(args ...string) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{address: l.Addr().String(), args: args}
	if err := l.Close(); err != nil {
		return nil, err
	}
	return s, s.Restart()
}

// URL is where the server is.
func (s *Server) URL() string { return "nats://" + s.address }

// Restart starts the server again after Kill; it returns when it takes connections.
func (s *Server) Restart() error {
	path, err := binary()
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(s.address)
	if err != nil {
		return err
	}
	s.cmd = exec.Command(path, append([]string{"--addr", host, "--port", port}, s.args...)...) //nolint:gosec // the program of tools/nats
	s.cmd.Stderr = &s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(startTime); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", s.address)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) {
			return errors.Join(err, s.Kill(), errors.New(s.log.String()))
		}
	}
}

// Kill ends the server as a crash does.
func (s *Server) Kill() error {
	err := s.cmd.Process.Kill()
	_ = s.cmd.Wait() // it was killed
	return err
}
