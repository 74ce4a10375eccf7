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

// torment is something that happens, which is over when it returns.
type torment func(ctx context.Context, random *rand.Rand)

// suffer has things happen to a relay until ctx ends, and leaves a whole one behind.
func (r *relay) suffer(ctx context.Context, random *rand.Rand, torments []torment) {
	for sleep(ctx, 200*time.Millisecond+upTo(random, 2500*time.Millisecond)) {
		torments[random.IntN(len(torments))](ctx, random)
	}
	r.restart(ctx, random)
}

// torments are what may happen to a relay on SQLite, one as likely as the other.
func (r *relay) torments() []torment { return []torment{r.restart, r.failDisk, r.stop} }

// restart kills the relay and starts it again.
func (r *relay) restart(_ context.Context, random *rand.Rand) {
	r.kills++
	r.kill()
	time.Sleep(upTo(random, 400*time.Millisecond))
	r.start()
}

// failDisk makes writing fail for a while.
func (r *relay) failDisk(ctx context.Context, random *rand.Rand) {
	r.forbidden++
	r.forbidWriting(uint64(random.IntN(1 << 20)))
	sleep(ctx, upTo(random, 1200*time.Millisecond))
	r.forbidWriting(unix.RLIM_INFINITY)
}

// stop stops the process for a while.
func (r *relay) stop(ctx context.Context, random *rand.Rand) {
	r.stops++
	r.signal(syscall.SIGSTOP)
	sleep(ctx, upTo(random, 800*time.Millisecond))
	r.signal(syscall.SIGCONT)
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

// upTo is a time below d.
func upTo(random *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(random.Int64N(int64(d)))
}
