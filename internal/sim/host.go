package sim

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"parley/client"
	"parley/ident"
	"parley/internal/notify"
	"parley/internal/obs"
	"parley/internal/relay"
	"parley/internal/store"
	"parley/internal/store/sqlite"
)

// relayURL is what devices know the relay by.
const relayURL = "https://relay.example"

// host runs the relay on its store.
type host struct {
	t       *testing.T
	dir     string
	network *network
	store   store.Store
	core    atomic.Pointer[relay.Relay]
	// lifetime is how long entries are kept.
	lifetime time.Duration
}

// entryLifetime is less than a linked device may be away, more than a primary may.
const entryLifetime = 20 * 24 * time.Hour

func newHost(t *testing.T, n *network) *host {
	return &host{t: t, dir: t.TempDir(), network: n, lifetime: entryLifetime}
}

func (h *host) start() {
	if h.core.Load() != nil {
		return
	}
	st, err := sqlite.Open(context.Background(), h.dir, sqlite.Options{})
	if err != nil {
		h.t.Fatal(err)
	}
	settings := relay.DefaultSettings()
	settings.LinksPerHour = 1000
	settings.PINCost = relay.PINCost{Passes: 1, MemoryKiB: 64, Threads: 1}
	settings.EntryLifetime = h.lifetime
	core, err := relay.New(context.Background(), relay.Parts{
		Store: st, Sender: notify.NewConsole(io.Discard, time.Now), Settings: settings, Log: slog.New(slog.DiscardHandler),
		Metrics: new(obs.Registry), Now: time.Now, Random: rand.Reader,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.store = st
	h.core.Store(core)
}

// kill ends the relay at once: connections break, answers on their way are lost,
// and what was written to the store stays.
func (h *host) kill() {
	core := h.core.Swap(nil)
	if core == nil {
		return
	}
	h.network.each("", (*connection).cut)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	core.Shutdown(ctx)
	if err := h.store.Close(); err != nil {
		h.t.Errorf("close the store: %v", err)
	}
}

// falsify changes what the relay has kept.
func (h *host) falsify(statement string) {
	h.kill()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(h.dir, sqlite.FileName))
	if err == nil {
		_, err = db.ExecContext(context.Background(), statement)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		h.t.Fatal(err)
	}
	h.start()
}

func (h *host) invite(phone ident.Phone) string {
	code, _, err := relay.Invite(context.Background(), h.store, rand.Reader, time.Now(), phone)
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

var errNoNetwork = errors.New("no network")

// dial connects a device to the relay.
func (h *host) dial(ctx context.Context, d *device) (client.Conn, error) {
	select {
	case <-time.After(20 * time.Millisecond):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	core := h.core.Load()
	if core == nil || !d.online.Load() {
		return nil, errNoNetwork
	}
	c := h.network.connect(d.name)
	session := core.Open(relayEnd{c}, "192.0.2.1")
	if session == nil {
		c.cut()
		return nil, errNoNetwork
	}
	go h.serve(c, session) //nolint:gosec // a connection outlives the call that dialed it
	return deviceEnd{c}, nil
}

// serve gives frames to the relay until the connection ends.
func (h *host) serve(c *connection, session *relay.Session) {
	for {
		message, err := c.up.take(context.Background(), silence)
		if err != nil || !session.Receive(message) {
			relayEnd{c}.Close()
			session.Close()
			return
		}
	}
}
