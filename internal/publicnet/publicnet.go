// Package publicnet tells the internet from the networks around a machine. A relay that
// speaks to addresses that devices name must not be turned against what only it can
// reach: other services of the machine, the network behind it, a cloud's metadata.
package publicnet

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// ErrNotPublic: an address is not one of the internet.
var ErrNotPublic = errors.New("publicnet: not a public address")

// special are the ranges that netip does not tell and that are, or may lead, inside a
// network (IANA's registries of special-purpose addresses, RFC 6890): shared space of
// providers, what translates to IPv4 (NAT64, 6to4, Teredo, IPv4-compatible), and others.
var special = parsePrefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
)

func parsePrefixes(texts ...string) []netip.Prefix {
	prefixes := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		prefixes[i] = netip.MustParsePrefix(text)
	}
	return prefixes
}

// IsPublic reports whether an address is of the internet, and not of this machine or a
// network around it.
func IsPublic(addr netip.Addr) bool {
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

// Control is for net.Dialer: it sees the address that a name was resolved to, which a
// name server may have changed since anybody looked. The error is ErrNotPublic.
func Control(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotPublic, err)
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || !IsPublic(addr) {
		return ErrNotPublic
	}
	return nil
}
