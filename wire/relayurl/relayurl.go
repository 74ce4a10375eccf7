// Package relayurl reads the address of a relay, http or https, and gives that
// of its WebSocket. What it takes net/url takes too, with the same meaning; it
// exists because net/url is 19 KB of what a browser loads first.
package relayurl

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrMalformed is the error for text that is not the address of a relay.
var ErrMalformed = errors.New("not the address of a relay")

// URL is the address of a relay. The host may have a port; the path, for
// relays behind a proxy, begins with a slash or is empty.
type URL struct{ Scheme, Host, Path string }

// Parse reads scheme://host[:port][/path]. Addresses with user, query or
// fragment are refused; the error is always ErrMalformed.
func Parse(text string) (URL, error) {
	scheme, rest, found := strings.Cut(text, "://")
	scheme = strings.ToLower(scheme)
	if !found || (scheme != "http" && scheme != "https") {
		return URL{}, ErrMalformed
	}
	u := URL{Scheme: scheme, Host: rest}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		u.Host, u.Path = rest[:i], rest[i:]
	}
	if !validHost(u.Host) || !validPath(u.Path) {
		return URL{}, ErrMalformed
	}
	return u, nil
}

// WebSocket is the address with the scheme of WebSockets, and the path after
// the relay's own.
func (u URL) WebSocket(path string) string {
	return "ws" + strings.TrimPrefix(u.Scheme, "http") + "://" + u.Host + u.Path + path
}

// validHost takes names, IPv4 addresses and IPv6 addresses in brackets, each
// with or without a port.
func validHost(host string) bool {
	if inside, bracketed := strings.CutPrefix(host, "["); bracketed {
		address, after, closed := strings.Cut(inside, "]")
		port, hasPort := strings.CutPrefix(after, ":")
		return closed && isV6(address) && (after == "" || hasPort && validPort(port))
	}
	name, port, hasPort := strings.Cut(host, ":")
	return name != "" && utf8.ValidString(name) && consistsOf(name, isNameByte) && (!hasPort || validPort(port))
}

func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

func validPath(path string) bool {
	return utf8.ValidString(path) && consistsOf(path, func(b byte) bool { return isNameByte(b) || strings.IndexByte("/~!$&'()*+,;=:@", b) >= 0 })
}

func consistsOf(text string, allowed func(byte) bool) bool {
	for i := range len(text) {
		if !allowed(text[i]) {
			return false
		}
	}
	return true
}

// isNameByte takes what host names consist of, in any script.
func isNameByte(b byte) bool {
	return b >= utf8.RuneSelf || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '.' || b == '-' || b == '_'
}

// isV6 takes IPv6 addresses in hexadecimal, without zone.
func isV6(text string) bool {
	head, tail, shortened := strings.Cut(text, "::")
	before, ok := countGroups(head)
	after, ok2 := countGroups(tail)
	if !ok || !ok2 {
		return false
	}
	if shortened {
		return before+after < 8
	}
	return before == 8
}

// countGroups counts what colons separate, and tells whether each is 1 to 4
// hexadecimal digits.
func countGroups(text string) (int, bool) {
	if text == "" {
		return 0, true
	}
	n := 0
	for group := range strings.SplitSeq(text, ":") {
		if len(group) > 4 || !consistsOf(group, isHex) || group == "" {
			return 0, false
		}
		n++
	}
	return n, true
}

func isHex(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F'
}
