package applock_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/client/api"
	"parley/client/applock"
	"parley/client/native"
)

const passphrase = "correct horse battery"

// cheap is a cost for tests; it is kept in the slot like any other.
var cheap = applock.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}

// device is a folder that is opened again and again, with a core inside that
// keeps notes.
type device struct {
	t       *testing.T
	dir     string
	files   applock.Files
	now     time.Time
	entered chan struct{} // gets a word from each call of "hang"

	*applock.Core
	mu     sync.Mutex
	events []string
	inner  *notes // the last one opened
}

func newDevice(t *testing.T) *device {
	d := &device{t: t, dir: t.TempDir(), now: time.UnixMilli(1_700_000_000_000), entered: make(chan struct{}, 10)}
	d.files = native.Files(d.dir)
	d.open()
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func (d *device) tryOpen() error {
	core, err := applock.Open(d.t.Context(), applock.Config{
		Files: d.files, Name: "device.db", Cost: cheap, Rand: rand.Reader, Now: func() time.Time { return d.now },
		Log: slog.New(slog.DiscardHandler), Open: d.openNotes, IsFull: func(err error) bool { return errors.Is(err, errNoRoom) },
	})
	if err != nil {
		return err
	}
	d.Core = core
	core.Subscribe(func(event string, data json.RawMessage) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if event == api.OnLock.Name {
			var status api.LockStatus
			_ = json.Unmarshal(data, &status) // a test of its own
			event += " " + string(status.State)
		}
		d.events = append(d.events, event)
	})
	return nil
}

func (d *device) open() {
	d.t.Helper()
	if err := d.tryOpen(); err != nil {
		d.t.Fatal(err)
	}
}

// restart ends the device and opens it again.
func (d *device) restart() {
	d.t.Helper()
	if err := d.Close(); err != nil {
		d.t.Fatal(err)
	}
	d.open()
}

// took gives the events since it was called last.
func (d *device) took() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	events := strings.Join(d.events, ", ")
	d.events = nil
	return events
}

// do calls a method that must succeed.
func do[P, R any](d *device, m api.Method[P, R], params P) R {
	d.t.Helper()
	result, err := api.Call(d.t.Context(), d, m, params)
	if err != nil {
		d.t.Fatalf("%s: %v", m.Name, err)
	}
	return result
}

// refuses calls a method that must fail.
func refuses[P, R any](d *device, m api.Method[P, R], params P, want *api.Error) *api.Error {
	d.t.Helper()
	_, err := api.Call(d.t.Context(), d, m, params)
	if !errors.Is(err, want) {
		d.t.Fatalf("%s: error %v, want %v", m.Name, err, want)
	}
	var coded *api.Error
	errors.As(err, &coded)
	return coded
}

func (d *device) lockIt() {
	d.t.Helper()
	do(d, api.SetLock, api.SetLockParams{Passphrase: passphrase})
}

func (d *device) unlock(word string) error {
	_, err := api.Call(d.t.Context(), d, api.Unlock, api.UnlockParams{Passphrase: word})
	return err
}

func (d *device) state() api.LockState { return do(d, api.GetLock, api.None{}).State }

// The inner core's methods: it writes down and reads notes.
var (
	write = api.Method[string, api.None]{Name: "write"}
	read  = api.Method[api.None, string]{Name: "read"}
	hang  = api.Method[api.None, api.None]{Name: "hang"}
)

// notes is the inner core.
type notes struct {
	device *device
	db     *sql.DB
	mu     sync.Mutex
	f      func(string, json.RawMessage)
}

func (d *device) openNotes(ctx context.Context, db *sql.DB) (applock.Inner, error) {
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS note (text TEXT)"); err != nil {
		return nil, err
	}
	d.inner = &notes{device: d, db: db}
	return d.inner, nil
}

func (n *notes) Call(ctx context.Context, method string, params json.RawMessage) (json.RawMessage, error) {
	switch method {
	case write.Name:
		var text string
		if err := json.Unmarshal(params, &text); err != nil {
			return nil, err
		}
		_, err := n.db.ExecContext(ctx, "INSERT INTO note VALUES (?)", text)
		n.tell("noted")
		return json.RawMessage("{}"), err
	case read.Name:
		var text string
		if err := n.db.QueryRowContext(ctx, "SELECT coalesce(group_concat(text), '') FROM note").Scan(&text); err != nil {
			return nil, err
		}
		return json.Marshal(text)
	case hang.Name:
		n.device.entered <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, api.ErrUnknownMethod
}

func (n *notes) tell(event string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.f != nil {
		n.f(event, json.RawMessage("{}"))
	}
}

func (n *notes) Subscribe(f func(string, json.RawMessage)) (cancel func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.f = f
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.f = nil
	}
}

