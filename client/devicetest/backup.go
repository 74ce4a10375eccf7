package devicetest

import (
	"errors"
	"os"
	"testing"

	"parley/client/api"
)

// Backup is the folder of the relay's store, copied while it is stopped.
func (r *Relay) Backup() string {
	r.t.Helper()
	r.Stop()
	dir := r.t.TempDir()
	copyFolder(r.t, r.dir, dir)
	r.Start()
	return dir
}

// PutBack starts the relay on a copy from before.
func (r *Relay) PutBack(backup string) {
	r.t.Helper()
	r.Stop()
	if err := os.RemoveAll(r.dir); err != nil {
		r.t.Fatal(err)
	}
	copyFolder(r.t, backup, r.dir)
	r.Start()
}

func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.CopyFS(to, root.FS()), root.Close()); err != nil {
		t.Fatal(err)
	}
}

// WantOnline waits until the device is connected.
func (d *Device) WantOnline() {
	d.t.Helper()
	d.Eventually("online", func() bool { return Call(d, api.GetStatus, api.None{}).Connection == api.ConnectionOnline })
}
