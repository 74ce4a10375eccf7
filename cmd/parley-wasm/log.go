//go:build js && wasm

package main

import (
	"fmt"
	"io"
	"strings"
)

// console writes what the core tells to the browser's console. log/slog would do
// the same, with 25 KB more for a first visit.
type console struct{ w io.Writer }

// Warn implements api.Log.
func (c console) Warn(message string, pairs ...any) { c.write("WARN", message, pairs) }

// Error implements api.Log.
func (c console) Error(message string, pairs ...any) { c.write("ERROR", message, pairs) }

func (c console) write(level, message string, pairs []any) {
	var line strings.Builder
	line.WriteString(level + " " + message)
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&line, " %v=%s", pairs[i], show(pairs[i+1]))
	}
	_, _ = io.WriteString(c.w, line.String()+"\n") // nobody could be told
}

// show writes what is known to be harmless; of anything else its type.
func show(value any) string {
	switch v := value.(type) {
	case string, error, int, uint64:
		return fmt.Sprintf("%q", fmt.Sprint(v))
	}
	return fmt.Sprintf("%T", value)
}
