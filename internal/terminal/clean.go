package terminal

import (
	"strings"
	"unicode"
)

// Clean makes text of others harmless to a terminal: control characters, which
// could move the cursor or worse, and characters that reverse the direction of
// what follows become "�". Line feeds stay; tabs become a space.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// Line is Clean for one line: line feeds become spaces, and what is longer
// than limit characters ends in "…".
func Line(text string, limit int) string {
	runes := []rune(strings.ReplaceAll(Clean(text), "\n", " "))
	if len(runes) > limit {
		runes = append(runes[:limit-1], '…')
	}
	return string(runes)
}
