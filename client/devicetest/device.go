package devicetest

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
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the database driver

	"parley/client"
	"parley/client/api"
	"parley/client/native"
	"parley/client/store"
	"parley/ident"
)

// patience is how long a test waits for what must come; it is no assertion
// about speed.
const patience = 4 * time.Minute

// Device is somebody's device.
type Device struct {
	t      testing.TB
	relay  *Relay
	path   string
	online atomic.Bool
	clock  atomic.Int64 // how wrong the device's clock is, nanoseconds
	pause  atomic.Pointer[func()]
	db     *sql.DB
	// Core is the running client, nil while stopped.
	Core *client.Client
	Name string
}

// NewDevice starts a device without an account.
func (r *Relay) NewDevice(name string) *Device {
	r.t.Helper()
	d := &Device{t: r.t, relay: r, path: filepath.Join(r.t.TempDir(), "device.db"), Name: name}
	d.online.Store(true)
	empty, err := emptyDatabase()
	if err == nil {
		err = os.WriteFile(d.path, empty, 0o600)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	d.Start()
	r.t.Cleanup(d.Stop)
	return d
}

func openDatabase(path string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)")
}

// emptyDatabase is the database of a new device. All migrations take longer than most
// tests; what they do is tested where they are.
var emptyDatabase = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "parley-devicetest-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the system clears its temporary files
	path := filepath.Join(dir, "device.db")
	db, err := openDatabase(path)
	if err != nil {
		return nil, err
	}
	_, err = store.Open(context.Background(), db)
	if err := errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Start opens the device on its storage.
