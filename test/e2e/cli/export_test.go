package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// M56: a chat is written to a folder with its files, for who may read them alone;
// what disappears stays out of it, and nothing that is there is replaced.
func TestM56_ExportWithFiles(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	alice, bob := register(r, "+32470000001", "Alice"), register(r, "+32470000002", "Bob")
	path, sum := randomFile(t, "notes.pdf", 300_000)
	alice.want("send", "--to", "+32470000002", "Hello <b>Bob</b>")
	alice.want("send", "--to", "+32470000002", "--file", path, "The notes")
	bob.want("receive", "--once")
	to := filepath.Join(t.TempDir(), "out")
	if out := bob.want("export", "--all", "--to", to, "--fetch"); !strings.Contains(out, "Wrote 2 messages and 1 files of 1 chats") {
		t.Errorf("export prints %s", out)
	}
	pages, _ := filepath.Glob(filepath.Join(to, "001 *.html"))
	if len(pages) != 1 {
		t.Fatalf("the pages are %v", pages)
	}
	page, err := os.ReadFile(pages[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"Hello &lt;b&gt;Bob&lt;/b&gt;", "The notes", "/0001%20notes.pdf"} {
		if !strings.Contains(string(page), part) {
			t.Errorf("the page has no %q:\n%s", part, page)
		}
	}
	files, _ := filepath.Glob(filepath.Join(to, "files", "001 *", "0001 notes.pdf"))
	if len(files) != 1 || fileSum(t, files[0]) != sum {
		t.Errorf("the files are %v", files)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", info.Mode(), err)
	}
	bob.refused("file_exists", "export", "--all", "--to", to)

	text := filepath.Join(t.TempDir(), "text")
	bob.want("export", "--with", "+32470000001", "--format", "text", "--no-files", "--to", text)
	pages, _ = filepath.Glob(filepath.Join(text, "*"))
	if len(pages) != 1 {
		t.Fatalf("the text export has %v", pages)
	}
	if got, _ := os.ReadFile(pages[0]); !strings.Contains(string(got), "Alice: Hello <b>Bob</b>\n") || !strings.Contains(string(got), "<notes.pdf 293.0 KiB>") {
		t.Errorf("the text is:\n%s", got)
	}
}
