// Package terminal writes for people who read a terminal: colours where they
// are wanted, aligned columns, times relative to now, QR codes in characters,
// and text of others made harmless. It decides nothing about content.
package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Style colours text, or leaves it as it is. The zero value is plain.
type Style struct{ colours bool }

// StyleFor returns the style for a writer: colours on a terminal, unless the
// environment says otherwise (https://no-color.org).
func StyleFor(w io.Writer, getenv func(string) string) Style {
	return Style{IsTerminal(w) && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
}

// IsTerminal reports whether a reader or writer is a terminal.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Bold makes text stand out.
func (s Style) Bold(text string) string { return s.wrap("1", text) }

// Dim makes text step back.
func (s Style) Dim(text string) string { return s.wrap("2", text) }

// Good marks what is well.
func (s Style) Good(text string) string { return s.wrap("32", text) }

// Bad marks what is not well.
func (s Style) Bad(text string) string { return s.wrap("31", text) }

// Match marks what a search found.
func (s Style) Match(text string) string { return s.wrap("1;33", text) }

func (s Style) wrap(code, text string) string {
	if !s.colours || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