func (n *notes) Close() error { return n.db.Close() }

// passkey is an authenticator with the PRF extension.
type passkey struct{ credential, salt, output []byte }

func newPasskey(n byte) passkey {
	fill := func(b byte) []byte { return []byte(strings.Repeat(string(rune(b)), 32)) }
	return passkey{fill('a' + n), fill('A' + n), fill('0' + n)}
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func (p passkey) added(name string) api.AddPasskeyParams {
	return api.AddPasskeyParams{Name: name, CredentialID: b64(p.credential), PRFSalt: b64(p.salt), PRFOutput: b64(p.output)}
}

func (p passkey) unlock() api.UnlockParams {
	return api.UnlockParams{CredentialID: b64(p.credential), PRFOutput: b64(p.output)}
}

func TestLock_OnLockedOpenOff_M38(t *testing.T) {
	d := newDevice(t)
	if s := do(d, api.GetLock, api.None{}); s.State != api.LockOff || s.Passphrase || s.Passkeys == nil {
		t.Errorf("a new device has %+v, want no lock", s)
	}
	do(d, write, "before")
	d.took()
	if s := do(d, api.SetLock, api.SetLockParams{Passphrase: passphrase, LockAfterMS: 60_000}); s.State != api.LockOpen || !s.Passphrase || s.LockAfterMS != 60_000 {
		t.Errorf("after turning on %+v", s)
	}
	if got := do(d, read, api.None{}); got != "before" {
		t.Errorf("the encrypted device holds %q", got)
	}
	do(d, write, "sealed")
	do(d, api.Lock, api.None{})
	if got, want := d.took(), "lockChanged open, reset, noted, lockChanged locked"; got != want {
		t.Errorf("events %s, want %s", got, want)
	}
	do(d, api.Unlock, api.UnlockParams{Passphrase: passphrase})
	d.restart()
	if d.state() != api.LockClosed {
		t.Errorf("after a restart %s", d.state())
	}
	do(d, api.Unlock, api.UnlockParams{Passphrase: passphrase})
	do(d, api.Unlock, api.UnlockParams{Passphrase: "whatever"}) // it is open already
	if s := do(d, api.RemoveLock, api.PassphraseParams{Passphrase: passphrase}); s.State != api.LockOff || s.Passphrase || s.LockAfterMS != 0 {
		t.Errorf("after turning off %+v", s)
	}
	d.restart()
	if got := do(d, read, api.None{}); got != "before,sealed" {
		t.Errorf("the decrypted device holds %q", got)
	}
	refuses(d, api.Lock, api.None{}, api.ErrLockOff)
}

// Only what opens the lock, tells its state or gives up on it may be called.
func TestLocked_RefusesEverythingElse_M38(t *testing.T) {
	d := newDevice(t)
	d.lockIt()
	do(d, api.Lock, api.None{})
	for _, method := range []string{
		"status", "chats", "messages", "send", "sync", "logout", "register", "startLink", "diagnose", "no such method",
		api.ChangePassphrase.Name, api.RemoveLock.Name, api.AddPasskey.Name, api.RemovePasskey.Name, api.SetLockAfter.Name,
	} {
		params := `{"old":"` + passphrase + `","new":"` + passphrase + `","passphrase":"` + passphrase + `","name":"n","credentialId":"YQ==","prfSalt":"` +
			b64(make([]byte, 32)) + `","prfOutput":"` + b64(make([]byte, 32)) + `"}`
		if _, err := d.Call(t.Context(), method, json.RawMessage(params)); !errors.Is(err, api.ErrLocked) {
			t.Errorf("%s while locked: %v", method, err)
		}
	}
	refuses(d, api.SetLock, api.SetLockParams{Passphrase: passphrase}, api.ErrLockOn)
	do(d, api.Lock, api.None{})
	if err := d.inner.db.PingContext(t.Context()); err == nil {
		t.Error("the inner core's database is still open")
	}
}

// A call that waits for something ends when the lock closes; one that comes
// while the lock is turned on waits, and one under way is repeated.
func TestCallsUnderWay_M38(t *testing.T) {
	d := newDevice(t)
	hanging := func(ctx context.Context) chan error {
		ended := make(chan error, 1)
		go func() {
			_, err := api.Call(ctx, d, hang, api.None{})
			ended <- err
		}()
		<-d.entered
		return ended
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := hanging(ctx)
	d.lockIt()
	<-d.entered // it hangs in the new inner core
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("a call that was given up: %v", err)
	}
	ended = hanging(t.Context())
	do(d, api.Lock, api.None{})
	if err := <-ended; !errors.Is(err, api.ErrLocked) {
		t.Errorf("a call that was under way when the lock closed: %v", err)
	}
}

func TestWrongPassphrase_M38(t *testing.T) {
	d := newDevice(t)
	refuses(d, api.SetLock, api.SetLockParams{Passphrase: "7 chars"}, api.ErrPassphraseShort)
	refuses(d, api.SetLock, api.SetLockParams{Passphrase: passphrase, LockAfterMS: -1}, api.ErrBadParams)
	d.lockIt()
	refuses(d, api.SetLock, api.SetLockParams{Passphrase: passphrase}, api.ErrLockOn)
	refuses(d, api.RemoveLock, api.PassphraseParams{Passphrase: "wrong"}, api.ErrWrongPassphrase)
	do(d, api.Lock, api.None{})
	for range 4 {
		if e := refuses(d, api.Unlock, api.UnlockParams{Passphrase: "wrong"}, api.ErrWrongPassphrase); e.RetryAfterMS != 0 && d.now.IsZero() {
			t.Errorf("a wait of %d ms after few tries", e.RetryAfterMS)
		}
		if d.state() != api.LockClosed {
			t.Fatal("a wrong passphrase opened it")
		}
	}
}

// Wrong guesses wait longer and longer, over restarts, and never erase anything.
func TestWrongPassphrase_GrowingWaits_M38(t *testing.T) {
	d := newDevice(t)
	do(d, write, "kept")
	d.lockIt()
	do(d, api.Lock, api.None{})
	for range 4 {
		if e := refuses(d, api.Unlock, api.UnlockParams{Passphrase: "wrong"}, api.ErrWrongPassphrase); e.RetryAfterMS != 0 {
			t.Fatalf("a wait of %d ms after few tries", e.RetryAfterMS)
		}
	}
	for _, wait := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		if e := refuses(d, api.Unlock, api.UnlockParams{Passphrase: "wrong"}, api.ErrWrongPassphrase); e.RetryAfterMS != wait.Milliseconds() {
			t.Fatalf("a wait of %d ms, want %v", e.RetryAfterMS, wait)
		}
		d.restart()
		d.now = d.now.Add(wait - time.Millisecond)
		if e := refuses(d, api.Unlock, api.UnlockParams{Passphrase: passphrase}, api.ErrLockWait); e.RetryAfterMS != 1 {
			t.Fatalf("%d ms left, want 1", e.RetryAfterMS)
		}
		d.now = d.now.Add(time.Millisecond)
	}
	refuses(d, api.Unlock, api.UnlockParams{Passphrase: "wrong"}, api.ErrWrongPassphrase)
	d.now = d.now.Add(-365 * 24 * time.Hour) // a clock that was set back does not lock anybody out
	if e := refuses(d, api.Unlock, api.UnlockParams{Passphrase: passphrase}, api.ErrLockWait); e.RetryAfterMS != (15 * time.Minute).Milliseconds() {
		t.Errorf("%d ms left after the clock was set back", e.RetryAfterMS)
	}
	d.now = d.now.Add(15 * time.Minute)
	if err := d.unlock(passphrase); err != nil {
		t.Fatal(err)
	}
	if got := do(d, read, api.None{}); got != "kept" {
		t.Errorf("the device holds %q", got)
	}
	do(d, api.Lock, api.None{})
	if e := refuses(d, api.Unlock, api.UnlockParams{Passphrase: "wrong"}, api.ErrWrongPassphrase); e.RetryAfterMS != 0 {
		t.Error("the right passphrase did not start the count anew")
	}
}

