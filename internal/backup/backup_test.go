package backup

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"parley/internal/media"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func folder(t *testing.T) *media.Folder {
	t.Helper()
	f, err := media.OpenFolder(filepath.Join(t.TempDir(), "media"))
	must(t, err)
	return f
}

// files are more than are listed at a time.
func files() map[media.ID]string {
	all := make(map[media.ID]string)
	for n := range pageOfBlobs + 20 {
		all[media.ID{byte(n), byte(n >> 8), 1}] = string(bytes.Repeat([]byte{byte(n)}, n%700))
	}
	return all
}

// write returns a backup of a database and of files.
func write(t *testing.T, database string, all map[media.ID]string) []byte {
	t.Helper()
	blobs, path := folder(t), filepath.Join(t.TempDir(), "copy.db")
	must(t, os.WriteFile(path, []byte(database), 0o600))
	for id, text := range all {
		must(t, blobs.Create(t.Context(), id))
		_, err := blobs.Append(t.Context(), id, 0, bytes.NewReader([]byte(text)))
		must(t, err)
	}
	var to bytes.Buffer
	m, err := Write(t.Context(), &to, Source{Database: path, Blobs: blobs, Software: "parley/test", Made: time.UnixMilli(1e12)})
	must(t, err)
	if m.Files != len(all) || m.Software != "parley/test" || m.Made.UnixMilli() != 1e12 {
		t.Errorf("the manifest is %+v", m)
	}
	return to.Bytes()
}

func TestRestoreGivesBackAll(t *testing.T) {
	all := files()
	written := write(t, "a database", all)
	blobs, path := folder(t), filepath.Join(t.TempDir(), "relay.db")
	for range 2 { // an earlier try may have left files
		m, err := Restore(t.Context(), bytes.NewReader(written), Target{Database: path, Blobs: blobs})
		must(t, err)
		if m.Files != len(all) {
			t.Errorf("the manifest is %+v", m)
		}
		got, err := os.ReadFile(path)
		must(t, err)
		if string(got) != "a database" {
			t.Errorf("the database is %q", got)
		}
		must(t, os.Remove(path))
	}
	for id, want := range all {
		file, err := blobs.Open(t.Context(), id)
		must(t, err)
		got, err := io.ReadAll(file)
		if err = errors.Join(err, file.Close()); err != nil || string(got) != want {
			t.Fatalf("%s has %d bytes, want %d, %v", id, len(got), len(want), err)
		}
	}
}

func restore(t *testing.T, written []byte) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "relay.db")
	_, err := Restore(t.Context(), bytes.NewReader(written), Target{Database: path, Blobs: folder(t)})
	if _, missing := os.Stat(path); err != nil && !errors.Is(missing, fs.ErrNotExist) {
		t.Errorf("after %v there is a database", err)
	}
	return err
}

// A backup of which a part is missing, or a byte is another, gives no database.
func TestRestoreRefusesWhatIsNotWhole(t *testing.T) {
	written := write(t, "a database", map[media.ID]string{{1}: "one", {2}: "two"})
	must(t, restore(t, written))
	// What follows is how a tar file ends, and tells nothing.
	manifestEnd := bytes.LastIndexByte(written, '}') + 1
	for end := 0; end < len(written); end += 100 {
		if err := restore(t, written[:end]); err == nil && end < manifestEnd {
			t.Errorf("the first %d bytes of %d were taken", end, len(written))
		}
	}
	for _, contents := range []string{"a database", "one", "two"} {
		at := bytes.Index(written, []byte(contents))
		damaged := bytes.Clone(written)
		damaged[at] ^= 1
		if err := restore(t, damaged); !errors.Is(err, ErrIncomplete) {
			t.Errorf("another byte in %q gave %v", contents, err)
		}
	}
	if err := restore(t, []byte("SQLite format 3\x00")); !errors.Is(err, ErrNoBackup) {
		t.Errorf("a database gave %v", err)
	}
	newer := bytes.Replace(written, []byte(`"format":1`), []byte(`"format":9`), 1)
	if err := restore(t, newer); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer format gave %v", err)
	}
}

// A database that is there is not written over.
func TestRestoreKeepsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "relay.db")
	must(t, os.WriteFile(path, []byte("mine"), 0o600))
	_, err := Restore(t.Context(), bytes.NewReader(write(t, "a database", nil)), Target{Database: path})
	if got, _ := os.ReadFile(path); !errors.Is(err, fs.ErrExist) || string(got) != "mine" {
		t.Errorf("%v, and the database is %q", err, got)
	}
}

func FuzzRestore(f *testing.F) {
	f.Add([]byte("no backup"))
	f.Add(make([]byte, 1024))
	f.Fuzz(func(t *testing.T, from []byte) { _ = restore(t, from) })
}