func (d *Device) Start() {
	d.t.Helper()
	db, err := openDatabase(d.path)
	if err != nil {
		d.t.Fatal(err)
	}
	d.db = db
	var out io.Writer = io.Discard
	if os.Getenv("PARLEY_TEST_LOG") != "" {
		out = os.Stderr
	}
	files, err := native.MediaFiles(filepath.Dir(d.path))
	if err != nil {
		d.t.Fatal(err)
	}
	d.Core, err = client.Open(d.t.Context(), client.Config{
		DB: db, Files: movedFiles{files, d}, Storage: api.StorageDisk, Platform: ident.PlatformCLI, DeviceName: d.Name, Version: "test",
		Log: slog.New(slog.NewTextHandler(out, nil)).With(slog.String("device", d.Name)), Rand: rand.Reader,
		Now: func() time.Time { return time.Now().Add(time.Duration(d.clock.Load())) },
		Dial: func(ctx context.Context, _ string) (client.Conn, error) {
			return d.relay.dial(ctx, d.Name, d.online.Load)
		},
		Deflate: native.Deflate, Inflate: native.Inflate,
		Pause: func() {
			if pause := d.pause.Load(); pause != nil {
				(*pause)()
			}
		},
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// Stop closes the device; its storage stays.
func (d *Device) Stop() {
	if d.Core == nil {
		return
	}
	if err := d.Core.Close(); err != nil {
		d.t.Errorf("close %s: %v", d.Name, err)
	}
	d.Core = nil
}

// SetClock makes the device's clock wrong by an amount.
func (d *Device) SetClock(wrong time.Duration) { d.clock.Store(int64(wrong)) }

// SetFull lets the device's storage grow no more, or again.
func (d *Device) SetFull(full bool) {
	d.t.Helper()
	pages := 1 << 30
	if full {
		pages = 1 // SQLite takes what there is
	}
	if _, err := d.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
		d.t.Fatal(err)
	}
}

// SetReadOnly has the device's storage refuse to be written, or no longer.
func (d *Device) SetReadOnly(readOnly bool) {
	d.t.Helper()
	if _, err := d.db.Exec(fmt.Sprintf("PRAGMA query_only = %t", readOnly)); err != nil {
		d.t.Fatal(err)
	}
}

// SetPause has the device call a function between pieces of long work.
func (d *Device) SetPause(f func()) { d.pause.Store(&f) }

// Relay is the relay of the test.
func (d *Device) Relay() *Relay { return d.relay }

// Storage is the file that holds everything the device keeps.
func (d *Device) Storage() string { return d.path }

// Call runs a method and fails the test if it fails.
func Call[P, R any](d *Device, m api.Method[P, R], params P) R {
	d.t.Helper()
	result, err := Try(d, m, params)
	if err != nil {
		d.t.Fatalf("%s: %s: %v", d.Name, m.Name, err)
	}
	return result
}

// Try runs a method.
func Try[P, R any](d *Device, m api.Method[P, R], params P) (R, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return api.Call(ctx, d.Core, m, params)
}

// Register makes the device the primary of a number.
func (d *Device) Register(phone ident.Phone) {
	d.t.Helper()
	Call(d, api.Register, api.RegisterParams{
		Relay: d.relay.web.URL, Phone: string(phone), Code: d.relay.Invite(phone), Name: d.Name,
	})
}

// Link makes the new device one of this primary's account.
func (d *Device) Link(fresh *Device) {
	d.t.Helper()
	ended := make(chan api.LinkProgress, 1)
	cancel := fresh.Core.Subscribe(linkEnd(ended))
	defer cancel()
	offer := Call(fresh, api.StartLink, api.StartLinkParams{Relay: d.relay.web.URL, DeviceName: fresh.Name})
	Call(d, api.InspectLink, api.LinkURI{URI: offer.URI})
	Call(d, api.AcceptLink, api.LinkURI{URI: offer.URI})
	if end := <-ended; end.State != api.LinkAccepted {
		d.t.Fatalf("link %s: %s %v", fresh.Name, end.State, end.Error)
	}
}

// Move begins to move the account from this primary to a new device, and returns
// its code; ended tells how it ended there.
func (d *Device) Move(fresh *Device) (code api.LinkURI, ended <-chan api.LinkProgress) {
	d.t.Helper()
	end := make(chan api.LinkProgress, 1)
	fresh.Core.Subscribe(linkEnd(end))
	offer := Call(fresh, api.StartLink, api.StartLinkParams{Relay: d.relay.web.URL, DeviceName: fresh.Name, Move: true})
	Call(d, api.InspectLink, api.LinkURI{URI: offer.URI})
	return api.LinkURI{URI: offer.URI}, end
}

// Send writes to a number and waits until the relay has it.
func (d *Device) Send(to ident.Phone, text string) {
	d.t.Helper()
	chat := Call(d, api.OpenChat, api.OpenChatParams{Phone: string(to)})
	Call(d, api.Send, api.SendParams{ChatID: chat.ID, Text: text, Wait: true})
}

// Texts syncs and returns the messages with a number, oldest first.
func (d *Device) Texts(with ident.Phone) []string {
	d.t.Helper()
	Call(d, api.Sync, api.None{})
	return d.Held(with)
}

// Held returns the messages with a number that the device holds, without the
// lines about devices and encryption: a device that came later has none of before.
func (d *Device) Held(with ident.Phone) []string {
	d.t.Helper()
	var texts []string
	for _, m := range d.Messages(with) {
		if m.Kind != api.MessageDevicesChanged && m.Kind != api.MessageReset {
			texts = append(texts, show(m))
		}
	}
	return texts
}

// Messages returns all that the chat with a number shows.
func (d *Device) Messages(with ident.Phone) []api.Message {
	d.t.Helper()
	var all []api.Message
	for _, chat := range Call(d, api.ListChats, api.None{}).Chats {
		if chat.Phone != string(with) {
			continue
		}
		page := api.MessagesParams{ChatID: chat.ID, Limit: 500, After: -1}
		for more := true; more; {
			found := Call(d, api.ListMessages, page)
			for _, m := range found.Messages {
				all = append(all, m)
				page.After = m.Order
			}
			more = found.More
		}
	}
	return all
}

func show(m api.Message) string {
	if m.Kind != api.MessageText {
		return fmt.Sprintf("[%s]", m.Kind)
	}
	return m.Text
}