func TestChangePassphrase_M38(t *testing.T) {
	d := newDevice(t)
	do(d, write, "kept")
	d.lockIt()
	refuses(d, api.ChangePassphrase, api.ChangePassphraseParams{Old: passphrase, New: "short"}, api.ErrPassphraseShort)
	refuses(d, api.ChangePassphrase, api.ChangePassphraseParams{Old: "wrong", New: "another passphrase"}, api.ErrWrongPassphrase)
	do(d, api.ChangePassphrase, api.ChangePassphraseParams{Old: passphrase, New: "another passphrase"})
	d.restart()
	refuses(d, api.Unlock, api.UnlockParams{Passphrase: passphrase}, api.ErrWrongPassphrase)
	if err := d.unlock("another passphrase"); err != nil {
		t.Fatal(err)
	}
	if got := do(d, read, api.None{}); got != "kept" {
		t.Errorf("the device holds %q", got)
	}
}

func TestPasskeys_M38(t *testing.T) {
	d := newDevice(t)
	first, second := newPasskey(0), newPasskey(1)
	refuses(d, api.AddPasskey, first.added("phone"), api.ErrLockOff)
	do(d, write, "kept")
	d.lockIt()
	withPassphrase := first.added(" phone ")
	withPassphrase.Passphrase = "wrong"
	refuses(d, api.AddPasskey, withPassphrase, api.ErrWrongPassphrase)
	withPassphrase.Passphrase = passphrase
	do(d, api.AddPasskey, withPassphrase)
	do(d, api.AddPasskey, second.added("key"))
	status := do(d, api.AddPasskey, second.added("security key")) // in the place of the former
	if len(status.Passkeys) != 2 || status.Passkeys[0].Name != "phone" || status.Passkeys[1].Name != "security key" ||
		status.Passkeys[0].CredentialID != b64(first.credential) || status.Passkeys[0].PRFSalt != b64(first.salt) || !status.Passphrase {
		t.Fatalf("status %+v", status)
	}
	d.restart()
	do(d, api.Unlock, first.unlock())
	if got := do(d, read, api.None{}); got != "kept" {
		t.Errorf("the device holds %q", got)
	}
	do(d, api.RemovePasskey, api.PasskeyID{ID: status.Passkeys[0].ID})
	do(d, api.Lock, api.None{})
	refuses(d, api.Unlock, first.unlock(), api.ErrWrongPasskey)
	forged := second
	forged.output = first.output
	refuses(d, api.Unlock, forged.unlock(), api.ErrWrongPasskey)
	do(d, api.Unlock, second.unlock())
	if s := do(d, api.RemoveLock, api.PassphraseParams{Passphrase: passphrase}); len(s.Passkeys) != 0 {
		t.Errorf("passkeys outlive the lock: %+v", s)
	}
}

