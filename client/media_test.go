package client_test

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/client/api"
	"parley/client/content"
	"parley/client/devicetest"
	"parley/ident"
	"parley/internal/relay"
)

// fileOf makes a file of a size.
func fileOf(t *testing.T, size int) (path string, data []byte) {
	t.Helper()
	data = make([]byte, size)
	for i := range data {
		data[i] = byte(i*31 + i>>9)
	}
	path = filepath.Join(t.TempDir(), "offer.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, data
}

// sendFile puts a file into a device and sends it, without waiting.
func sendFile(d *devicetest.Device, to string, path string) api.Message {
	chat := devicetest.Call(d, api.OpenChat, api.OpenChatParams{Phone: to})
	stored := devicetest.Call(d, api.PutFile, api.PutFileParams{Path: path})
	return devicetest.Call(d, api.SendMedia, api.SendMediaParams{
		ChatID: chat.ID, FileID: stored.FileID, Kind: api.MediaDocument, Type: "application/pdf", Name: filepath.Base(path), Caption: "As agreed",
		Preview: base64.StdEncoding.EncodeToString(devicetest.Picture(8, 8)),
	})
}

// fileMessage waits for the message with a file to stand as wanted.
func fileMessage(t *testing.T, d *devicetest.Device, with string, want func(api.Message) bool) api.Message {
	t.Helper()
	var last api.Message
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, m := range d.Messages(ident.Phone(with)) {
			if last = m; m.Media != nil && want(m) {
				return m
			}
		}
	}
	t.Fatalf("%s: the last message is %+v with %+v", d.Name, last, last.Media)
	return last
}

func isSent(m api.Message) bool {
	return m.Status == api.MessageSent || m.Status == api.MessageDelivered
}

func inState(s api.MediaState) func(api.Message) bool {
	return func(m api.Message) bool { return m.Media.State == s }
}

