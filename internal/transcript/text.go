package transcript

import (
	"io"
	"strings"

	"parley/internal/terminal"
)

// indent stands before each further line of a message: without it a message could
// pretend to be several, by other people.
const indent = "    "

// textWriter writes a chat as UTF-8 text, one message a line.
type textWriter struct {
	w    stickyWriter
	head Head
}

// NewText begins a chat as text.
func NewText(to io.Writer, head Head) (Writer, error) {
	t := &textWriter{stickyWriter{to: to}, head}
	t.w.write(oneLine(head.Title), "\n")
	if head.About != "" {
		t.w.write(oneLine(head.About), "\n")
	}
	t.w.write("\n")
	return t, t.w.err
}

// Line implements Writer.
func (t *textWriter) Line(l Line) error {
	t.w.write("[", l.At.In(t.head.Zone).Format(dayLayout+" "+timeLayout), "] ")
	if l.Sender != "" {
		t.w.write(oneLine(l.Sender), ": ")
	}
	var parts []string
	if l.Quote != "" {
		parts = append(parts, "> "+oneLine(l.Quote))
	}
	if l.File != nil {
		parts = append(parts, fileText(l.File))
	}
	if l.Text != "" {
		parts = append(parts, terminal.Clean(l.Text))
	}
	for _, mark := range l.Marks {
		parts = append(parts, "("+oneLine(mark)+")")
	}
	t.w.write(strings.ReplaceAll(strings.Join(parts, "\n"), "\n", "\n"+indent), "\n")
	return t.w.err
}

// Close implements Writer.
func (t *textWriter) Close() error { return t.w.err }

func fileText(f *File) string {
	where := f.Path
	if where == "" {
		where = f.Name
	}
	return "<" + oneLine(strings.TrimSpace(where+" "+f.Note)) + ">"
}

func oneLine(text string) string { return strings.ReplaceAll(terminal.Clean(text), "\n", " ") }
