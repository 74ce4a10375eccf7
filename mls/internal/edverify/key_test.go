package edverify

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"testing"

	"filippo.io/edwards25519"
)

// agree checks that this package and crypto/ed25519 judge alike, and tells how.
func agree(t testing.TB, public, message, signature []byte) bool {
	t.Helper()
	want := ed25519.Verify(public, message, signature)
	key := NewKey(public)
	got := key != nil && key.Verify(message, signature)
	if got != want {
		t.Fatalf("key %x, message %x, signature %x: %v, crypto/ed25519 says %v", public, message, signature, got, want)
	}
	return got
}

// TestAgainstStandard: random keys and messages of all lengths, and each bit of
// key and signature wrong.
func TestAgainstStandard(t *testing.T) {
	for n := range 200 {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		message := bytes.Repeat([]byte{byte(n)}, n)
		if !agree(t, public, message, ed25519.Sign(private, message)) {
			t.Fatal("an honest signature is refused")
		}
	}
	public, private, _ := ed25519.GenerateKey(rand.Reader)
	signature := ed25519.Sign(private, []byte("text"))
	for i := range 8 * len(signature) {
		wrong := bytes.Clone(signature)
		wrong[i/8] ^= 1 << (i % 8)
		if agree(t, public, []byte("text"), wrong) {
			t.Fatalf("bit %d of the signature does not matter", i)
		}
	}
	for i := range 8 * len(public) {
		wrong := bytes.Clone(public)
		wrong[i/8] ^= 1 << (i % 8)
		if agree(t, wrong, []byte("text"), signature) {
			t.Fatalf("bit %d of the key does not matter", i)
		}
	}
	for _, size := range []int{0, 31, 63, 65} {
		if NewKey(public).Verify([]byte("text"), make([]byte, size)) {
			t.Fatal("a signature of the wrong length")
		}
	}
	if NewKey(public[:31]) != nil || NewKey(nil) != nil {
		t.Fatal("a key of the wrong length")
	}
}

// odd are encodings in which implementations differ: points of low order, y that
// is not reduced, the sign of zero.
func odd(t testing.TB) (list [][]byte) {
	for _, text := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"0200000000000000000000000000000000000000000000000000000000000000",
	} {
		encoded, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, encoded)
	}
	return list
}

// TestOddEncodings: every such encoding as key and as R, with s of zero, one,
// the order of the group, and random; among them are signatures that hold.
func TestOddEncodings(t *testing.T) {
	order, _ := hex.DecodeString("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
	scalars := [][]byte{make([]byte, 32), append([]byte{1}, make([]byte, 31)...), order, bytes.Repeat([]byte{0xff}, 32)}
	accepted := 0
	for _, public := range odd(t) {
		for _, r := range odd(t) {
			for _, s := range scalars {
				for n := range 8 {
					if agree(t, public, fmt.Append(nil, "message ", n), append(bytes.Clone(r), s...)) {
						accepted++
					}
				}
			}
		}
	}
	if accepted == 0 {
		t.Fatal("no case that crypto/ed25519 accepts: the test shows nothing")
	}
}

// TestMixedOrder: a key with a part of low order. Such signatures hold for some
// messages only, unless one multiplies by the cofactor.
func TestMixedOrder(t *testing.T) {
	held := 0
	for n := range 64 {
		seed := sha512.Sum512(fmt.Append(nil, n))
		a, _ := edwards25519.NewScalar().SetUniformBytes(seed[:])
		low, err := new(edwards25519.Point).SetBytes(odd(t)[6])
		if err != nil {
			t.Fatal(err)
		}
		public := new(edwards25519.Point).ScalarBaseMult(a)
		encoded := public.Add(public, low).Bytes()
		nonce := sha512.Sum512(seed[:])
		r, _ := edwards25519.NewScalar().SetUniformBytes(nonce[:])
		commitment := new(edwards25519.Point).ScalarBaseMult(r).Bytes()
		message := []byte("message")
		digest := sha512.Sum512(append(append(bytes.Clone(commitment), encoded...), message...))
		k, _ := edwards25519.NewScalar().SetUniformBytes(digest[:])
		s := edwards25519.NewScalar().MultiplyAdd(k, a, r)
		if agree(t, encoded, message, append(commitment, s.Bytes()...)) {
			held++
		}
	}
	if held == 0 || held == 64 {
		t.Fatalf("%d of 64 hold", held)
	}
}

// FuzzVerify: anything is judged as crypto/ed25519 judges it.
func FuzzVerify(f *testing.F) {
	public, private, _ := ed25519.GenerateKey(rand.Reader)
	f.Add([]byte(public), []byte("text"), ed25519.Sign(private, []byte("text")), false)
	for _, encoded := range odd(f) {
		f.Add(encoded, []byte("text"), append(bytes.Clone(encoded), make([]byte, 32)...), true)
	}
	f.Fuzz(func(t *testing.T, public, message, signature []byte, sign bool) {
		if len(public) != ed25519.PublicKeySize {
			return
		}
		agree(t, public, message, signature)
		if sign { // the bytes as the seed of an honest key
			private := ed25519.NewKeyFromSeed(public)
			if !agree(t, private.Public().(ed25519.PublicKey), message, ed25519.Sign(private, message)) {
				t.Fatal("an honest signature is refused")
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	public, private, _ := ed25519.GenerateKey(rand.Reader)
	message := make([]byte, 400)
	signature := ed25519.Sign(private, message)
	key := NewKey(public)
	b.Run("table", func(b *testing.B) {
		for range b.N {
			key.Verify(message, signature)
		}
	})
	b.Run("standard", func(b *testing.B) {
		for range b.N {
			ed25519.Verify(public, message, signature)
		}
	})
	b.Run("new key", func(b *testing.B) {
		for range b.N {
			NewKey(public)
		}
	})
}
