package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"parley/internal/config"
	"parley/internal/relay/busy"
	"parley/internal/relay/relaytest"
	"parley/internal/store/postgres/postgrestest"
	"parley/wire"
)

// beParley makes the test binary run as parley itself.
const beParley = "PARLEY_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(beParley) != "" {
		main()
	}
	os.Exit(postgrestest.Run(m))
}

// process is a relay in a process of its own.
type process struct {
	*exec.Cmd
	url, data string
	// config is --config with its file, if the relay has one.
	config []string
	stderr bytes.Buffer
}

// parley returns a command line of the binary.
func parley(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Env = append(os.Environ(), beParley+"=1")
	return c
}

// startRelay runs parley serve on a data folder and waits until it listens.
func startRelay(t testing.TB, data string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: parley(context.Background(), append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0"}, args...)...), data: data}
	if i := slices.Index(args, "--config"); i >= 0 {
		p.config = args[i : i+2]
	}
	p.Stderr = &p.stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the relay did not start: %v %s", err, p.stderr.String())
	}
	p.url = strings.Fields(strings.TrimPrefix(line, "Parley listens on "))[0]
	return p
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	_ = p.Process.Kill() // it may have ended
	_ = p.Wait()
}

func (p *process) dial(t testing.TB) relaytest.Socket {
	t.Helper()
	s, err := relaytest.Dial(t.Context(), p.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// register makes an account with a code of parley admin, beside the relay.
func (p *process) register(t testing.TB, phone string) *relaytest.Device {
	t.Helper()
	var code, stderr bytes.Buffer
	args := []string{"admin", "invite", "--data", p.data, "--phone", phone}
	args = append(args, p.config...)
	if status := run(t.Context(), args, streams{strings.NewReader(""), &code, &stderr}); status != exitDone {
		t.Fatalf("admin invite ended with %d: %s", status, stderr.String())
	}
	d, err := relaytest.Register(p.dial(t), phone, strings.TrimSpace(code.String()))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What the relay has acknowledged survives kill -9, and nothing is there twice
// after its devices have sent again what was not.
func TestKilledRelayLosesNothing(t *testing.T) {
	relay := startRelay(t, t.TempDir(), "--config", unlimited(t))
	testLosesNothing(t, relay, killRelay, killRelay)
}

// disaster happens to a relay under load. What it returns is called after all connections
// have ended or settled, and returns the relay with which to go on.
type disaster func(*testing.T, *process) (after func() *process)

func killRelay(t *testing.T, relay *process) func() *process {
	relay.kill()
	return func() *process { return startRelay(t, relay.data, relay.config...) }
}

func testLosesNothing(t *testing.T, relay *process, disasters ...disaster) {
	const pairs, messages = 4, 300
	senders, conversations := make([]*relaytest.Device, pairs), make([][]byte, pairs)
	var receivers []*relaytest.Device
	for i := range pairs {
		senders[i] = relay.register(t, fmt.Sprintf("+3247012340%d", i))
		receivers = append(receivers, relay.register(t, fmt.Sprintf("+3247012341%d", i)))
		var err error
		if conversations[i], err = senders[i].Direct(receivers[i]); err != nil {
			t.Fatal(err)
		}
	}
	unsent := make([][]*wire.Send, pairs)
	for i := range pairs {
		for n := range messages {
			unsent[i] = append(unsent[i], relaytest.Text(conversations[i], fmt.Sprintf("message %d", n)))
		}
	}
	for round := range len(disasters) + 1 {
		var wg sync.WaitGroup
		enough := make(chan struct{}, pairs*messages)
		for i := range pairs {
			wg.Go(func() {
				unsent[i] = sendAll(senders[i], unsent[i], enough)
				for tries := 0; len(unsent[i]) > 0 && round == len(disasters) && tries < 10; tries++ {
					time.Sleep(busy.Soon) // a busy relay says so
					unsent[i] = sendAll(senders[i], unsent[i], enough)
				}
			})
		}
		settled := make(chan struct{})
		go func() {
			wg.Wait()
			close(settled)
		}()
		if round == len(disasters) {
			<-settled
			break
		}
		for n := 0; n < pairs*messages/8; n++ {
			select {
			case <-enough:
			case <-settled: // nothing was left to send
				n = pairs * messages
			}
		}
		after := disasters[round](t, relay)
		<-settled
		relay = after()
		for i := range pairs {
			if err := senders[i].Connect(relay.dial(t)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range pairs {
		if len(unsent[i]) != 0 {
			t.Fatalf("pair %d has %d messages left", i, len(unsent[i]))
		}
		if err := receivers[i].Connect(relay.dial(t)); err != nil {
			t.Fatal(err)
		}
		checkFeed(t, receivers[i], messages)
	}
}

// sendAll sends messages without waiting between them, and returns those that
// were refused or not acknowledged before the connection ended.
func sendAll(d *relaytest.Device, messages []*wire.Send, acknowledged chan<- struct{}) (left []*wire.Send) {
	waiting := make(map[uint64]*wire.Send)
	for i, m := range messages {
		id, err := d.Start(m)
		if waiting[id] = m; err != nil {
			left = append(left, messages[i+1:]...)
			break
		}
	}
	for len(waiting) > 0 {
		f, err := d.Next()
		if err != nil {
			break
		}
		response, ok := f.Body.(*wire.Response)
		if !ok {
			continue
		}
		if _, ok := response.Result.(*wire.SendResult); ok {
			acknowledged <- struct{}{}
		} else {
			left = append(left, waiting[f.ID])
		}
		delete(waiting, f.ID)
	}
	for _, m := range waiting {
		left = append(left, m)
	}
	return left
}

// checkFeed holds a feed to having each of n messages once, in order.
func checkFeed(t *testing.T, d *relaytest.Device, n int) {
	t.Helper()
	seen := make(map[string]bool)
	after, sequence := uint64(0), uint64(0)
	for {
		page, err := relaytest.Call[*wire.PullResult](d, &wire.Pull{After: after})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Entries {
			if sequence++; e.Sequence != sequence || seen[string(e.MessageID)] {
				t.Fatalf("entry %d follows %d, or came twice", e.Sequence, sequence-1)
			}
			seen[string(e.MessageID)] = true
		}
		if after = page.Next; page.Next == page.Head {
			break
		}
	}
	if len(seen) != n+1 {
		t.Errorf("%d entries are there, want %d", len(seen), n+1)
	}
}

// unlimited writes a configuration whose limits do not stand in the way.
func unlimited(t testing.TB, change ...func(*config.Config)) string {
	t.Helper()
	c := config.DefaultConfig()
	c.Limits.SendsPerSecond, c.Limits.SendBurst = 1_000_000, 1_000_000
	c.Limits.CallsPerSecond, c.Limits.CallBurst = 1_000_000, 1_000_000
	c.Limits.CodesPerAddress = 10_000
	c.Log.Level = "warn"
	for _, change := range change {
		change(&c)
	}
	var text bytes.Buffer
	if err := config.WriteSample(&text, c); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "parley.toml")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestServeStopsGracefully(t *testing.T) {
	relay := startRelay(t, t.TempDir())
	d := relay.register(t, "+32470123456")
	response, err := http.Get(relay.url + "/healthz")
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("health: %v %v", response, err)
	}
	response.Body.Close()
	if err := relay.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	f, err := d.Next()
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := f.Body.(*wire.Event); !ok {
		t.Errorf("the device heard %+v", f)
	} else if _, ok := e.Happening.(*wire.Closing); !ok {
		t.Errorf("the device heard %+v", e)
	}
	if err := relay.Wait(); err != nil {
		t.Errorf("the relay ended with %v: %s", err, relay.stderr.String())
	}
	if strings.Contains(relay.stderr.String(), "470123456") {
		t.Errorf("the log has a phone number:\n%s", relay.stderr.String())
	}
}

func TestAdminListsAccountsAndDevices(t *testing.T) {
	relay := startRelay(t, t.TempDir())
	d := relay.register(t, "+32470123456")
	var accounts []struct {
		Account, Phone string
		Devices        int
	}
	status, out, stderr := command(t, "admin", "accounts", "--json", "--data", relay.data)
	if err := json.Unmarshal([]byte(out), &accounts); status != exitDone || err != nil {
		t.Fatalf("admin accounts: %d %v %s", status, err, stderr)
	}
	if len(accounts) != 1 || accounts[0].Account != d.Account.String() || accounts[0].Devices != 1 {
		t.Errorf("the accounts are %+v", accounts)
	}
	var devices []struct {
		Device, Platform string
		Primary          bool
	}
	status, out, stderr = command(t, "admin", "devices", "--json", "--data", relay.data)
	if err := json.Unmarshal([]byte(out), &devices); status != exitDone || err != nil {
		t.Fatalf("admin devices: %d %v %s", status, err, stderr)
	}
	if len(devices) != 1 || devices[0].Device != d.ID.String() || !devices[0].Primary || devices[0].Platform != "cli" {
		t.Errorf("the devices are %+v", devices)
	}
}

// Two relays on one folder would not know each other's connections.
func TestSecondRelayIsRefused(t *testing.T) {
	relay := startRelay(t, t.TempDir())
	status, _, stderr := command(t, "serve", "--data", relay.data, "--listen", "127.0.0.1:0")
	if status != exitFailed || !strings.Contains(stderr, "another relay") {
		t.Errorf("exit status %d, stderr: %s", status, stderr)
	}
}

func TestServeAndAdminUsage(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.toml")
	if err := os.WriteFile(broken, []byte("colour = 1\nlisten = \"x\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		want int
		says string
	}{
		{"sample", []string{"serve", "--print-config"}, exitDone, ""},
		{"bad phone", []string{"admin", "invite", "--data", t.TempDir(), "--phone", "12"}, exitUsage, "+32470123456"},
		{"broken file", []string{"serve", "--config", broken}, exitUsage, "colour is not a setting"},
		{"no such file", []string{"serve", "--config", broken + "x"}, exitUsage, "open the configuration"},
		{"bad address", []string{"serve", "--data", t.TempDir(), "--listen", "nowhere"}, exitUsage, "listen"},
		{"folder that cannot be", []string{"admin", "accounts", "--data", broken}, exitFailed, "data folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, _, stderr := command(t, c.args...)
			if status != c.want || !strings.Contains(stderr, c.says) {
				t.Errorf("exit status %d, want %d; stderr: %s", status, c.want, stderr)
			}
		})
	}
}