// saved downloads the file of a message and reads it.
func saved(t *testing.T, d *devicetest.Device, m api.Message) []byte {
	t.Helper()
	if got := devicetest.Call(d, api.DownloadMedia, api.DownloadParams{ID: m.ID, Wait: true}); got.Media.State != api.MediaLocal {
		t.Fatalf("after the download the file is %s", got.Media.State)
	}
	path := filepath.Join(t.TempDir(), "saved")
	devicetest.Call(d, api.SaveFile, api.SaveFileParams{ID: m.ID, Path: path})
	if _, err := devicetest.Try(d, api.SaveFile, api.SaveFileParams{ID: m.ID, Path: path}); err == nil {
		t.Error("a file was replaced")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// M43, M98: a file arrives whole, with what was said of it, though every connection
// breaks, the device and the relay are restarted in the middle, and the original is gone.
func TestM98_FileArrivesThroughInterruptions(t *testing.T) {
	t.Parallel()
	r := devicetest.NewRelay(t)
	alice, bob := r.NewDevice("alice"), r.NewDevice("bob")
	alice.Register(ident.Phone("+32470000001"))
	bob.Register(ident.Phone("+32470000002"))
	path, data := fileOf(t, 3*content.MediaChunk+1000)
	r.CutFiles(300_000)
	waiting := sendFile(alice, "+32470000002", path)
	if waiting.Status != api.MessagePending || waiting.Media.State != api.MediaUploading || waiting.Text != "As agreed" {
		t.Errorf("the message is %+v, its file %+v", waiting, waiting.Media)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	devicetest.Call(alice, api.Send, api.SendParams{ChatID: waiting.ChatID, Text: "A text does not wait for it", Wait: true})
	alice.Stop()
	r.Stop()
	r.Start()
	alice.Start()
	fileMessage(t, alice, "+32470000002", isSent)
	r.CutFiles(0)

	got := fileMessage(t, bob, "+32470000001", inState(api.MediaRemote))
	file := got.Media
	if got.Text != "As agreed" || file.Name != "offer.pdf" || file.Type != "application/pdf" || file.Size != int64(len(data)) || file.Preview == "" {
		t.Errorf("bob got %+v with %+v", got, file)
	}
	if _, err := devicetest.Try(bob, api.SaveFile, api.SaveFileParams{ID: got.ID, Path: path}); err == nil || err.Error() != api.ErrFileNotHere.Message {
		t.Errorf("saving what is not here: %v", err)
	}
	r.CutFiles(400_000)
	if !bytes.Equal(saved(t, bob, got), data) {
		t.Error("the file is another")
	}
	hits := devicetest.Call(bob, api.Search, api.SearchParams{Query: "offer"})
	if len(hits.Hits) != 1 || hits.Hits[0].Message.Media == nil {
		t.Errorf("its name is found %d times", len(hits.Hits))
	}
}

// M43: neither what the relay has nor what a device keeps tells anything of a file.
func TestM43_FileIsSealedEverywhere(t *testing.T) {
	t.Parallel()
	r := devicetest.NewRelay(t)
	alice, bob := r.NewDevice("alice"), r.NewDevice("bob")
	alice.Register(ident.Phone("+32470000001"))
	bob.Register(ident.Phone("+32470000002"))
	path := filepath.Join(t.TempDir(), "secret-name.txt")
	secret := strings.Repeat("the plan is to meet at noon ", 1000)
	if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	sendFile(alice, "+32470000002", path)
	got := fileMessage(t, bob, "+32470000001", inState(api.MediaRemote))
	saved(t, bob, got)
	files := 0
	for _, dir := range []string{r.Dir(), filepath.Join(filepath.Dir(bob.Storage()), "media"), filepath.Join(filepath.Dir(alice.Storage()), "media")} {
		_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(name)
			if bytes.Contains(b, []byte("the plan is to meet")) || bytes.Contains(b, []byte("secret-name")) || strings.Contains(name, "secret") {
				t.Errorf("%s tells what was sent", name)
			}
			files++
			return err
		})
	}
	if files < 3 {
		t.Errorf("only %d files were looked at", files)
	}
}

// M43: what the relay has changed is refused, and what it has deleted is named.
func TestM43_DamagedAndExpiredFiles(t *testing.T) {
	t.Parallel()
	r := devicetest.NewRelay(t)
	alice, bob := r.NewDevice("alice"), r.NewDevice("bob")
	alice.Register(ident.Phone("+32470000001"))
	bob.Register(ident.Phone("+32470000002"))
	path, data := fileOf(t, 5000)
	sendFile(alice, "+32470000002", path)
	got := fileMessage(t, bob, "+32470000001", inState(api.MediaRemote))
	names, err := filepath.Glob(filepath.Join(r.MediaDir(), "*", "*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("the relay has %v, %v", names, err)
	}
	sealed, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	sealed[100] ^= 1
	if err := os.WriteFile(names[0], sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := devicetest.Try(bob, api.DownloadMedia, api.DownloadParams{ID: got.ID, Wait: true}); err == nil || err.Error() != api.ErrFileDamaged.Message {
		t.Errorf("a damaged file: %v", err)
	}
	fileMessage(t, bob, "+32470000001", inState(api.MediaGone))
	sealed[100] ^= 1
	if err := os.WriteFile(names[0], sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(saved(t, bob, got), data) {
		t.Error("the file is another after the relay was mended")
	}

	sendFile(alice, "+32470000002", path)
	second := fileMessage(t, bob, "+32470000001", func(m api.Message) bool { return m.ID != got.ID && m.Media.State == api.MediaRemote })
	r.Pass(31 * 24 * time.Hour)
	_, err = devicetest.Try(bob, api.DownloadMedia, api.DownloadParams{ID: second.ID, Wait: true})
	if err == nil || !strings.Contains(err.Error(), "ask the sender to send it again") {
		t.Errorf("a file that has expired: %v", err)
	}
}

// M43: a quota is named, and the message goes out once there is room and the person
// says so.
func TestM43_QuotaAndRetry(t *testing.T) {
	t.Parallel()
	r := devicetest.NewRelay(t)
	r.SetLimits(func(s *relay.Settings) { s.MediaAccountBytes = 6000 })
	r.Stop()
	r.Start()
	alice, bob := r.NewDevice("alice"), r.NewDevice("bob")
	alice.Register(ident.Phone("+32470000001"))
	bob.Register(ident.Phone("+32470000002"))
	path, _ := fileOf(t, 7000)
	sendFile(alice, "+32470000002", path)
	failed := fileMessage(t, alice, "+32470000002", func(m api.Message) bool { return m.Status == api.MessageFailed })
	if failed.Error.Code != "media_quota" || failed.Media.State != api.MediaFailed {
		t.Errorf("the message failed with %+v", failed.Error)
	}
	r.SetLimits(nil)
	r.Stop()
	r.Start()
	devicetest.Call(alice, api.Retry, api.MessageID{ID: failed.ID})
	fileMessage(t, alice, "+32470000002", isSent)
}

// M98: an upload is held, gone on with after a restart, and given up, of which nothing
// is left.
func TestM98_PauseResumeCancel(t *testing.T) {
	t.Parallel()
	r := devicetest.NewRelay(t)
	alice, bob := r.NewDevice("alice"), r.NewDevice("bob")
	alice.Register(ident.Phone("+32470000001"))
	bob.Register(ident.Phone("+32470000002"))
	path, _ := fileOf(t, content.MediaChunk*4)
	r.CutFiles(1000)
	first := sendFile(alice, "+32470000002", path)
	if m := devicetest.Call(alice, api.PauseMedia, api.MessageID{ID: first.ID}); m.Media.State != api.MediaPaused {
		t.Errorf("the file is %s", m.Media.State)
	}
	r.CutFiles(0)
	alice.Stop()
	alice.Start()
	devicetest.Call(alice, api.Sync, api.None{})
	if m := fileMessage(t, alice, "+32470000002", inState(api.MediaPaused)); m.Status != api.MessagePending {
		t.Errorf("the message is %s", m.Status)
	}
	devicetest.Call(alice, api.ResumeMedia, api.MessageID{ID: first.ID})
	fileMessage(t, alice, "+32470000002", isSent)
	devicetest.Call(alice, api.CancelMedia, api.MessageID{ID: first.ID}) // too late: it stays
	if n := len(alice.Held(ident.Phone("+32470000002"))); n != 1 {
		t.Errorf("%d messages are left", n)
	}

	r.CutFiles(1000)
	second := sendFile(alice, "+32470000002", path)
	devicetest.Call(alice, api.CancelMedia, api.MessageID{ID: second.ID})
	devicetest.Call(alice, api.CancelMedia, api.MessageID{ID: second.ID})
	devicetest.Call(alice, api.Sync, api.None{})
	if n := len(alice.Held(ident.Phone("+32470000002"))); n != 1 {
		t.Errorf("%d messages are left", n)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		left, err := os.ReadDir(filepath.Join(filepath.Dir(alice.Storage()), "media"))
		if err == nil && len(left) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d files are left (%v)", len(left), err)
		}
	}
}

// M43, X2: a file goes with its message, on every device, unless another message has it.
func TestX2_FileGoesWithItsMessage(t *testing.T) {
	t.Parallel()
	r := devicetest.NewRelay(t)
	alice, bob := r.NewDevice("alice"), r.NewDevice("bob")
	alice.Register(ident.Phone("+32470000001"))
	bob.Register(ident.Phone("+32470000002"))
	path, _ := fileOf(t, 2000)
	sent := sendFile(alice, "+32470000002", path)
	fileMessage(t, alice, "+32470000002", isSent)
	got := fileMessage(t, bob, "+32470000001", inState(api.MediaRemote))
	saved(t, bob, got)
	devicetest.Call(bob, api.Forward, api.ForwardParams{IDs: []string{got.ID}, ChatIDs: []string{got.ChatID}})
	copied := fileMessage(t, alice, "+32470000002", func(m api.Message) bool { return !m.Mine })

	devicetest.Call(alice, api.Delete, api.DeleteParams{IDs: []string{sent.ID}, ForEveryone: true})
	bob.Eventually("bob sees that it was deleted", func() bool {
		for _, m := range bob.Messages("+32470000001") {
			if m.ID == got.ID {
				return m.Media == nil
			}
		}
		return false
	})
	if kept := fileMessage(t, bob, "+32470000001", func(m api.Message) bool { return m.Mine }); kept.Media.State != api.MediaLocal {
		t.Errorf("the file of the forwarded message is %s", kept.Media.State)
	}
	devicetest.Call(alice, api.Delete, api.DeleteParams{IDs: []string{copied.ID}})
	devicetest.Call(alice, api.Sync, api.None{})
	if left := filesOf(t, alice); left != 0 {
		t.Errorf("%d files are left with alice", left)
	}
	if left := filesOf(t, bob); left != 1 {
		t.Errorf("%d files are left with bob", left)
	}
}

// filesOf counts the sealed files of a device.
func filesOf(t *testing.T, d *devicetest.Device) int {
	t.Helper()
	found, err := os.ReadDir(filepath.Join(filepath.Dir(d.Storage()), "media"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return len(found)
}
