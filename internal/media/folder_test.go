package media_test

import (
	"os"
	"path/filepath"
	"testing"

	"parley/internal/media"
	"parley/internal/media/mediatest"
)

func TestFolder(t *testing.T) {
	mediatest.Run(t, func(t *testing.T) media.Blobs {
		folder, err := media.OpenFolder(filepath.Join(t.TempDir(), "media"))
		if err != nil {
			t.Fatal(err)
		}
		return folder
	})
}

// Names on the disk are the random ids, nobody else may read them, and what is
// no blob is left alone.
func TestFolderOnDisk(t *testing.T) {
	dir := t.TempDir()
	folder, err := media.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	id := media.ID{0xab, 15: 1}
	if err := folder.Create(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "ab", "ab000000000000000000000000000001"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
	for _, name := range []string{"ab/README", "README"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := folder.List(t.Context(), media.ID{}, 10); err != nil || len(list) != 1 || list[0].ID != id {
		t.Errorf("listed %v, %v", list, err)
	}
	for _, text := range []string{"", "ab", "../../../../../../../../../etc/x", "AB000000000000000000000000000001"} {
		if _, err := media.ParseID(text); err == nil {
			t.Errorf("%q is an id", text)
		}
	}
}
