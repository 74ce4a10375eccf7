package relay

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"parley/ident"
)

func exampleNotices() []notice {
	a, b, d := ident.AccountID{1}, ident.AccountID{2}, ident.DeviceID{3}
	return []notice{
		{kind: noticeFeed, accounts: []ident.AccountID{a, b}, devices: []ident.DeviceID{}, positions: []uint64{1, 1 << 40}, event: []byte{}},
		{kind: noticeEvent, accounts: []ident.AccountID{b}, devices: []ident.DeviceID{}, event: []byte("frame")},
		{kind: noticeEntered, accounts: []ident.AccountID{a}, devices: []ident.DeviceID{d}, number: 7, event: []byte{}},
		{kind: 200, accounts: []ident.AccountID{}, devices: []ident.DeviceID{}, event: []byte{}},
	}
}

func TestNotices(t *testing.T) {
	for _, n := range exampleNotices() {
		encoded := n.encode()
		if got, err := decodeNotice(encoded); err != nil || !reflect.DeepEqual(got, n) {
			t.Errorf("%+v came back as %+v, %v", n, got, err)
		}
		fixed := len(encoded) - len(n.event)
		for size := range fixed {
			if got, err := decodeNotice(encoded[:size]); err == nil {
				t.Errorf("%d bytes of %+v were read as %+v", size, n, got)
			}
		}
	}
}

func TestGrantNotices(t *testing.T) {
	for _, g := range []grant{
		{phone: "+32470100001", account: ident.AccountID{1}, expires: time.UnixMilli(1_800_000_000_000)},
		{phone: "+32470100001", account: ident.AccountID{1}, expires: time.UnixMilli(1), certificate: []byte("certificate"), passed: []byte("hash"), reset: true},
	} {
		n := g.encode(keyOf([]byte("token")))
		key, got, err := decodeGrant(n)
		if err != nil || key != keyOf([]byte("token")) || !reflect.DeepEqual(got, g) {
			t.Errorf("%+v came back as %+v, %v", g, got, err)
		}
		for size := range n.event {
			if _, _, err := decodeGrant(&notice{kind: noticeGrant, accounts: n.accounts, event: n.event[:size]}); err == nil {
				t.Errorf("%d of %d bytes were read", size, len(n.event))
			}
		}
	}
}

// Whatever a notice is made of, reading it ends, and what was read is written the same.
func FuzzNotice(f *testing.F) {
	for _, n := range exampleNotices() {
		f.Add(n.encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := decodeNotice(b)
		if err != nil {
			return
		}
		again, err := decodeNotice(n.encode())
		if err != nil || !reflect.DeepEqual(again, n) || len(n.encode()) > len(b) || !bytes.HasSuffix(b, n.event) {
			t.Errorf("%x was read as %+v and again as %+v, %v", b, n, again, err)
		}
		if key, g, err := decodeGrant(&n); err == nil && !reflect.DeepEqual(g.encode(key).accounts, n.accounts) {
			t.Errorf("a grant of %x was read as %+v", b, g)
		}
	})
}
