package client_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// sendOnce sends a file as a photo to be opened once, and returns its message.
func sendOnce(d *Device, chat, path string) api.Message {
	file := Call(d, api.PutFile, api.PutFileParams{Path: path}).FileID
	return Call(d, api.SendMedia, api.SendMediaParams{ChatID: chat, FileID: file, Kind: api.MediaPhoto, Type: "image/jpeg", ViewOnce: true, Wait: true})
}

// kindOf waits for a message on a device to be of a kind.
func kindOf(d *Device, chat, id string, kind api.MessageKind) (found api.Message) {
	d.Eventually("is "+string(kind), func() bool {
		for _, m := range Call(d, api.ListMessages, api.MessagesParams{ChatID: chat}).Messages {
			if m.ID == id && m.Kind == kind {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// X3: a photo to be opened once is opened once, on one device of who gets it; then no
// device has it, and who sent it knows. It is not starred, forwarded, saved or handed to
// a device that is linked later, and who sent it keeps nothing of it.
func TestX3_ViewOnce(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, b2 := people(t)
	a1.Send(bob, "hello")
	chat, with := chatID(a1, bob), chatID(b1, alice)
	path, data := fileOf(t, 5000)
	sent := sendOnce(a1, chat, path)
	for _, d := range []*Device{a1, a2} {
		m := kindOf(d, chat, sent.ID, api.MessageOnce)
		if m.Media != nil || m.Once == nil || m.Once.Kind != api.MediaPhoto || m.Once.By != 0 || m.Status == api.MessagePending {
			t.Errorf("%s keeps %+v", d.Name, m)
		}
		_, err := Try(d, api.OpenOnce, api.MessageID{ID: sent.ID})
		wantCode(t, err, api.ErrFileUnknown.Code)
	}
	m := kindOf(b1, with, sent.ID, api.MessageMedia)
	if !m.ViewOnce || m.Media.Preview != "" || m.Media.State != api.MediaRemote {
		t.Errorf("Bob sees %+v with %+v", m, m.Media)
	}
	late := r.NewDevice("Bob's tablet")
	b1.Link(late)
	if m := kindOf(late, with, sent.ID, api.MessageOnce); m.Once.Opened || m.Media != nil {
		t.Errorf("a new device gets %+v", m)
	}
	refused := func(d *Device) {
		t.Helper()
		_, err := Try(d, api.Star, api.StarParams{ID: sent.ID, Starred: true})
		wantCode(t, err, api.ErrViewOnce.Code)
		_, err = Try(d, api.Forward, api.ForwardParams{IDs: []string{sent.ID}, ChatIDs: []string{with}})
		wantCode(t, err, api.ErrNotForwardable.Code)
	}
	files := func(d *Device) []string {
		found, err := filepath.Glob(filepath.Join(filepath.Dir(d.Storage()), "*", "*"))
		if err != nil {
			t.Error(err)
		}
		return found
	}
	save := func(d *Device) ([]byte, error) {
		to := filepath.Join(t.TempDir(), "saved")
		if _, err := Try(d, api.SaveFile, api.SaveFileParams{ID: sent.ID, Path: to}); err != nil {
			return nil, err
		}
		return os.ReadFile(to)
	}
	_, err := Try(b1, api.OpenOnce, api.MessageID{ID: sent.ID})
	wantCode(t, err, api.ErrFileNotHere.Code)
	for _, d := range []*Device{b1, b2} {
		Call(d, api.DownloadMedia, api.DownloadParams{ID: sent.ID, Wait: true})
		if len(files(d)) != 1 {
			t.Errorf("%s has the files %q", d.Name, files(d))
		}
		refused(d)
		_, err := save(d)
		wantCode(t, err, api.ErrViewOnce.Code)
	}
	if m := Call(b1, api.OpenOnce, api.MessageID{ID: sent.ID}); m.Kind != api.MessageOnce || !m.Once.Opened || m.Media != nil {
		t.Errorf("opened, it is %+v", m)
	}
	if got, err := save(b1); err != nil || !bytes.Equal(got, data) {
		t.Errorf("what was opened has %d bytes: %v", len(got), err)
	}
	Call(b1, api.CloseOnce, api.MessageID{ID: sent.ID})
	for _, d := range []*Device{b1, b2, late} {
		kindOf(d, with, sent.ID, api.MessageOnce)
		d.Eventually("is opened", func() bool { return kindOf(d, with, sent.ID, api.MessageOnce).Once.Opened })
		_, err := Try(d, api.OpenOnce, api.MessageID{ID: sent.ID})
		wantCode(t, err, api.ErrFileUnknown.Code)
		_, err = save(d)
		wantCode(t, err, api.ErrFileUnknown.Code)
		refused(d)
		soon(t, d.Name+" has no file", func() bool { return len(files(d)) == 0 })
	}
	a2.Eventually("knows that it was opened", func() bool { return kindOf(a2, chat, sent.ID, api.MessageOnce).Once.By == 1 })
	_, err = Try(a1, api.SendMedia, api.SendMediaParams{ChatID: chat, FileID: Call(a1, api.PutFile, api.PutFileParams{Path: path}).FileID, Kind: api.MediaDocument, ViewOnce: true})
	wantCode(t, err, api.ErrViewOnceKind.Code)
}
