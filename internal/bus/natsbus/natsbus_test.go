package natsbus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/bus"
	"parley/internal/bus/bustest"
	"parley/internal/bus/natsbus"
	"parley/internal/bus/natstest"
)

func startServer(t *testing.T, args ...string) *natstest.Server {
	t.Helper()
	server, err := natstest.Start(args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Kill() }) // a test may have done it
	return server
}

func connect(t *testing.T, o natsbus.Options) *natsbus.Bus {
	t.Helper()
	o.Log = slog.New(slog.DiscardHandler)
	b, err := natsbus.Connect(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func TestConformance(t *testing.T) {
	server := startServer(t)
	var last atomic.Int64
	bustest.Run(t, func(t *testing.T, n int) []bus.Bus {
		members, prefix := make([]bus.Bus, n), fmt.Sprintf("test%d.", last.Add(1))
		for i := range members {
			members[i] = connect(t, natsbus.Options{URLs: server.URL(), Prefix: prefix})
		}
		return members
	})
}

// Relays of different databases do not hear each other on one server.
func TestPrefix(t *testing.T) {
	server := startServer(t)
	a, b := connect(t, natsbus.Options{URLs: server.URL(), Prefix: "a."}), connect(t, natsbus.Options{URLs: server.URL(), Prefix: "b."})
	c := connect(t, natsbus.Options{URLs: server.URL(), Prefix: "a."})
	heard := make(chan string, 10)
	for _, m := range []bus.Bus{b, c} {
		if err := m.Subscribe("x", func(message []byte) { heard <- string(message) }); err != nil {
			t.Fatal(err)
		}
	}
	a.Publish("x", []byte("one"))
	if got := <-heard; got != "one" || len(heard) > 0 {
		t.Errorf("heard %q, and %d more", got, len(heard))
	}
}

// A server that goes and comes back: nobody is blocked meanwhile, and messages come again
// afterwards. It need not be there at the start.
func TestServerComesBack(t *testing.T) {
	server := startServer(t)
	early := connect(t, natsbus.Options{URLs: server.URL()})
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	late := connect(t, natsbus.Options{URLs: server.URL()})
	heard := make(chan string, 1000)
	if err := late.Subscribe("x", func(message []byte) { heard <- string(message) }); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		early.Publish("x", []byte("lost"))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := early.Request(ctx, "x", nil); !errors.Is(err, bus.ErrNoAnswer) {
		t.Errorf("a request without a server: %v", err)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	for {
		early.Publish("x", []byte("here"))
		select {
		case got := <-heard:
			if got != "here" {
				t.Errorf("%q came late", got)
			}
			return
		case <-time.After(20 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("nothing came")
		}
	}
}

// What an operator has set wrongly is said at the start, without the password.
func TestMistakes(t *testing.T) {
	const secret = "correct-horse"
	server := startServer(t, "--user", "parley", "--pass", secret)
	var mu sync.Mutex
	var log bytes.Buffer
	for name, o := range map[string]natsbus.Options{
		"no password":    {URLs: server.URL()},
		"wrong password": {URLs: strings.Replace(server.URL(), "//", "//parley:"+secret+"2@", 1)},
		"no file":        {URLs: server.URL(), Credentials: "/nowhere/relay.creds"},
		"no authority":   {URLs: server.URL(), Authorities: "/nowhere/ca.pem"},
		"no certificate": {URLs: server.URL(), Certificate: "/nowhere/relay.pem", Key: "/nowhere/relay.key"},
		"not an address": {URLs: "nats://%zz:" + secret + "@/"},
	} {
		o.Log = slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, nil))
		b, err := natsbus.Connect(o)
		if err == nil {
			b.Close()
			t.Errorf("%s: it was taken", name)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	b := connect(t, natsbus.Options{URLs: strings.Replace(server.URL(), "//", "//parley:"+secret+"@", 1)})
	if !b.IsConnected() {
		t.Error("the right password was refused")
	}
	mu.Lock()
	defer mu.Unlock()
	if strings.Contains(log.String(), secret) {
		t.Errorf("the password is in the log: %s", log.String())
	}
}

// lockedWriter is written to by several goroutines.
type lockedWriter struct {
	mu  *sync.Mutex
	out *bytes.Buffer
}

func (w lockedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(b)
}

// An operator sees what is said, and what is not.
func TestTraffic(t *testing.T) {
	server := startServer(t)
	a, b := connect(t, natsbus.Options{URLs: server.URL(), Prefix: "p."}), connect(t, natsbus.Options{URLs: server.URL(), Prefix: "p."})
	heard := make(chan []byte, 10)
	if err := b.Subscribe("s", func(m []byte) { heard <- m }); err != nil {
		t.Fatal(err)
	}
	before := b.Traffic()
	for range 3 {
		a.Publish("s", []byte("m"))
	}
	for range 3 {
		<-heard
	}
	a.Publish("s", make([]byte, bus.MaxMessage+1))
	if got, want := a.Traffic(), (natsbus.Traffic{Sent: 3, Lost: 1}); got != want {
		t.Errorf("the sender counts %+v, want %+v", got, want)
	}
	if got := b.Traffic(); got.Received-before.Received != 3 || got.Lost != 0 {
		t.Errorf("the receiver counts %+v", got)
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	for a.IsConnected() {
		time.Sleep(time.Millisecond)
	}
	a.Publish("s", []byte("m"))
	if got := a.Traffic(); got.Lost != 2 {
		t.Errorf("without a server the sender counts %+v", got)
	}
}
