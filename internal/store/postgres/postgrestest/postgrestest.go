// Package postgrestest starts PostgreSQL servers for tests: real ones, each in a temporary
// folder and reached by a socket in it.
package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// startTime bounds how long a server may take to start or to stop.
const startTime = 30 * time.Second

// errMissing: PostgreSQL is not installed.
var errMissing = errors.New("PostgreSQL is not installed; on Debian: apt-get install postgresql")

// Server is a running PostgreSQL server.
type Server struct {
	dir, bin string
	uid, gid int
	fsync    bool
	cmd      *exec.Cmd
	// ended is closed when the process has ended.
	ended chan struct{}
}

// Start makes a database cluster and starts a server on it. Without fsync a crash of the
// machine may lose what was committed; a crash of the server does not.
func Start(fsync bool) (_ *Server, err error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, uid: os.Getuid(), gid: os.Getgid(), fsync: fsync}
	if s.dir, err = os.MkdirTemp("", "parley-postgres-"); err != nil {
		return nil, err
	}
	if err = s.initialise(); err == nil {
		err = s.Restart()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	return s, nil
}

// findBinaries returns the folder with initdb and postgres, the newest if there are several.
func findBinaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.Join(errMissing, err)
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// initialise makes the cluster. PostgreSQL refuses to run as root, which therefore gives it
// the user that Debian makes for it, or nobody.
func (s *Server) initialise() error {
	if s.uid == 0 {
		account, err := user.Lookup("postgres")
		if err != nil {
			account, err = user.Lookup("nobody")
		}
		if err != nil {
			return err
		}
		if s.uid, err = strconv.Atoi(account.Uid); err != nil {
			return err
		}
		if s.gid, err = strconv.Atoi(account.Gid); err != nil {
			return err
		}
		if err := os.Chown(s.dir, s.uid, s.gid); err != nil {
			return err
		}
	}
	cmd := s.command("initdb", "-D", s.data(), "-U", "parley", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...) //nolint:gosec // a program of PostgreSQL
	cmd.Dir = s.dir
	cmd.SysProcAttr = attributes(s.uid, s.gid)
	return cmd
}

// Restart starts the server again after Kill, whose children may take a moment to end.
func (s *Server) Restart() (err error) {
	for deadline := time.Now().Add(startTime); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = s.start(); err == nil {
			return nil
		}
	}
	return err
}

func (s *Server) start() error {
	fsync := "off"
	if s.fsync {
		fsync = "on"
	}
	args := []string{"-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=" + fsync, "-c", "max_connections=300", "-c", "shared_buffers=64MB"}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the server has its own
	s.cmd, s.ended = s.command("postgres", args...), make(chan struct{})
	s.cmd.Stderr = log
	started := make(chan error)
	// The thread stays as long as the server, which ends with it.
	go func(cmd *exec.Cmd, ended chan struct{}) {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // Kill ends it with an error
		}
		close(ended)
	}(s.cmd, s.ended)
	if err := <-started; err != nil {
		return err
	}
	return s.await()
}

// await waits until the server answers.
func (s *Server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-s.ended:
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("the server ended: %w\n%s", err, log)
		case <-ctx.Done():
			return err
		}
	}
}

// URL is the connection string of a database.
func (s *Server) URL(database string) string {
	return "host=" + s.dir + " user=parley dbname=" + database
}

// Socket is the path of the socket, for programs that are told it so.
func (s *Server) Socket() string { return filepath.Join(s.dir, ".s.PGSQL.5432") }

// PID is the process that the others of the server are children of.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Kill ends the server as a crash does.
func (s *Server) Kill() error {
	err := s.cmd.Process.Kill()
	<-s.ended
	return err
}

// Stop ends the server and removes its data.
func (s *Server) Stop() error {
	err := s.cmd.Process.Signal(os.Interrupt) // disconnects everybody
	select {
	case <-s.ended:
	case <-time.After(startTime):
		err = errors.Join(err, s.Kill())
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// CreateDatabase makes an empty database and returns its connection string.
func (s *Server) CreateDatabase(ctx context.Context, name string) (string, error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return s.URL(name), errors.Join(err, conn.Close(ctx))
}

// shared is the server of the tests of one package, started by the first that needs it.
var shared struct {
	once   sync.Once
	server *Server
	err    error
	last   atomic.Int64
}

// Run runs the tests of a package and stops their server; it is for TestMain.
func Run(m *testing.M) int {
	code := m.Run()
	if shared.server != nil {
		if err := shared.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
		}
	}
	return code
}

// Database returns the connection string of an empty database for one test, on a server that
// all tests of the package share and that does without fsync. A package that uses it has a
// TestMain with Run.
func Database(t testing.TB) string {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = Start(false) })
	Need(t, shared.err)
	connection, err := shared.server.CreateDatabase(t.Context(), fmt.Sprintf("test%d", shared.last.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	return connection
}

// Own starts a server for one test, as Start does, and returns it with the connection string of its
// database "parley". It ends with the test.
func Own(t testing.TB, fsync bool) (server *Server, connection string) {
	t.Helper()
	server, err := Start(fsync)
	Need(t, err)
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	if connection, err = server.CreateDatabase(t.Context(), "parley"); err != nil {
		t.Fatal(err)
	}
	return server, connection
}

// Need ends a test whose server could not be started: it is skipped where PostgreSQL is not
// installed, but not in CI.
func Need(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errMissing) && os.Getenv("CI") == "":
		t.Skipf("SKIPPED: POSTGRESQL WAS NOT TESTED. %v", err)
	default:
		t.Fatal(err)
	}
}
