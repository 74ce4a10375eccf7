package home

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// Names of the files in a home that belong to this package.
const (
	lockName   = "core.lock"
	socketName = "core.sock"
	recordName = "core.socket"
)

// maxSocketPath is the length of a socket's path that all systems take: they
// have 104 to 108 bytes for it.
const maxSocketPath = 100

// socket is where a process serves the core.
type socket struct {
	net.Listener
	dir     string
	tempDir string // empty if the socket is in the home
}

// listen makes the socket of a home, whose lock the caller holds. What a
// killed process left is removed.
func listen(ctx context.Context, dir string) (*socket, error) {
	if err := removeStale(dir); err != nil {
		return nil, fmt.Errorf("remove old socket: %w", err)
	}
	s := &socket{dir: dir}
	path := filepath.Join(dir, socketName)
	if len(path) > maxSocketPath {
		var err error
		if s.tempDir, err = os.MkdirTemp("", "parley-"); err != nil {
			return nil, fmt.Errorf("make folder for the socket: %w", err)
		}
		path = filepath.Join(s.tempDir, socketName)
		if err := os.WriteFile(filepath.Join(dir, recordName), []byte(path), 0o600); err != nil {
			return nil, errors.Join(err, os.RemoveAll(s.tempDir))
		}
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("serve the core: %w", err)
	}
	s.Listener = listener
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

// remove closes the socket and leaves no trace of it.
func (s *socket) remove() error {
	err := s.Close()
	return errors.Join(err, removeStale(s.dir))
}

func removeStale(dir string) error {
	err := removeFile(filepath.Join(dir, socketName))
	record := filepath.Join(dir, recordName)
	path, readErr := os.ReadFile(record)
	if readErr != nil {
		return err
	}
	if elsewhere := filepath.Dir(string(path)); strings.HasPrefix(filepath.Base(elsewhere), "parley-") {
		err = errors.Join(err, removeFile(string(path)), removeFile(elsewhere))
	}
	return errors.Join(err, removeFile(record))
}

// removeFile removes a file or an empty folder, or nothing if there is none.
func removeFile(path string) error {
	err := os.Remove(path) //nolint:gosec // only the user can write the record of the path
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// dial connects to the socket of a home.
func dial(dir string) (net.Conn, error) {
	path := filepath.Join(dir, socketName)
	if elsewhere, err := os.ReadFile(filepath.Join(dir, recordName)); err == nil {
		path = string(elsewhere)
	}
	return net.Dial("unix", path)
}
