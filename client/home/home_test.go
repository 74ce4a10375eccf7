package home_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"parley/client/api"
	"parley/client/apitest"
	"parley/client/home"
)

// device is a core that any "process" of a test may open, one at a time, as
// the database on disk would be.
type device struct {
	t    *testing.T
	dir  string
	core *apitest.Core

	mu     sync.Mutex
	opened int
	open   bool
}

// session is the device opened once.
type session struct {
	*apitest.Core
	device *device
}

func newDevice(t *testing.T) *device {
	return &device{t: t, dir: t.TempDir() + "/home", core: apitest.New()}
}

func (d *device) Open(context.Context) (home.Core, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open {
		d.t.Error("the device was opened twice at a time")
	}
	d.open = true
	d.opened++
	return session{d.core, d}, nil
}

func (s session) Close() error {
	s.device.mu.Lock()
	defer s.device.mu.Unlock()
	s.device.open = false
	return nil
}

func (d *device) attach() *home.Home {
	d.t.Helper()
	h, err := home.Attach(d.t.Context(), home.Config{Dir: d.dir, Open: d.Open, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		d.t.Fatal(err)
	}
	return h
}

func status(t *testing.T, h *home.Home) api.Status {
	t.Helper()
	s, err := api.Call(t.Context(), h, api.GetStatus, api.None{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestHome_SecondProcessWorksThroughTheFirst(t *testing.T) {
	d := newDevice(t)
	first := d.attach()
	defer first.Close()
	second := d.attach()
	defer second.Close()
	got := make(chan string, 10)
	second.Subscribe(func(event string, _ json.RawMessage) { got <- event })
	if s := status(t, second); s.Phone != "+32470000001" {
		t.Errorf("status %+v", s)
	}
	d.core.Receive("+32470000002", "hi")
	if event := <-got; event != api.OnMessage.Name {
		t.Errorf("event %q, want the message", event)
	}
	if d.opened != 1 {
		t.Errorf("opened %d times, want once", d.opened)
	}
}

func TestHome_SecondTakesOverWhenTheFirstEnds(t *testing.T) {
	d := newDevice(t)
	first, second := d.attach(), d.attach()
	defer second.Close()
	got := make(chan string, 10)
	second.Subscribe(func(event string, _ json.RawMessage) { got <- event })
	status(t, second)
	first.Close()
	if event := <-got; event != api.OnReset.Name {
		t.Errorf("event %q, want reset", event)
	}
	status(t, second)
	if d.opened != 2 {
		t.Errorf("opened %d times, want a second time", d.opened)
	}
}

// A message that was being sent when the first process ended goes out once.
func TestHome_CallUnderWayIsRepeatedOnce(t *testing.T) {
	d := newDevice(t)
	first, second := d.attach(), d.attach()
	defer second.Close()
	chat, err := api.Call(t.Context(), second, api.OpenChat, api.OpenChatParams{Phone: "+32470000002"})
	if err != nil {
		t.Fatal(err)
	}
	d.core.SetOnline(false)
	pending := make(chan struct{}, 10)
	d.core.Subscribe(func(event string, _ json.RawMessage) {
		if event == api.OnMessage.Name {
			pending <- struct{}{}
		}
	})
	sent := make(chan error, 1)
	go func() {
		_, err := api.Call(t.Context(), second, api.Send, api.SendParams{ChatID: chat.ID, Text: "once", Wait: true})
		sent <- err
	}()
	<-pending
	first.Close()
	d.core.SetOnline(true)
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	page, err := api.Call(t.Context(), second, api.ListMessages, api.MessagesParams{ChatID: chat.ID})
	if err != nil || len(page.Messages) != 1 || page.Messages[0].Status != api.MessageSent {
		t.Errorf("messages %+v, error %v, want one sent", page.Messages, err)
	}
}

func TestHome_ManyAtATime(t *testing.T) {
	d := newDevice(t)
	var processes sync.WaitGroup
	for i := range 20 {
		processes.Go(func() {
			h := d.attach()
			defer h.Close()
			chat, err := api.Call(t.Context(), h, api.OpenChat, api.OpenChatParams{Phone: fmt.Sprintf("+3247000%04d", i)})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := api.Call(t.Context(), h, api.Send, api.SendParams{ChatID: chat.ID, Text: "hi"}); err != nil {
				t.Error(err)
			}
		})
	}
	processes.Wait()
	h := d.attach()
	defer h.Close()
	chats, err := api.Call(t.Context(), h, api.ListChats, api.None{})
	if err != nil || len(chats.Chats) != 20 {
		t.Errorf("%d chats, error %v, want 20", len(chats.Chats), err)
	}
}

func TestHome_OnlyTheUserMayReadIt(t *testing.T) {
	d := newDevice(t)
	h := d.attach()
	for path, want := range map[string]fs.FileMode{"": 0o700, "core.lock": 0o600, "core.sock": 0o600} {
		info, err := os.Stat(filepath.Join(d.dir, path))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q has mode %v, error %v, want %v", path, info.Mode(), err, want)
		}
	}
	h.Close()
	if _, err := os.Stat(filepath.Join(d.dir, "core.sock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestHome_FolderOfOthersIsRefusedUntouched(t *testing.T) {
	d := newDevice(t)
	if err := os.MkdirAll(d.dir+"/photos", 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := home.Attach(t.Context(), home.Config{Dir: d.dir, Open: d.Open, Log: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, home.ErrForeign) {
		t.Fatalf("error %v, want %v", err, home.ErrForeign)
	}
	info, err := os.Stat(d.dir)
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v, error %v, want it as it was", info.Mode(), err)
	}
}

func TestHome_LongPathHasItsSocketElsewhere(t *testing.T) {
	d := newDevice(t)
	d.dir += strings.Repeat("/long-name-of-a-folder", 6)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	first, second := d.attach(), d.attach()
	status(t, second)
	if d.opened != 1 {
		t.Errorf("opened %d times, want once", d.opened)
	}
	second.Close()
	first.Close()
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("left behind %v, error %v", left, err)
	}
}

func TestHome_OpenFailureIsReportedAndLeavesTheHomeFree(t *testing.T) {
	d := newDevice(t)
	broken := errors.New("broken database")
	config := home.Config{Dir: d.dir, Log: slog.New(slog.DiscardHandler), Open: func(context.Context) (home.Core, error) { return nil, broken }}
	if _, err := home.Attach(t.Context(), config); !errors.Is(err, broken) {
		t.Fatalf("error %v, want %v", err, broken)
	}
	d.attach().Close()
}

// A process that could not take the place of the first says so, and goes on
// trying.
func TestHome_FailedTakeoverIsToldAndTriedAgain(t *testing.T) {
	d := newDevice(t)
	first := d.attach()
	broken := errors.New("disk is full")
	mended := make(chan struct{})
	open := func(ctx context.Context) (home.Core, error) {
		select {
		case <-mended:
			return d.Open(ctx)
		default:
			return nil, broken
		}
	}
	second, err := home.Attach(t.Context(), home.Config{Dir: d.dir, Open: open, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	got := make(chan string, 10)
	second.Subscribe(func(event string, _ json.RawMessage) { got <- event })
	status(t, second)
	first.Close()
	if event := <-got; event != api.OnReset.Name {
		t.Errorf("event %q after the failure, want reset", event)
	}
	if _, err := api.Call(t.Context(), second, api.GetStatus, api.None{}); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	close(mended)
	if event := <-got; event != api.OnReset.Name {
		t.Errorf("event %q after the success, want reset", event)
	}
	status(t, second)
}

func TestHome_ClosedWhileItTriesAgain(t *testing.T) {
	d := newDevice(t)
	first := d.attach()
	open := func(context.Context) (home.Core, error) { return nil, errors.New("disk is full") }
	second, err := home.Attach(t.Context(), home.Config{Dir: d.dir, Open: open, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 10)
	second.Subscribe(func(event string, _ json.RawMessage) { got <- event })
	first.Close()
	<-got
	second.Close()
	if _, err := api.Call(t.Context(), second, api.GetStatus, api.None{}); err == nil {
		t.Error("a closed home answered")
	}
}

// TestMain is also the process that gets killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("HOME_TEST_HOLD"); dir != "" {
		hold(dir)
	}
	os.Exit(m.Run())
}

func hold(dir string) {
	open := func(context.Context) (home.Core, error) { return apitest.New(), nil }
	if _, err := home.Attach(context.Background(), home.Config{Dir: dir, Open: open, Log: slog.Default()}); err != nil {
		panic(err)
	}
	fmt.Println("held")
	select {}
}

func TestHome_KilledProcessLeavesNothingInTheWay(t *testing.T) {
	for _, c := range []struct{ name, below string }{{"short path", ""}, {"long path", strings.Repeat("/long-name-of-a-folder", 6)}} {
		t.Run(c.name, func(t *testing.T) {
			d := newDevice(t)
			d.dir += c.below
			other := holdInProcess(t, d.dir)
			h := d.attach()
			defer h.Close()
			status(t, h)
			if d.opened != 0 {
				t.Fatal("opened although another process holds the home")
			}
			got := make(chan string, 10)
			h.Subscribe(func(event string, _ json.RawMessage) { got <- event })
			if err := other.Kill(); err != nil {
				t.Fatal(err)
			}
			if event := <-got; event != api.OnReset.Name {
				t.Errorf("event %q, want reset", event)
			}
			status(t, h)
			if d.opened != 1 {
				t.Errorf("opened %d times, want once", d.opened)
			}
		})
	}
}

// holdInProcess starts a process that has the home open.
func holdInProcess(t *testing.T, dir string) *os.Process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "HOME_TEST_HOLD="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	if _, err := out.Read(make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	return cmd.Process
}
