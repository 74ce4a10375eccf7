package client_test

import (
	"os"
	"path/filepath"
	"testing"

	"parley/client/api"
	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// M114: what files take is told by chat, the largest first; what is removed is fetched
// again when it is wanted.
func TestM114_Storage(t *testing.T) {
	t.Parallel()
	r := NewRelay(t)
	a, b := r.NewDevice("Alice"), r.NewDevice("Bob")
	a.Register(alice)
	b.Register(bob)
	a.Send(bob, "hello")
	b.WantTexts(alice, []string{"hello"})
	chat := chatOf(a, bob).ID
	var ids []string
	for _, size := range []int{1000, 50_000} {
		path := filepath.Join(t.TempDir(), "file.bin")
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		stored := Call(a, api.PutFile, api.PutFileParams{Path: path})
		sent := Call(a, api.SendMedia, api.SendMediaParams{ChatID: chat, FileID: stored.FileID, Kind: api.MediaDocument, Name: "file.bin", Wait: true})
		ids = append(ids, sent.ID)
	}
	b.Eventually("the files came", func() bool { return len(b.Messages(alice)) == 3 })
	if use := Call(b, api.GetStorageUse, api.None{}); use.Bytes != 0 || len(use.Chats) != 0 {
		t.Errorf("nothing was fetched, and takes %+v", use)
	}
	for _, id := range ids {
		Call(b, api.DownloadMedia, api.DownloadParams{ID: id, Wait: true})
	}
	theirs := chatOf(b, alice).ID
	use := Call(b, api.GetStorageUse, api.None{})
	if use.Bytes != 51_000 || len(use.Chats) != 1 || use.Chats[0] != (api.ChatStorage{ChatID: theirs, Files: 2, Bytes: 51_000}) {
		t.Fatalf("the files take %+v", use)
	}
	files := Call(b, api.ListFiles, api.ListFilesParams{ChatID: theirs}).Messages
	if len(files) != 2 || files[0].ID != ids[1] || files[1].ID != ids[0] {
		t.Errorf("the files are %+v", files)
	}
	if use = Call(b, api.RemoveFiles, api.MessageIDs{IDs: ids[1:]}); use.Bytes != 1000 {
		t.Errorf("after removing one they take %+v", use)
	}
	if m := b.Messages(alice)[2]; m.Media.State != api.MediaRemote {
		t.Errorf("the removed one is %s", m.Media.State)
	}
	if m := Call(b, api.DownloadMedia, api.DownloadParams{ID: ids[1], Wait: true}); m.Media.State != api.MediaLocal {
		t.Errorf("fetched again it is %s", m.Media.State)
	}
	if _, err := Try(b, api.RemoveFiles, api.MessageIDs{IDs: []string{b.Messages(alice)[0].ID}}); err == nil {
		t.Error("a text has a file")
	}
}
