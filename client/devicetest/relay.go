// Package devicetest has people with real devices at a real relay, in one
// process and over loopback, for tests: their stores are files, their network
// can be cut, and they can be stopped and started again on the same storage.
package devicetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/client"
	"parley/client/native"
	"parley/ident"
	"parley/internal/httpapi"
	"parley/internal/media"
	"parley/internal/notify"
	"parley/internal/obs"
	"parley/internal/relay"
	"parley/internal/store"
	"parley/internal/store/sqlite"
	"parley/wire"
)

// Relay is a running relay with its store in a temporary folder.
type Relay struct {
	// change changes the settings, and cutAfter is what CutFiles says.
	change   func(*relay.Settings)
	cutAfter atomic.Int64
	t        testing.TB
	dir      string
	store    store.Store
	core     *relay.Relay
	metrics  *obs.Registry
	web      *httptest.Server

	mu    sync.Mutex
	conns map[*wiretap]struct{}
	// clock is how far the relay's clock is ahead, nanoseconds.
	clock atomic.Int64
	// address is where the socket is, empty while the relay is stopped.
	address string
	// traffic is everything that passed the network, in both directions, while
	// record is set.
	record bool
	// cut decides which frames of a device break its connection instead.
	cut     func(device string, frame *wire.Frame) bool
	cutting sync.Mutex // held while cut decides
	// hold decides which frames of a device stay on their way, and until when.
	hold func(device string, frame *wire.Frame) <-chan struct{}
	// forge changes the frames that a device reads.
	forge   func(device string, frame *wire.Frame)
	traffic [][]byte
	// mails are the last texts by address.
	mails map[string]string
}

// NewRelay starts a relay; it stops with the test.
func NewRelay(t testing.TB) *Relay {
	t.Helper()
	r := &Relay{t: t, dir: t.TempDir(), conns: map[*wiretap]struct{}{}, mails: map[string]string{}}
	r.Start()
	t.Cleanup(r.Stop)
	return r
}

// Start starts the relay on its store, at a new address.
func (r *Relay) Start() {
	r.t.Helper()
	st, err := sqlite.Open(context.Background(), r.dir, sqlite.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	settings := relay.DefaultSettings()
	settings.SendsPerSecond, settings.SendBurst = 100_000, 100_000
	settings.CallsPerSecond, settings.CallBurst = 100_000, 100_000
	settings.ReconnectAfter = 10 * time.Millisecond
	settings.PINCost = relay.PINCost{Passes: 1, MemoryKiB: 64, Threads: 1}
	// Less than a device may be away.
	settings.EntryLifetime = 20 * 24 * time.Hour
	if r.change != nil {
		r.change(&settings)
	}
	blobs, err := media.OpenFolder(r.MediaDir())
	if err != nil {
		r.t.Fatal(err)
	}
	metrics := new(obs.Registry)
	core, err := relay.New(context.Background(), relay.Parts{
		Store: st, Sender: notify.NewConsole(io.Discard, time.Now), Mailer: r, Blobs: blobs, Previewer: pages{}, Settings: settings, Log: log, Metrics: metrics,
		Now: r.now, Random: rand.Reader,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.store, r.core, r.metrics = st, core, metrics
	r.web = httptest.NewServer(r.cutFiles(httpapi.New(httpapi.Options{Relay: core, Metrics: metrics, Log: log})))
	r.setAddress("ws" + r.web.URL[len("http"):] + wire.SocketPath)
}

// now is the time at the relay.
func (r *Relay) now() time.Time { return time.Now().Add(time.Duration(r.clock.Load())) }

// Pass lets time pass at the relay, and has it do what is due. Devices learn of
// the time when they connect again.
func (r *Relay) Pass(d time.Duration) {
	r.t.Helper()
	r.awaitEnds()
	r.clock.Add(int64(d))
	r.Retire(0)
}

// awaitEnds waits until the relay has noticed that devices have closed their connections: it notes
// them as active at that time. Connections that are not of devices are not waited for long.
func (r *Relay) awaitEnds() {
	for range 300 {
		var text bytes.Buffer
		if err := r.metrics.WriteText(&text); err != nil {
			r.t.Fatal(err)
		}
		_, rest, _ := strings.Cut(text.String(), "\nparley_connections ")
		open, _, _ := strings.Cut(rest, "\n")
		if n, err := strconv.Atoi(open); err != nil || n <= r.countConnections() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// countConnections returns how many connections devices have not closed.
func (r *Relay) countConnections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.conns)
}

// Stop stops the relay; connections end, the store stays.
func (r *Relay) Stop() {
	if r.core == nil {
		return
	}
	r.setAddress("")
	r.dropConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	r.core.Shutdown(ctx)
	r.web.CloseClientConnections()
	r.web.Close()
	if err := r.store.Close(); err != nil {
		r.t.Errorf("close the store: %v", err)
	}
	r.core = nil
}

// Invite makes a registration code as an operator does.
func (r *Relay) Invite(phone ident.Phone) string {
	r.t.Helper()
	code, _, err := relay.Invite(context.Background(), r.store, rand.Reader, r.now(), phone)
	if err != nil {
		r.t.Fatal(err)
	}
	return code
}

// SendMail implements relay.Mailer.
func (r *Relay) SendMail(_ context.Context, address, _, text string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mails[address] = text
	return nil
}

// MailedCode is the code in the last mail to an address, with which it begins.
func (r *Relay) MailedCode(address string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	code, _, _ := strings.Cut(r.mails[address], " ")
	return code
}

// URL is the relay's address.
func (r *Relay) URL() string { return r.web.URL }

// Record begins to keep all traffic.
func (r *Relay) Record() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.record = true
}

// Traffic returns what was recorded.
func (r *Relay) Traffic() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.traffic
}

// Cut breaks a device's connection in place of each frame it writes for which
// cut says so, which is asked of one frame at a time; nil ends that.
func (r *Relay) Cut(cut func(device string, frame *wire.Frame) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = cut
}

// Hold keeps each frame that a device writes on its way until the channel is closed that hold
// returns for it, and what comes behind it overtakes it; nil holds nothing.
func (r *Relay) Hold(hold func(device string, frame *wire.Frame) <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hold = hold
}

// Forge has a hostile relay change each frame before a device reads it; nil ends
// that.
func (r *Relay) Forge(forge func(device string, frame *wire.Frame)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forge = forge
}

// Retire removes what the relay would not keep so much later.
func (r *Relay) Retire(later time.Duration) {
	r.t.Helper()
	if err := r.core.Sweep(context.Background(), r.now().Add(later)); err != nil {
		r.t.Fatal(err)
	}
}

// Dir is the folder of the relay's store.
func (r *Relay) Dir() string { return r.dir }

func (r *Relay) setAddress(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.address = address
}

func (r *Relay) dropConnections() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		_ = c.Conn.Close() // the point is that it ends
	}
	clear(r.conns)
}

