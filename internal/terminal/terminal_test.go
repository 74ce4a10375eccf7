package terminal_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"rsc.io/qr"

	"parley/internal/terminal"
)

func TestClean_ControlCharactersDoNotReachTheTerminal(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"hello\nthere\twith 🎈", "hello\nthere with 🎈"},
		{"\x1b]0;title\x07", "�]0;title�"},
		{"a\rb\x00\u009b31m", "a�b��31m"},
		{"user\u202egpj.exe", "user�gpj.exe"},
	} {
		if got := terminal.Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestLine_IsOneShortLine(t *testing.T) {
	if got := terminal.Line("één\ntwee drie", 8); got != "één twe…" {
		t.Errorf("got %q", got)
	}
}

func TestTable_ColumnsAlign(t *testing.T) {
	var table terminal.Table
	table.Row("NAME", "N")
	table.Row("田中", "1")
	table.Row("Zoë\u0308 🎈", "22")
	table.Row("\x1b[1mbold\x1b[0m", "3")
	var b strings.Builder
	if _, err := table.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	want := "NAME    N\n田中    1\nZoë\u0308 🎈  22\n\x1b[1mbold\x1b[0m    3\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestAgo(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		t    time.Time
		want string
	}{
		{time.UnixMilli(0), "never"},
		{now.Add(time.Second), "just now"},
		{now.Add(-59 * time.Second), "just now"},
		{now.Add(-time.Minute), "1 min ago"},
		{now.Add(-11 * time.Hour), "11 h ago"},
		{now.Add(-13 * time.Hour), "yesterday"},
		{now.AddDate(0, 0, -2), "19 Nov"},
		{now.AddDate(-1, 0, 0), "21 Nov 2025"},
	} {
		if got := terminal.Ago(now, c.t); got != c.want {
			t.Errorf("Ago(%v) = %q, want %q", c.t, got, c.want)
		}
	}
}

func TestStyleFor_FilesAndNoColorArePlain(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := terminal.StyleFor(f, func(string) string { return "" }).Bold("x"); got != "x" {
		t.Errorf("got %q in a file", got)
	}
}

// The drawing read back module by module is the code.
func TestQR_DrawsEveryModuleAndTheQuietZone(t *testing.T) {
	const text = "parley://link?v=1&relay=http%3A%2F%2F127.0.0.1%3A8080&slot=AAAA"
	drawn, err := terminal.Style{}.QR(text)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	var modules [][]bool // dark
	for line := range strings.Lines(drawn) {
		var upper, lower []bool
		for _, r := range strings.TrimSuffix(line, "\n") {
			upper = append(upper, r != '█' && r != '▀')
			lower = append(lower, r != '█' && r != '▄')
		}
		modules = append(modules, upper, lower)
	}
	for y := range code.Size + 8 {
		for x := range code.Size + 8 {
			if got, want := modules[y][x], code.Black(x-4, y-4); got != want {
				t.Fatalf("module %d,%d dark %v, want %v", x-4, y-4, got, want)
			}
		}
	}
}
