package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/client/api"
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

	// Contacts: a name from a card is on this account only, and goes out again.
	cards := filepath.Join(t.TempDir(), "cards.vcf")
	vcf := "BEGIN:VCARD\nVERSION:3.0\nFN:Al\nTEL:+32 470 00 00 01\nEND:VCARD\nBEGIN:VCARD\nFN:Zed\nTEL:+32470999999\nEND:VCARD\nBEGIN:VCARD\nFN:X\nTEL:112\nEND:VCARD\n"
	if err := os.WriteFile(cards, []byte(vcf), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(bob.want("contacts", "import", cards, "--json")); got != `{"named":1,"notHere":1,"skipped":1}` {
		t.Errorf("imported %s", got)
	}
	if got := bob.want("contacts", "export"); !strings.Contains(got, "FN:Al\r\n") || !strings.Contains(got, "tel:+32470000001") {
		t.Errorf("exported %s", got)
	}
	bob.refused("vcard_none", "contacts", "import", path)

	// A report has what was chosen.
	last := decode[api.Messages](t, bob.want("messages", "--with", "+32470000001", "--json")).Messages[0]
	bob.want("chat", "report", "--with", "+32470000001", "--message", last.ID, "--note", "rude")
	reports := runParley(t, "", "admin", "reports", "--data", r.data).out
	for _, part := range []string{"+32470000002 reports +32470000001", "rude", "Hello <b>Bob</b>"} {
		if !strings.Contains(reports, part) {
			t.Errorf("the reports have no %q:\n%s", part, reports)
		}
	}
	if strings.Contains(reports, "notes") {
		t.Errorf("the reports have what was not chosen:\n%s", reports)
	}
	chosen := decode[api.Settings](t, bob.want("settings", "set", "--quiet-hours", "22:00-07:30", "--previews", "chosen", "--link-previews", "off", "--json"))
	if chosen.QuietHours != "2200-0730" || chosen.Previews != "chosen" || chosen.LinkPreviews != "off" {
		t.Errorf("chosen is %+v", chosen)
	}
}
