package publicnet_test

import (
	"errors"
	"net/netip"
	"testing"

	"parley/internal/publicnet"
)

func TestIsPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"1.1.1.1": true, "93.184.216.34": true, "2606:4700:4700::1111": true, "::ffff:1.1.1.1": true,
		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "100.64.0.1": false, "127.0.0.1": false, "169.254.169.254": false, "172.16.0.1": false, "192.168.1.1": false,
		"198.18.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false, "192.0.2.1": false,
		"::": false, "::1": false, "::7f00:1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:192.168.0.1": false, "::ffff:169.254.169.254": false,
		"64:ff9b::7f00:1": false, "64:ff9b:1::a00:1": false, "2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false, "fec0::1": false,
	} {
		if got := publicnet.IsPublic(netip.MustParseAddr(text)); got != want {
			t.Errorf("IsPublic(%s) = %v", text, got)
		}
	}
}

func TestControl_SeesTheAddressDialled(t *testing.T) {
	for address, want := range map[string]error{
		"1.1.1.1:443": nil, "[2606:4700:4700::1111]:80": nil,
		"127.0.0.1:443": publicnet.ErrNotPublic, "[::ffff:10.0.0.1]:80": publicnet.ErrNotPublic, "[fe80::1%eth0]:80": publicnet.ErrNotPublic,
		"example.org:443": publicnet.ErrNotPublic, "1.1.1.1": publicnet.ErrNotPublic,
	} {
		if err := publicnet.Control("tcp", address, nil); !errors.Is(err, want) {
			t.Errorf("Control(%s) = %v", address, err)
		}
	}
}
