package ident_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"parley/ident"
)

func TestID_TextRoundTrip(t *testing.T) {
	id, err := ident.NewID[ident.AccountID](rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ident.ParseID[ident.AccountID](id.String())
	if err != nil || got != id {
		t.Fatalf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "x", id.String() + "0", strings.ToUpper(id.String()), strings.Repeat("z", 26)} {
		if _, err := ident.ParseID[ident.AccountID](text); err == nil {
			t.Errorf("%q accepted", text)
		}
	}
}

func TestParsePhone(t *testing.T) {
	for text, want := range map[string]ident.Phone{
		"+32470123456": "+32470123456", "+32 470 12.34-56": "+32470123456", "0032470123456": "+32470123456",
		"+1 (555) 010-0123": "+15550100123",
		"":                  "", "470123456": "", "+0470123456": "", "+32470": "", "+3247012345678901": "", "+32a70123456": "",
	} {
		got, err := ident.ParsePhone(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestPhone_StaysOutOfLogs(t *testing.T) {
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", slog.Any("phone", ident.Phone("+32470123456")))
	if strings.Contains(out.String(), "470123456") {
		t.Fatal(out.String())
	}
}

func certificate(t testing.TB) (*ident.Certificate, ed25519.PrivateKey) {
	t.Helper()
	_, account, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	device, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &ident.Certificate{
		Account: ident.AccountID{1}, Device: ident.DeviceID{2}, DeviceKey: device, Platform: ident.PlatformWeb,
		NameHash: ident.NameHash("Kitchen tablet"), Serial: 7, Issued: time.Unix(1_790_000_000, 0).UTC(),
	}
	c.Sign(account)
	return c, account
}

func TestCertificate_RoundTrip(t *testing.T) {
	c, _ := certificate(t)
	got, err := ident.ParseCertificate(c.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(c) {
		t.Fatalf("got %v, want %v", got, c)
	}
}

// No bit of a certificate can be changed, added or left out.
func TestParseCertificate_RefusesChanges(t *testing.T) {
	c, _ := certificate(t)
	good := c.Marshal()
	for i := range len(good) * 8 {
		bad := bytes.Clone(good)
		bad[i/8] ^= 1 << (i % 8)
		if got, err := ident.ParseCertificate(bad); err == nil || got != nil {
			t.Fatalf("bit %d changed and accepted", i)
		}
	}
	for n := range good {
		if _, err := ident.ParseCertificate(good[:n]); err == nil {
			t.Fatalf("%d bytes accepted", n)
		}
	}
	if _, err := ident.ParseCertificate(append(good, 0)); err == nil {
		t.Fatal("a longer one accepted")
	}
}

// FuzzParseCertificate: what parses marshals to the same bytes.
func FuzzParseCertificate(f *testing.F) {
	c, _ := certificate(f)
	f.Add(c.Marshal())
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := ident.ParseCertificate(b)
		if err == nil && !bytes.Equal(got.Marshal(), b) {
			t.Fatal("marshals to other bytes")
		}
	})
}
