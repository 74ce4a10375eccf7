package client_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// putAs puts a file into a device and sends it as what it is.
func putAs(d *Device, chat, path string, p api.SendMediaParams) api.Message {
	p.ChatID, p.FileID, p.Wait = chat, Call(d, api.PutFile, api.PutFileParams{Path: path}).FileID, true
	return Call(d, api.SendMedia, p)
}

// erase takes all files from the relay's disk.
func erase(t *testing.T, r *Relay) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(r.MediaDir(), "*", "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("the relay has %v, %v", names, err)
	}
	for _, name := range names {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// mediaIn waits for a message of a chat to have its file in a state.
func mediaIn(d *Device, chat, id string, want api.MediaState) (found api.Message) {
	d.Eventually("its file is "+string(want), func() bool {
		for _, m := range Call(d, api.ListMessages, api.MessagesParams{ChatID: chat, Limit: 500, After: -1}).Messages {
			if m.ID == id && m.Media != nil {
				if found = m; m.Media.State == want {
					return true
				}
			}
		}
		return false
	})
	return found
}

// M43, M114: a file that the relay has lost comes from an own device that has it, else from
// who sent it; who removes the last copy is warned.
func TestM43_LostFileComesFromOtherDevices(t *testing.T) {
	t.Parallel()
	r, a1, _, b1, b2 := people(t)
	a1.Send(bob, "hello")
	b1.WantTexts(alice, []string{"hello"})
	chat, with := chatID(a1, bob), chatID(b1, alice)
	path, data := fileOf(t, 300_000)
	sent := putAs(a1, chat, path, api.SendMediaParams{Kind: api.MediaDocument, Name: "offer.pdf"})
	mediaIn(b1, with, sent.ID, api.MediaRemote)
	mediaIn(b2, with, sent.ID, api.MediaRemote)
	if !bytes.Equal(saved(t, b1, sent), data) {
		t.Error("the file is another")
	}
	if lost := Call(b1, api.CheckFiles, api.MessageIDs{IDs: []string{sent.ID}}); len(lost.IDs) != 0 {
		t.Errorf("what the relay has counts as lost: %v", lost)
	}

	saved(t, a1, sent) // the command line keeps nothing of what it has sent

	// Own device first: who sent it is away.
	a1.Stop()
	r.Pass(31 * 24 * time.Hour)
	b1.Eventually("the relay has it no more", func() bool {
		lost, err := Try(b1, api.CheckFiles, api.MessageIDs{IDs: []string{sent.ID}})
		return err == nil && len(lost.IDs) == 1
	})
	if !bytes.Equal(saved(t, b2, sent), data) {
		t.Error("the file that the sibling brought is another")
	}

	// Then who sent it, of what no own device has, and of what vanished from the disk.
	Call(b1, api.RemoveFiles, api.MessageIDs{IDs: []string{sent.ID}})
	Call(b2, api.RemoveFiles, api.MessageIDs{IDs: []string{sent.ID}})
	erase(t, r)
	a1.Start()
	Call(a1, api.Sync, api.None{})
	b2.Stop()
	b2.Start() // it asked a moment ago, and would not ask again yet
	if !bytes.Equal(saved(t, b2, sent), data) {
		t.Error("the file that the sender brought is another")
	}
}

// M43: a file that is asked for comes when its sender is back, though the device was restarted meanwhile.
func TestM43_LostFileComesLater(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a, b := r.NewDevice("Alice"), r.NewDevice("Bob")
	a.Register(alice)
	b.Register(bob)
	a.Send(bob, "hello")
	b.WantTexts(alice, []string{"hello"})
	path, data := fileOf(t, 5000)
	sent := putAs(a, chatID(a, bob), path, api.SendMediaParams{Kind: api.MediaDocument, Name: "offer.pdf"})
	with := chatID(b, alice)
	saved(t, a, sent)
	mediaIn(b, with, sent.ID, api.MediaRemote)
	a.Stop()
	erase(t, r)
	Call(b, api.DownloadMedia, api.DownloadParams{ID: sent.ID})
	mediaIn(b, with, sent.ID, api.MediaAsking)
	b.Stop()
	b.Start()
	mediaIn(b, with, sent.ID, api.MediaAsking)
	a.Start()
	mediaIn(b, with, sent.ID, api.MediaLocal)
	if !bytes.Equal(saved(t, b, sent), data) {
		t.Error("the file is another")
	}
}
