package push

import (
	"errors"
	"net/netip"
	"net/url"

	"parley/internal/publicnet"
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
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !publicnet.IsPublic(addr) {
		return nil, ErrEndpoint
	}
	return u, nil
}
