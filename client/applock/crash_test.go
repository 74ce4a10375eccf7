package applock_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/client/api"
	"parley/client/applock"
	"parley/client/native"
)

func (d *device) fileNames() string {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		d.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// copyDir is the folder as a process that is killed now would leave it.
func (d *device) copyDir() string {
	d.t.Helper()
	to := d.t.TempDir()
	if err := os.CopyFS(to, os.DirFS(d.dir)); err != nil {
		d.t.Fatal(err)
	}
	return to
}

// watched are files that have a look taken before and after each step, and in
// the middle of a copy.
type watched struct {
	applock.Files
	look func(step string)
	dir  string
}

func (w *watched) Open(ctx context.Context, name string, key []byte) (*sql.DB, error) {
	w.look("before opening " + name)
	db, err := w.Files.Open(ctx, name, key)
	w.look("after opening " + name)
	return db, err
}

func (w *watched) Copy(ctx context.Context, from string, fromKey []byte, to string, toKey []byte) error {
	w.look("before copying")
	err := w.Files.Copy(ctx, from, fromKey, to, toKey)
	if whole, failed := os.ReadFile(filepath.Join(w.dir, to)); failed == nil {
		_ = os.WriteFile(filepath.Join(w.dir, to), whole[:len(whole)/2], 0o600)
		w.look("in the middle of copying")
		_ = os.WriteFile(filepath.Join(w.dir, to), whole, 0o600)
	}
	w.look("after copying")
	return err
}

func (w *watched) Remove(name string) error {
	w.look("before removing " + name)
	err := w.Files.Remove(name)
	w.look("after removing " + name)
	return err
}

// Wherever the process is killed while the lock is turned on or off, or the
// device erased, what it leaves opens in the old state or the new, whole, and the
// next start removes the rest.
func TestKilledAtEachStep_M38(t *testing.T) {
	for name, change := range map[string]func(*device){
		"on":  func(d *device) { d.lockIt() },
		"off": func(d *device) { do(d, api.RemoveLock, api.PassphraseParams{Passphrase: passphrase}) },
		"erase": func(d *device) {
			do(d, api.Lock, api.None{})
			do(d, api.EraseDevice, api.None{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDevice(t)
			do(d, write, "kept")
			if name != "on" {
				d.lockIt()
			}
			left := map[string]string{}
			var steps []string
			look := &watched{Files: d.files, dir: d.dir, look: func(string) {}}
			d.files = look
			d.restart()
			if name != "on" {
				do(d, api.Unlock, api.UnlockParams{Passphrase: passphrase})
			}
			look.look = func(step string) {
				step = fmt.Sprintf("%02d %s", len(steps), step)
				steps = append(steps, step)
				left[step] = d.copyDir()
			}
			change(d)
			look.look = func(string) {}
			if len(steps) < 8 && name != "erase" {
				t.Fatalf("only %d steps: %v", len(steps), steps)
			}
			seen := map[string]int{}
			for _, step := range steps {
				seen[checkLeft(t, step, left[step], name == "erase")]++
			}
			if len(seen) < 2 {
				t.Errorf("all %d steps left the same: %v", len(steps), seen)
			}
		})
	}
}

// checkLeft opens what a killed process left, and tells the lock's state.
func checkLeft(t *testing.T, step, dir string, mayBeErased bool) string {
	t.Helper()
	d := &device{t: t, dir: dir, files: native.Files(dir), entered: make(chan struct{}, 1)}
	if err := d.tryOpen(); err != nil {
		t.Fatalf("killed %s: %v", step, err)
	}
	defer d.Close()
	state := d.state()
	if state == api.LockClosed {
		if err := d.unlock(passphrase); err != nil {
			t.Fatalf("killed %s: %v", step, err)
		}
	}
	if got := do(d, read, api.None{}); got != "kept" && (!mayBeErased || got != "" || state != api.LockOff) {
		t.Errorf("killed %s: the device holds %q", step, got)
	}
	databases := 0
	for name := range strings.FieldsSeq(d.fileNames()) {
		if strings.HasPrefix(name, "device") && strings.HasSuffix(name, ".db") {
			databases++
		}
	}
	if databases != 1 {
		t.Errorf("killed %s: left %s", step, d.fileNames())
	}
	return string(state)
}

// failing are files of which one step, and all after it, fail.
type failing struct {
	applock.Files
	left int // steps that still work
	full bool
}

var (
	errDisk   = errors.New("the disk is gone")
	errNoRoom = errors.New("the disk is full")
)

func (f *failing) step() error {
	if f.left--; f.left < 0 {
		return errDisk
	}
	return nil
}

func (f *failing) Open(ctx context.Context, name string, key []byte) (*sql.DB, error) {
	if err := f.step(); err != nil {
		return nil, err
	}
	return f.Files.Open(ctx, name, key)
}

func (f *failing) Copy(ctx context.Context, from string, fromKey []byte, to string, toKey []byte) error {
	if err := f.step(); err != nil {
		return err
	}
	if f.full {
		return errNoRoom
	}
	return f.Files.Copy(ctx, from, fromKey, to, toKey)
}

func (f *failing) Remove(name string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.Files.Remove(name)
}

// A step that fails is told, or made good at the next start; the device works on
// in one state or the other.
func TestEachStepFails_M38(t *testing.T) {
	for steps := range 8 {
		t.Run(fmt.Sprint(steps), func(t *testing.T) {
			d := newDevice(t)
			do(d, write, "kept")
			disk := &failing{Files: d.files, left: 1000}
			d.files = disk
			d.restart()
			disk.left = steps
			_, err := api.Call(t.Context(), d, api.SetLock, api.SetLockParams{Passphrase: passphrase})
			if steps == 0 && !errors.Is(err, api.ErrStorage) {
				t.Errorf("error %v, want %v", err, api.ErrStorage)
			}
			disk.left = 1000
			d.restart()
			if d.state() == api.LockClosed {
				if err := d.unlock(passphrase); err != nil {
					t.Fatal(err)
				}
			} else if err == nil {
				t.Error("no error, and no lock")
			}
			if got := do(d, read, api.None{}); got != "kept" {
				t.Errorf("the device holds %q", got)
			}
		})
	}
}

// Without room for the copy the device works on as it was, and says so.
func TestNoRoom_M38(t *testing.T) {
	d := newDevice(t)
	do(d, write, "kept")
	disk := &failing{Files: d.files, left: 1000, full: true}
	d.files = disk
	d.restart()
	refuses(d, api.SetLock, api.SetLockParams{Passphrase: passphrase}, api.ErrStorageFull)
	if got := do(d, read, api.None{}); d.state() != api.LockOff || got != "kept" {
		t.Errorf("%s, and the device holds %q", d.state(), got)
	}
	disk.full = false
	d.lockIt()
	disk.full = true
	refuses(d, api.RemoveLock, api.PassphraseParams{Passphrase: passphrase}, api.ErrStorageFull)
	if got := do(d, read, api.None{}); d.state() != api.LockOpen || got != "kept" {
		t.Errorf("%s, and the device holds %q", d.state(), got)
	}
	d.restart()
	if err := d.unlock(passphrase); err != nil {
		t.Error(err)
	}
}

// Nothing that was written before or after the lock is turned on is readable in
// any file of the folder, in particular not in a journal; nor is the passphrase.
func TestNothingReadableInTheFolder_M38(t *testing.T) {
	d := newDevice(t)
	known := []string{"the first secret sentence", "the second secret sentence", passphrase}
	do(d, write, known[0])
	if !found(d, known[0]) {
		t.Fatal("without a lock the sentence is not found: the search does not work")
	}
	d.lockIt()
	do(d, write, known[1])
	do(d, api.AddPasskey, newPasskey(0).added("phone"))
	for _, text := range known {
		if found(d, text) {
			t.Errorf("while open, %q is in %s", text, d.fileNames())
		}
	}
	d.restart()
	for _, text := range known {
		if found(d, text) {
			t.Errorf("while locked, %q is in %s", text, d.fileNames())
		}
	}
	if found(d, string(newPasskey(0).output)) {
		t.Error("the passkey's output is in the folder")
	}
}

func found(d *device, text string) bool {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(d.dir, e.Name()))
		if err != nil {
			d.t.Fatal(err)
		}
		if bytes.Contains(content, []byte(text)) {
			return true
		}
	}
	return false
}
