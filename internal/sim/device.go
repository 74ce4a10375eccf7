package sim

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the database driver

	"parley/client"
	"parley/client/api"
	"parley/client/native"
	"parley/ident"
)

// device is a client on a storage of its own.
type device struct {
	t      *testing.T
	host   *host
	name   string
	path   string
	online atomic.Bool
	core   *client.Client // nil while closed
	// seen is when it was last known to be connected, with all that waited received.
	seen time.Time
	// hasCopy: there is a copy of its storage from before.
	hasCopy bool
}

func (w *world) newDevice(owner string) *device {
	w.devices++
	name := fmt.Sprintf("%s %d", owner, w.devices)
	d := &device{t: w.t, host: w.host, name: name, path: filepath.Join(w.t.TempDir(), "device.db"), seen: time.Now()}
	d.online.Store(true)
	d.open()
	return d
}

func (d *device) open() {
	if d.core != nil {
		return
	}
	db, err := sql.Open("sqlite", "file:"+d.path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=foreign_keys(1)")
	if err != nil {
		d.t.Fatal(err)
	}
	var out io.Writer = io.Discard
	if os.Getenv("PARLEY_TEST_LOG") != "" {
		out = os.Stderr
	}
	d.core, err = client.Open(context.Background(), client.Config{
		DB: db, Storage: api.StorageDisk, Platform: ident.PlatformCLI, DeviceName: d.name, Version: "sim",
		Log: slog.New(slog.NewTextHandler(out, nil)).With(slog.String("device", d.name)), Rand: rand.Reader, Now: time.Now,
		Dial:    func(ctx context.Context, _ string) (client.Conn, error) { return d.host.dial(ctx, d) },
		Deflate: native.Deflate, Inflate: native.Inflate,
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// close ends the device as a killed process ends: what is on its way is not awaited.
func (d *device) close() {
	if d.core == nil {
		return
	}
	d.isConnected()
	d.host.network.each(d.name, (*connection).cut)
	if err := d.core.Close(); err != nil {
		d.t.Errorf("close %s: %v", d.name, err)
	}
	d.core = nil
}

// setOnline gives the device its network or takes it away without a sign.
func (d *device) setOnline(online bool) {
	d.isConnected()
	d.online.Store(online)
	if !online {
		d.host.network.each(d.name, (*connection).vanish)
	}
}

// isConnected reports whether the device is connected and has received what waited,
// and remembers when it was: one that is opened and closed again at once has not
// been there.
func (d *device) isConnected() bool {
	if d.core == nil || !d.online.Load() || !d.host.network.carries(d.name) {
		return false
	}
	status, err := try(d, api.GetStatus, api.None{})
	if err != nil || status.Connection != api.ConnectionOnline || !status.CaughtUp {
		return false
	}
	d.seen = time.Now()
	return true
}

// away is for how long the device has not been connected.
func (d *device) away() time.Duration {
	if d.isConnected() {
		return 0
	}
	return time.Since(d.seen)
}

// wakeTime is how long a connection may take on a network that loses frames: each
// that is lost unnoticed costs a minute.
const wakeTime = 10 * time.Minute

// wake opens the device and gives it its network, and waits until it is connected.
func (d *device) wake() bool {
	d.open()
	d.setOnline(true)
	for began := time.Now(); time.Since(began) < wakeTime; time.Sleep(time.Second) {
		if d.isConnected() {
			return true
		}
	}
	return false
}

// copyStorage keeps a copy of the storage.
func (d *device) copyStorage() {
	d.close()
	d.copyFile(d.path, d.path+".old")
	d.hasCopy = true
	d.open()
}

// restore puts the copy back.
func (d *device) restore() {
	d.close()
	d.copyFile(d.path+".old", d.path)
	d.open()
}

func (d *device) copyFile(from, to string) {
	for _, suffix := range []string{"-wal", "-shm"} {
		_ = os.Remove(to + suffix) // a closed database has none
	}
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600) //nolint:gosec // a path in the folder of the test
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// try calls a method.
func try[P, R any](d *device, m api.Method[P, R], params P) (R, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	return api.Call(ctx, d.core, m, params)
}

// retry is try for what may be done twice. A connection that is gone unnoticed
// makes a first attempt fail.
func retry[P, R any](d *device, m api.Method[P, R], params P) (err error) {
	for range 3 {
		if _, err = try(d, m, params); err == nil {
			return nil
		}
		time.Sleep(2 * time.Second)
	}
	return err
}

// call is try for what must not fail.
func call[P, R any](d *device, m api.Method[P, R], params P) R {
	d.t.Helper()
	r, err := try(d, m, params)
	if err != nil {
		d.t.Fatalf("%s: %s: %v", d.name, m.Name, err)
	}
	return r
}

func (d *device) register(p *person) {
	call(d, api.Register, api.RegisterParams{Relay: relayURL, Phone: string(p.phone), Code: d.host.invite(p.phone), Name: p.name})
}

// link makes the fresh device one of this primary's account. A connection that
// is gone unnoticed makes a first attempt fail.
func (d *device) link(fresh *device) error {
	var offer api.LinkOffer
	var err error
	for range 3 {
		if offer, err = try(fresh, api.StartLink, api.StartLinkParams{Relay: relayURL, DeviceName: fresh.name}); err != nil {
			return err
		}
		if _, err = try(d, api.InspectLink, api.LinkURI{URI: offer.URI}); err == nil {
			break
		}
		time.Sleep(2 * time.Second)
	}
	if err != nil {
		return err
	}
	if _, err := try(d, api.AcceptLink, api.LinkURI{URI: offer.URI}); err != nil {
		return err
	}
	for range 1000 {
		if s, err := try(fresh, api.GetStatus, api.None{}); err == nil && s.State == api.StateReady {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return errNotLinked
}

var errNotLinked = errors.New("accepted, and not linked")
