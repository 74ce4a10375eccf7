package client_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
	"parley/internal/relay"
)

// X4, X5, M43: files of all kinds go to groups as to chats of two: every device of everybody
// gets them, they are forwarded out of it, and a new device has them.
func TestX5_MediaInGroups(t *testing.T) {
	t.Parallel()
	r, a1, a2, b1, b2 := people(t)
	c := r.NewDevice("Carol")
	c.Register(carol)
	chat := groupOf(a1, "Picnic", bob, carol)
	path, data := fileOf(t, 300_000)
	preview := base64.StdEncoding.EncodeToString(append([]byte("\xff\xd8\xff"), make([]byte, 40)...))
	var sent []api.Message
	for _, p := range []api.SendMediaParams{
		{Kind: api.MediaPhoto, Type: "image/jpeg", Width: 400, Height: 300, Preview: preview, Caption: "Look"},
		{Kind: api.MediaPhoto, Type: "image/gif", Width: 40, Height: 30, Preview: preview, Animated: true},
		{Kind: api.MediaVideo, Type: "video/mp4", DurationMS: 5000, Preview: preview},
		{Kind: api.MediaVoice, Type: "audio/webm", DurationMS: 3000, Waveform: base64.StdEncoding.EncodeToString(make([]byte, 64))},
		{Kind: api.MediaDocument, Type: "application/pdf", Name: "plan.pdf"},
		{Kind: api.MediaSticker, Type: "image/webp", Width: 512, Height: 512},
	} {
		sent = append(sent, putAs(a1, chat, path, p))
	}
	for _, m := range sent {
		for _, d := range []*Device{a2, b1, b2, c} {
			got := mediaIn(d, chat, m.ID, api.MediaRemote)
			if got.Media.Kind != m.Media.Kind || got.Text != m.Text || got.Media.Name != m.Media.Name || got.Media.Preview != m.Media.Preview ||
				got.Media.DurationMS != m.Media.DurationMS || got.Media.Waveform != m.Media.Waveform || got.Media.Animated != m.Media.Animated {
				t.Errorf("%s got %+v of %+v", d.Name, got.Media, m.Media)
			}
		}
		if !bytes.Equal(saved(t, c, m), data) {
			t.Errorf("the %s that Carol has is another", m.Media.Kind)
		}
	}

	Call(c, api.Forward, api.ForwardParams{IDs: []string{sent[0].ID}, ChatIDs: []string{chatOf(c, bob).ID}})
	b2.Eventually("the forwarded photo", func() bool {
		all := b2.Messages(carol)
		return len(all) == 1 && all[0].Media != nil && all[0].Forwarded && bytes.Equal(saved(t, b2, all[0]), data)
	})
	late := r.NewDevice("Bob's tablet")
	b1.Link(late)
	mediaIn(late, chat, sent[4].ID, api.MediaRemote)
	if !bytes.Equal(saved(t, late, sent[4]), data) {
		t.Error("what a new device has of the group is another")
	}
}

// X3, X5: what may be opened once in a group is opened once by each member, and who sent it
// knows by how many.
func TestX3_ViewOnceInGroups(t *testing.T) {
	t.Parallel()
	a1, a2, b1, b2, c := threePeople(t)
	chat := groupOf(a1, "Picnic", bob, carol)
	path, data := fileOf(t, 5000)
	sent := sendOnce(a1, chat, path)
	for i, d := range []*Device{b1, c} {
		kindOf(d, chat, sent.ID, api.MessageMedia)
		Call(d, api.DownloadMedia, api.DownloadParams{ID: sent.ID, Wait: true})
		Call(d, api.OpenOnce, api.MessageID{ID: sent.ID})
		to := filepath.Join(t.TempDir(), "saved")
		Call(d, api.SaveFile, api.SaveFileParams{ID: sent.ID, Path: to})
		if got, err := os.ReadFile(to); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s sees another picture: %v", d.Name, err)
		}
		Call(d, api.CloseOnce, api.MessageID{ID: sent.ID})
		a2.Eventually("Alice sees who opened it", func() bool {
			m := kindOf(a2, chat, sent.ID, api.MessageOnce)
			return m.Once.By == i+1
		})
	}
	if m := kindOf(b2, chat, sent.ID, api.MessageOnce); !m.Once.Opened || m.Media != nil {
		t.Errorf("Bob's other device keeps %+v", m)
	}
}

// M43, X5: a quota is named in groups, and the message goes out once there is room.
func TestM43_QuotaInGroups(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	r.SetLimits(func(s *relay.Settings) { s.MediaAccountBytes = 6000 })
	r.Stop()
	r.Start()
	a, b := r.NewDevice("Alice"), r.NewDevice("Bob")
	a.Register(alice)
	b.Register(bob)
	chat := groupOf(a, "Picnic", bob)
	path, _ := fileOf(t, 7000)
	file := Call(a, api.PutFile, api.PutFileParams{Path: path}).FileID
	m := Call(a, api.SendMedia, api.SendMediaParams{ChatID: chat, FileID: file, Kind: api.MediaDocument, Name: "plan.pdf"})
	if failed := mediaIn(a, chat, m.ID, api.MediaFailed); failed.Status != api.MessageFailed || failed.Error.Code != "media_quota" {
		t.Errorf("the message is %s with %+v", failed.Status, failed.Error)
	}
	r.SetLimits(nil)
	r.Stop()
	r.Start()
	Call(a, api.Retry, api.MessageID{ID: m.ID})
	mediaIn(b, chat, m.ID, api.MediaRemote)
}