// errNoNetwork is what a device whose network is cut sees.
var errNoNetwork = errors.New("the test has cut the network")

// dial connects to wherever the relay is now.
func (r *Relay) dial(ctx context.Context, device string, online func() bool) (client.Conn, error) {
	r.mu.Lock()
	address := r.address
	r.mu.Unlock()
	if address == "" || !online() {
		return nil, errNoNetwork
	}
	conn, err := native.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	tap := &wiretap{Conn: conn, relay: r, device: device}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns[tap] = struct{}{}
	return tap, nil
}

// wiretap is a connection whose traffic can be recorded.
type wiretap struct {
	client.Conn
	relay  *Relay
	device string
}

// Close implements client.Conn.
func (w *wiretap) Close() error {
	w.relay.mu.Lock()
	delete(w.relay.conns, w)
	w.relay.mu.Unlock()
	return w.Conn.Close()
}

func (w *wiretap) Read(ctx context.Context) ([]byte, error) {
	message, err := w.Conn.Read(ctx)
	w.note(message)
	return w.forged(message), err
}

// forged is the message as the device reads it.
func (w *wiretap) forged(message []byte) []byte {
	w.relay.mu.Lock()
	forge := w.relay.forge
	w.relay.mu.Unlock()
	frame, err := wire.Decode(message)
	if err != nil || forge == nil {
		return message
	}
	forge(w.device, frame)
	return wire.Encode(frame)
}

func (w *wiretap) Write(ctx context.Context, message []byte) error {
	w.note(message)
	if w.isCut(message) {
		return errors.Join(errNoNetwork, w.Conn.Close())
	}
	if until := w.held(message); until != nil {
		go func() {
			<-until
			_ = w.Conn.Write(context.WithoutCancel(ctx), message) // in vain if the connection has ended
		}()
		return nil
	}
	return w.Conn.Write(ctx, message)
}

// held is what a message waits for; nil if it is written at once.
func (w *wiretap) held(message []byte) <-chan struct{} {
	w.relay.mu.Lock()
	hold := w.relay.hold
	w.relay.mu.Unlock()
	frame, err := wire.Decode(message)
	if err != nil || hold == nil {
		return nil
	}
	return hold(w.device, frame)
}

func (w *wiretap) isCut(message []byte) bool {
	w.relay.mu.Lock()
	cut := w.relay.cut
	w.relay.mu.Unlock()
	frame, err := wire.Decode(message)
	if err != nil || cut == nil {
		return false
	}
	w.relay.cutting.Lock()
	defer w.relay.cutting.Unlock()
	return cut(w.device, frame)
}

func (w *wiretap) note(message []byte) {
	w.relay.mu.Lock()
	defer w.relay.mu.Unlock()
	if w.relay.record {
		w.relay.traffic = append(w.relay.traffic, message)
	}
}
