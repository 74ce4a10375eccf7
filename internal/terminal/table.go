package terminal

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Table is rows of cells, written as aligned columns. The caller has made the
// text in them harmless; colours do not count as width.
type Table struct{ rows [][]string }

// Row adds a row.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// WriteTo writes the rows with two spaces between the columns.
func (t *Table) WriteTo(w io.Writer) (int64, error) {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Width(cell))
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", widths[i]-Width(cell)+2))
		}
		fmt.Fprintln(&b, strings.TrimRight(line.String(), " "))
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

// Width returns how many columns text takes on a terminal.
func Width(text string) int {
	columns := 0
	inColour := false
	for _, r := range text {
		switch {
		case r == '\x1b':
			inColour = true
		case inColour:
			inColour = r != 'm'
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case wide(r):
			columns += 2
		default:
			columns++
		}
	}
	return columns
}

func wide(r rune) bool {
	kind := width.LookupRune(r).Kind()
	return kind == width.EastAsianWide || kind == width.EastAsianFullwidth
}