func TestPasskeys_BadOnesAreRefused_M38(t *testing.T) {
	d := newDevice(t)
	d.lockIt()
	for name, change := range map[string]func(*api.AddPasskeyParams){
		"salt":          func(p *api.AddPasskeyParams) { p.PRFSalt = b64([]byte("short")) },
		"output":        func(p *api.AddPasskeyParams) { p.PRFOutput = "" },
		"no credential": func(p *api.AddPasskeyParams) { p.CredentialID = "" },
		"not base64":    func(p *api.AddPasskeyParams) { p.CredentialID = "?" },
	} {
		p := newPasskey(0).added("phone")
		change(&p)
		if _, err := api.Call(t.Context(), d, api.AddPasskey, p); !errors.Is(err, api.ErrBadParams) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refuses(d, api.AddPasskey, newPasskey(0).added(" "), api.ErrNameInvalid)
	for n := range byte(16) {
		do(d, api.AddPasskey, newPasskey(n).added(fmt.Sprint(n)))
	}
	refuses(d, api.AddPasskey, newPasskey(16).added("one too many"), api.ErrBadParams)
}

// Who has forgotten the passphrase gets a new device, and nothing of the old one.
func TestEraseDevice_M38(t *testing.T) {
	d := newDevice(t)
	refuses(d, api.EraseDevice, api.None{}, api.ErrLockOff)
	do(d, write, "lost")
	d.lockIt()
	refuses(d, api.EraseDevice, api.None{}, api.ErrLockIsOpen)
	do(d, api.Lock, api.None{})
	d.took()
	if s := do(d, api.EraseDevice, api.None{}); s.State != api.LockOff || s.Passphrase {
		t.Errorf("status %+v", s)
	}
	if got := d.took(); got != "lockChanged off, reset" {
		t.Errorf("events %s", got)
	}
	if got := do(d, read, api.None{}); got != "" {
		t.Errorf("the new device holds %q", got)
	}
	d.restart()
	if names := d.fileNames(); strings.Contains(names, "device-1.db") {
		t.Errorf("left behind: %s", names)
	}
}

func TestSetLockAfter_M38(t *testing.T) {
	d := newDevice(t)
	refuses(d, api.SetLockAfter, api.LockAfterParams{LockAfterMS: 1}, api.ErrLockOff)
	d.lockIt()
	refuses(d, api.SetLockAfter, api.LockAfterParams{LockAfterMS: -1}, api.ErrBadParams)
	do(d, api.SetLockAfter, api.LockAfterParams{LockAfterMS: 300_000})
	d.restart()
	if s := do(d, api.GetLock, api.None{}); s.LockAfterMS != 300_000 {
		t.Errorf("locks after %d ms", s.LockAfterMS)
	}
}
