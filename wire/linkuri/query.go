package linkuri

import (
	"fmt"
	"strconv"
	"strings"
)

// parseQuery reads name=value&…, where of two values the first counts, and
// tells whether it is well formed.
func parseQuery(text string) (map[string]string, bool) {
	values := map[string]string{}
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		value, ok := unescape(value)
		if !ok {
			return nil, false
		}
		if _, twice := values[name]; !twice {
			values[name] = value
		}
	}
	return values, true
}

// escape writes with %XX what does not stand for itself in a query.
func escape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func unescape(text string) (string, bool) {
	text = strings.ReplaceAll(text, "+", " ")
	first, rest, found := strings.Cut(text, "%")
	var b strings.Builder
	b.WriteString(first)
	for found {
		if len(rest) < 2 {
			return "", false
		}
		c, err := strconv.ParseUint(rest[:2], 16, 8)
		if err != nil {
			return "", false
		}
		b.WriteByte(byte(c))
		first, rest, found = strings.Cut(rest[2:], "%")
		b.WriteString(first)
	}
	return b.String(), true
}
