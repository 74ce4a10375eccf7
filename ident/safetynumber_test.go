package ident_test

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"

	"parley/ident"
)

func party(seed byte) ident.Party {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	return ident.Party{Account: ident.AccountID{seed}, Key: key}
}

// X6: both sides see the same sixty digits, and other digits for any other key or account.
func TestX6_SafetyNumber(t *testing.T) {
	ana, ben := party(1), party(2)
	number := ident.NewSafetyNumber(ana, ben)
	if number != ident.NewSafetyNumber(ben, ana) {
		t.Error("the number depends on who looks")
	}
	if len(number) != ident.SafetyDigits || strings.Trim(string(number), "0123456789") != "" {
		t.Errorf("%q is not sixty digits", number)
	}
	if groups := number.Groups(); len(groups) != 12 || strings.Join(groups, "") != string(number) {
		t.Errorf("groups %q", groups)
	}
	otherKey, otherAccount := ben, ben
	otherKey.Key, otherAccount.Account = party(3).Key, ident.AccountID{3}
	for _, other := range []ident.Party{otherKey, otherAccount} {
		if ident.NewSafetyNumber(ana, other) == number {
			t.Error("another party has the same number")
		}
	}
}

// The number is compared between versions of the app for years: it is pinned.
func TestX6_SafetyNumberNeverChanges(t *testing.T) {
	const want = "445372097035617245144089722530459347379062728385847840075561"
	if got := ident.NewSafetyNumber(party(1), party(2)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestX6_SafetyCode(t *testing.T) {
	code := ident.SafetyCode{Shower: party(1), Scanner: party(2)}
	read, err := ident.ParseSafetyCode(" " + code.String() + "\n")
	if err != nil || !read.Shower.Equal(code.Shower) || !read.Scanner.Equal(code.Scanner) {
		t.Errorf("read %v, %v", read, err)
	}
	text := code.String()
	for _, bad := range []string{"", "parley-safety:1:", text[:len(text)-1], text + "A", "x" + text, strings.Replace(text, ":1:", ":2:", 1)} {
		if _, err := ident.ParseSafetyCode(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func FuzzParseSafetyCode(f *testing.F) {
	f.Add(ident.SafetyCode{Shower: party(1), Scanner: party(2)}.String())
	f.Fuzz(func(t *testing.T, text string) {
		code, err := ident.ParseSafetyCode(text)
		if err == nil && code.String() != strings.TrimSpace(text) {
			t.Errorf("%q was read as %q", text, code)
		}
	})
}

func BenchmarkSafetyNumber(b *testing.B) {
	ana, ben := party(1), party(2)
	for b.Loop() {
		ident.NewSafetyNumber(ana, ben)
	}
}
