package push

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"syscall"
)

// MaxEndpoint is the length of an endpoint, bytes; those of the known services
// have less than 500.
const MaxEndpoint = 2048

// ErrEndpoint: an endpoint is no https address of a public host.
var ErrEndpoint = errors.New("push: not the address of a push service")

// CheckEndpoint refuses what cannot be the address of a push service. A name is
// not looked up: where it leads is checked each time it is dialled.
func CheckEndpoint(endpoint string) error {
	_, err := parseEndpoint(endpoint)
	return err
}

func parseEndpoint(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err != nil || len(endpoint) > MaxEndpoint || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return nil, ErrEndpoint
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !isPublic(addr) {
		return nil, ErrEndpoint
	}
	return u, nil
}

// special are the ranges that netip does not tell and that are, or may lead,
// inside a network (IANA's registries of special-purpose addresses, RFC 6890).
var special = parsePrefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
)

func parsePrefixes(texts ...string) []netip.Prefix {
	prefixes := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		prefixes[i] = netip.MustParsePrefix(text)
	}
	return prefixes
}

// isPublic reports whether an address is of the internet, and not of this
// machine or a network around it.
func isPublic(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false // loopback, link-local, multicast and unspecified are not global unicast
	}
	for _, prefix := range special {
		if prefix.Contains(addr) {
			return false
		}
	}
	return true
}

// allowPublic is net.Dialer.Control: it sees the address that a name was
// resolved to, which a name server may have changed since anybody looked.
func allowPublic(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrEndpoint, err)
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || !isPublic(addr) {
		return ErrEndpoint
	}
	return nil
}
