package cli_test

import (
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/client/api"
)

// randomFile makes a file that nothing compresses, and returns its hash.
func randomFile(t *testing.T, name string, size int64) (path string, sum [32]byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(file, hash), rand.NewChaCha8([32]byte{1}), size); err != nil {
		t.Fatal(err)
	}
	return path, [32]byte(hash.Sum(nil))
}

func fileSum(t *testing.T, path string) [32]byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		t.Fatal(err)
	}
	return [32]byte(hash.Sum(nil))
}

// M43, M98: a large file arrives though the sender is killed in the middle, the relay
// as well; several files are one command; nothing is saved until it is asked for.
func TestM98_LargeFileSurvivesKill(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, "+32470000001", "Alice"), register(r, "+32470000002", "Bob")
	path, sum := randomFile(t, "minutes.pdf", 64<<20)
	sending := alice.start("send", "--to", "+32470000002", "--file", path, "--json", "Minutes")
	sending.line(func(line string) bool { return strings.Contains(line, `"event":"mediaProgress"`) })
	sending.kill()
	r.killAndRestart()
	receiving := alice.start("receive")
	receiving.line(func(line string) bool {
		m, ok := message(t, line)
		return ok && m.Media != nil && m.Status != api.MessagePending
	})
	receiving.kill()

	bob.want("receive", "--once")
	page := decode[api.Messages](t, bob.want("messages", "--with", "+32470000001", "--json"))
	m := page.Messages[len(page.Messages)-1]
	if m.Kind != api.MessageMedia || m.Text != "Minutes" || m.Media.Name != "minutes.pdf" || m.Media.State != api.MediaRemote {
		t.Fatalf("the message is %+v with %+v", m, m.Media)
	}
	if left, _ := filepath.Glob(filepath.Join(bob.home, "media", "*")); len(left) > 0 {
		t.Errorf("without having been asked, Bob's device keeps %v", left)
	}
	if out := bob.want("messages", "--with", "+32470000001"); !strings.Contains(out, "[document minutes.pdf, 64.0 MiB: parley download "+m.ID+"] Minutes") {
		t.Errorf("messages prints %s", out)
	}
	to := t.TempDir()
	bob.want("download", m.ID, "--to", to)
	if fileSum(t, filepath.Join(to, "minutes.pdf")) != sum {
		t.Error("the file is another")
	}
	bob.refused("file_exists", "download", m.ID, "--to", to)

	small, _ := randomFile(t, "a.bin", 10)
	empty, _ := randomFile(t, "b.bin", 0)
	bob.want("send", "--to", "+32470000001", "--file", small, "--file", empty)
	bob.refused("file_unreadable", "send", "--to", "+32470000001", "--file", filepath.Join(to, "none"))
	alice.want("receive", "--once")
	page = decode[api.Messages](t, alice.want("messages", "--with", "+32470000002", "--json"))
	last := page.Messages[len(page.Messages)-1]
	if last.Media == nil || last.Media.Name != "b.bin" || last.Media.Size != 0 {
		t.Fatalf("the last message is %+v", last)
	}
	alice.want("download", last.ID, "--to", to)
	if info, err := os.Stat(filepath.Join(to, "b.bin")); err != nil || info.Size() != 0 {
		t.Errorf("the empty file is %v, %v", info, err)
	}
}
