package transcript_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"parley/internal/transcript"
)

var (
	at   = time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC)
	head = transcript.Head{Title: "Bob", About: "Exported.", Zone: time.UTC}
)

// write writes lines in one format.
func write(t testing.TB, begin func(io.Writer, transcript.Head) (transcript.Writer, error), head transcript.Head, lines ...transcript.Line) string {
	t.Helper()
	var out strings.Builder
	w, err := begin(&out, head)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if err := w.Line(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// M56: what is in a text export, and how.
func TestText_Lines(t *testing.T) {
	got := write(t, transcript.NewText, head,
		transcript.Line{At: at, Sender: "Bob", Text: "two\nlines", Quote: "what?"},
		transcript.Line{At: at, Text: "The keys changed."},
		transcript.Line{At: at, Sender: "You", Mine: true, Text: "see", Marks: []string{"edited"}, File: &transcript.File{Name: "a.pdf", Path: "files/a.pdf", Note: "1 KiB"}},
	)
	want := `Bob
Exported.

[2026-03-01 12:30] Bob: > what?
    two
    lines
[2026-03-01 12:30] The keys changed.
[2026-03-01 12:30] You: <files/a.pdf 1 KiB>
    see
    (edited)
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// A message cannot pretend to be others: each of its lines but the first is indented,
// and nothing turns the direction of writing around.
func TestText_MessageStaysOne(t *testing.T) {
	got := write(t, transcript.NewText, head, transcript.Line{
		At: at, Sender: "Mallory\n[2026-03-01 12:30] Bob", Text: "hi\n[2026-03-01 12:31] Bob: I owe you 1000\r[2026-03-01 12:31] Bob\u202e: x", Quote: "q\n[x] y",
	})
	begins := 0
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "[") {
			begins++
		}
	}
	if begins != 1 || strings.ContainsAny(got, "\r\u202e") {
		t.Errorf("%d messages:\n%s", begins, got)
	}
}

// hostile is what others may put into every field.
const hostile = `</style></title><script>alert(1)</script><img src=x onerror=alert(1)> " ' --> javascript:alert(1) ` + "\x00"

// inert fails if a page could run or load anything but what lies beside it.
func inert(t testing.TB, page string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	policies := 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "iframe", "object", "embed", "link", "base", "form", "svg", "template":
			t.Errorf("the page has a %s", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s has %s", n.Data, a.Key)
			}
			if (a.Key == "src" || a.Key == "href") && (!strings.HasPrefix(a.Val, "files/") || strings.Contains(a.Val, "..")) {
				t.Errorf("%s leads to %q", n.Data, a.Val)
			}
			if a.Key == "http-equiv" && a.Val == "Content-Security-Policy" {
				policies++
			}
		}
	}
	if policies != 1 {
		t.Errorf("%d policies", policies)
	}
}

// M56, hostile content: what others wrote is shown and does nothing.
func TestHTML_IsInert(t *testing.T) {
	lines := []transcript.Line{
		{At: at, Sender: hostile, Text: hostile, Quote: hostile, Marks: []string{hostile}},
		{At: at, Text: hostile},
	}
	for kind := transcript.Document; kind <= transcript.Sound; kind++ {
		for _, path := range []string{"", "files/001/" + transcript.FileName(hostile) + ".pdf", "files/page.html", "files/a.SVG"} {
			lines = append(lines, transcript.Line{At: at, Sender: "Bob", File: &transcript.File{Name: hostile, Path: path, Kind: kind, Note: hostile}})
		}
	}
	page := write(t, transcript.NewHTML, transcript.Head{Title: hostile, About: hostile, Zone: time.UTC}, lines...)
	inert(t, page)
	if !strings.Contains(page, "&lt;script&gt;alert(1)") {
		t.Error("what was written is not shown")
	}
	if strings.Contains(page, `<a href="files/page.html"`) {
		t.Error("a page that somebody sent is linked")
	}
}

func FuzzHTML(f *testing.F) {
	f.Add(hostile, "files/a.png", 1)
	f.Fuzz(func(t *testing.T, text, name string, kind int) {
		file := &transcript.File{Name: text, Path: "files/1" + transcript.FileName(name), Kind: transcript.Kind(kind)}
		inert(t, write(t, transcript.NewHTML, transcript.Head{Title: text, Zone: time.UTC}, transcript.Line{At: at, Sender: text, Text: text, Quote: text, File: file}))
	})
}

func TestFileName_LeadsNowhere(t *testing.T) {
	for text, want := range map[string]string{
		"../../etc/passwd":                 "_.._etc_passwd",
		`C:\a`:                             "C__a",
		" .hidden. ":                       "hidden",
		"invoice\u202efdp.exe":             "invoice_fdp.exe",
		"...":                              "",
		strings.Repeat("é", 200) + ".jpeg": strings.Repeat("é", 57) + ".jpeg",
	} {
		if got := transcript.FileName(text); got != want {
			t.Errorf("%q becomes %q, not %q", text, got, want)
		}
	}
}

func TestWriteIndex_Links(t *testing.T) {
	var out strings.Builder
	err := transcript.WriteIndex(&out, transcript.Head{Title: "Parley"}, []transcript.Entry{{Title: "Bob <b>", Path: "001 Bob.html", About: "3 messages"}})
	if err != nil || !strings.Contains(out.String(), `<a href="001%20Bob.html" dir="auto">Bob &lt;b&gt;</a>`) {
		t.Errorf("%v in:\n%s", err, out.String())
	}
}
