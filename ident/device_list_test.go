package ident_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"time"

	"parley/ident"
)

func deviceList(t testing.TB, serial uint64, devices ...ident.DeviceID) (*ident.DeviceList, ed25519.PrivateKey) {
	t.Helper()
	_, account, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	l := &ident.DeviceList{Account: ident.AccountID{1}, Serial: serial, Issued: time.Unix(1_790_000_000, 0).UTC(), Devices: devices}
	l.Sign(account)
	return l, account
}

// X6: a list judges the certificates of its account key up to its serial, and
// no others.
func TestDeviceList_Revokes(t *testing.T) {
	l, account := deviceList(t, 7, ident.DeviceID{1}, ident.DeviceID{2})
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		device ident.DeviceID
		serial uint64
		signer ed25519.PrivateKey
		want   bool
	}{
		"listed":              {ident.DeviceID{2}, 3, account, false},
		"not listed any more": {ident.DeviceID{3}, 7, account, true},
		"linked since":        {ident.DeviceID{3}, 8, account, false},
		"under another key":   {ident.DeviceID{3}, 7, stranger, false},
	} {
		t.Run(name, func(t *testing.T) {
			certificate := &ident.Certificate{Account: l.Account, Device: c.device, Serial: c.serial}
			certificate.Sign(c.signer)
			if got := l.Revokes(certificate); got != c.want {
				t.Errorf("revoked: %v", got)
			}
		})
	}
}

// X6: an older list, shown again, does not take the place of a newer one.
func TestDeviceList_Replaces(t *testing.T) {
	l, account := deviceList(t, 7, ident.DeviceID{1})
	older := &ident.DeviceList{Account: l.Account, Serial: 6, Issued: l.Issued, Devices: []ident.DeviceID{{1}, {2}}}
	older.Sign(account)
	other, _ := deviceList(t, 1, ident.DeviceID{1})
	if older.Replaces(l) || l.Replaces(l) || !l.Replaces(older) || !l.Replaces(nil) || !other.Replaces(l) {
		t.Error("the wrong list wins")
	}
}

// No bit of a list can be changed, added or left out.
func TestParseDeviceList_RefusesChanges(t *testing.T) {
	l, _ := deviceList(t, 7, ident.DeviceID{1}, ident.DeviceID{2})
	good := l.Marshal()
	if got, err := ident.ParseDeviceList(good); err != nil || !bytes.Equal(got.Marshal(), good) {
		t.Fatalf("got %v, %v", got, err)
	}
	for i := range len(good) * 8 {
		bad := bytes.Clone(good)
		bad[i/8] ^= 1 << (i % 8)
		if got, err := ident.ParseDeviceList(bad); err == nil || got != nil {
			t.Fatalf("bit %d changed and accepted", i)
		}
	}
	for n := range good {
		if _, err := ident.ParseDeviceList(good[:n]); err == nil {
			t.Fatalf("%d bytes accepted", n)
		}
	}
	if _, err := ident.ParseDeviceList(append(good, 0)); err == nil {
		t.Fatal("a longer one accepted")
	}
}

// FuzzParseDeviceList: what parses marshals to the same bytes.
func FuzzParseDeviceList(f *testing.F) {
	l, _ := deviceList(f, 7, ident.DeviceID{1}, ident.DeviceID{2})
	f.Add(l.Marshal())
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := ident.ParseDeviceList(b)
		if err == nil && !bytes.Equal(got.Marshal(), b) {
			t.Fatal("marshals to other bytes")
		}
	})
}
