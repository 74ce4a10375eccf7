package torture_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// relay is a relay in a process of its own, always at the same address.
type relay struct {
	t             *testing.T
	data, address string
	config        string
	cmd           *exec.Cmd
	log           bytes.Buffer
	// What was done to it.
	kills, forbidden, stops int
}

const relayConfig = `[log]
level = "error"
[limits]
sends_per_second = 1000000
send_burst = 1000000
calls_per_second = 1000000
call_burst = 1000000
codes_per_address = 1000000
`

// newRelay starts a relay, with more settings than relayConfig has.
func newRelay(t *testing.T, settings string) *relay {
	t.Helper()
	dir := t.TempDir()
	r := &relay{t: t, data: filepath.Join(dir, "data"), config: filepath.Join(dir, "relay.toml"), address: freeAddress(t)}
	if err := os.WriteFile(r.config, []byte(relayConfig+settings), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start()
	t.Cleanup(r.kill)
	return r
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start returns when the relay listens.
func (r *relay) start() {
	r.t.Helper()
	r.cmd = exec.Command(binary, "serve", "--data", r.data, "--listen", r.address, "--config", r.config)
	r.cmd.Stderr = &r.log
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		r.t.Fatalf("the relay did not start again: %v\n%s", err, r.log.String())
	}
}

// kill is kill -9.
func (r *relay) kill() {
	_ = r.cmd.Process.Kill() // it may have ended
	_ = r.cmd.Wait()
}

// invite returns a code for a number.
func (r *relay) invite(phone string) string {
	r.t.Helper()
	out, err := exec.Command(binary, "admin", "invite", "--data", r.data, "--config", r.config, "--phone", phone).Output()
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// torment does what happens to relays until ctx ends, and leaves a whole one behind.
func (r *relay) torment(ctx context.Context, random *rand.Rand) {
	for sleep(ctx, time.Duration(200+random.IntN(2500))*time.Millisecond) {
		switch random.IntN(3) {
		case 0:
			r.kills++
			r.kill()
			time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond)
			r.start()
		case 1:
			r.forbidden++
			r.forbidWriting(uint64(random.IntN(1 << 20)))
			sleep(ctx, time.Duration(random.IntN(1200))*time.Millisecond)
			r.forbidWriting(unix.RLIM_INFINITY)
		default:
			r.stops++
			r.signal(syscall.SIGSTOP)
			sleep(ctx, time.Duration(random.IntN(800))*time.Millisecond)
			r.signal(syscall.SIGCONT)
		}
	}
	r.kills++
	r.kill()
	r.start()
}

// forbidWriting makes every write behind a size fail, as a disk does that is full or broken.
func (r *relay) forbidWriting(behind uint64) {
	limit := &unix.Rlimit{Cur: behind, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(r.cmd.Process.Pid, unix.RLIMIT_FSIZE, limit, nil); err != nil {
		r.t.Errorf("limit the size of files: %v", err)
	}
}

func (r *relay) signal(s syscall.Signal) {
	if err := r.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		r.t.Error(err)
	}
}

func (r *relay) String() string {
	return fmt.Sprintf("the relay was killed %d times, stopped %d times, and could not write %d times", r.kills, r.stops, r.forbidden)
}

// sleep reports false when ctx ended meanwhile.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
