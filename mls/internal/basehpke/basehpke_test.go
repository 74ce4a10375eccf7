package basehpke

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	mathrand "math/rand/v2"
	"testing"
)

// Vectors of RFC 9180, appendices A.1.1 and A.2.1.
var vectors = []struct {
	name                                              string
	aead                                              AEAD
	ikmE, ikmR, skRm, pkRm, enc, ciphertext, exported string
}{
	{
		name: "A.1.1 AES-128-GCM", aead: AES128GCM(),
		ikmE:       "7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234",
		ikmR:       "6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037",
		skRm:       "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
		pkRm:       "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
		enc:        "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
		ciphertext: "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
		exported:   "3853fe2b4035195a573ffc53856e77058e15d9ea064de3e59f4961d0095250ee",
	},
	{
		name: "A.2.1 ChaCha20Poly1305", aead: ChaCha20Poly1305(),
		ikmE:       "909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b",
		ikmR:       "1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df",
		skRm:       "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb",
		pkRm:       "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a",
		enc:        "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a",
		ciphertext: "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
		exported:   "4bbd6243b8bb54cec311fac9df81841b6fd61f56538a775e7c80a9f40160606e",
	},
}

func TestVectors(t *testing.T) {
	info := unhex(t, "4f6465206f6e2061204772656369616e2055726e")
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			key := must(X25519().DeriveKeyPair(unhex(t, v.ikmR)))(t)
			same(t, "private key", must(key.Bytes())(t), clamped(unhex(t, v.skRm)))
			same(t, "public key", key.PublicKey().Bytes(), unhex(t, v.pkRm))

			ephemeral := must(X25519().DeriveKeyPair(unhex(t, v.ikmE)))(t).(*privateKey)
			shared, enc, err := key.PublicKey().(publicKey).encapWith(ephemeral)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "enc", enc, unhex(t, v.enc))
			s := &Sender{must(newContext(X25519(), v.aead, shared, info))(t)}
			ciphertext := must(s.Seal([]byte("Count-0"), []byte("Beauty is truth, truth beauty")))(t)
			same(t, "ciphertext", ciphertext, unhex(t, v.ciphertext))

			r := must(NewRecipient(enc, key, HKDFSHA256(), v.aead, info))(t)
			same(t, "plaintext", must(r.Open([]byte("Count-0"), ciphertext))(t), []byte("Beauty is truth, truth beauty"))
			same(t, "exported", must(r.Export("", 32))(t), unhex(t, v.exported))
		})
	}
}

var aeads = map[string]struct {
	ours   AEAD
	theirs hpke.AEAD
}{
	"AES-128-GCM":      {AES128GCM(), hpke.AES128GCM()},
	"ChaCha20Poly1305": {ChaCha20Poly1305(), hpke.ChaCha20Poly1305()},
}

var kems = map[string]struct {
	ours   KEM
	theirs hpke.KEM
}{
	"X25519": {X25519(), hpke.DHKEM(ecdh.X25519())},
	"X-Wing": {MLKEM768X25519(), hpke.MLKEM768X25519()},
}

// What one implementation seals the other opens, and both derive the same keys.
func TestAgreesWithStandardLibrary(t *testing.T) {
	for kemName, kem := range kems {
		for aeadName, aead := range aeads {
			for i := range 20 {
				t.Run(fmt.Sprint(kemName, " ", aeadName, " ", i), func(t *testing.T) {
					agrees(t, kem.ours, kem.theirs, aead.ours, aead.theirs, random(i+1), random(i*7))
				})
			}
		}
	}
}

func agrees(t *testing.T, kem KEM, theirKEM hpke.KEM, aead AEAD, theirAEAD hpke.AEAD, ikm, info []byte) {
	t.Helper()
	ours := must(kem.DeriveKeyPair(ikm))(t)
	theirs := must(theirKEM.DeriveKeyPair(ikm))(t)
	same(t, "private key", must(ours.Bytes())(t), must(theirs.Bytes())(t))
	same(t, "public key", ours.PublicKey().Bytes(), theirs.PublicKey().Bytes())
	to := must(kem.NewPublicKey(theirs.PublicKey().Bytes()))(t)
	same(t, "public key read again", to.Bytes(), ours.PublicKey().Bytes())

	enc, s, err := NewSender(to, HKDFSHA256(), aead, info)
	if err != nil {
		t.Fatal(err)
	}
	r := must(hpke.NewRecipient(enc, theirs, hpke.HKDFSHA256(), theirAEAD, info))(t)
	converse(t, s, r)

	enc, s2, err := hpke.NewSender(theirs.PublicKey(), hpke.HKDFSHA256(), theirAEAD, info)
	if err != nil {
		t.Fatal(err)
	}
	r2 := must(NewRecipient(enc, ours, HKDFSHA256(), aead, info))(t)
	converse(t, s2, r2)

	sealed := must(Seal(ours.PublicKey(), HKDFSHA256(), aead, info, ikm))(t)
	same(t, "single message", must(hpke.Open(theirs, hpke.HKDFSHA256(), theirAEAD, info, sealed))(t), ikm)
	sealed = must(hpke.Seal(theirs.PublicKey(), hpke.HKDFSHA256(), theirAEAD, info, ikm))(t)
	same(t, "single message", must(Open(ours, HKDFSHA256(), aead, info, sealed))(t), ikm)
}

// converse sends several messages and exports from both ends.
func converse(t *testing.T, s interface {
	Seal(aad, plaintext []byte) ([]byte, error)
	Export(string, int) ([]byte, error)
}, r interface {
	Open(aad, ciphertext []byte) ([]byte, error)
	Export(string, int) ([]byte, error)
},
) {
	t.Helper()
	for i := range 300 {
		message, aad := random(i%40), random(i%3)
		sealed := must(s.Seal(aad, message))(t)
		if i%50 == 0 {
			if _, err := r.Open(append(aad, 1), sealed); err == nil {
				t.Fatal("opens with other associated data")
			}
		}
		same(t, "message", must(r.Open(aad, sealed))(t), message)
	}
	for _, n := range []int{0, 1, 32, 100, 255 * 32} {
		same(t, "exported", must(s.Export("label", n))(t), must(r.Export("label", n))(t))
	}
}

func TestX25519AgreesWithStandardLibrary(t *testing.T) {
	points := [][]byte{basepoint()}
	for range 200 {
		points = append(points, random(32))
	}
	for _, last := range []byte{0x7f, 0xff} { // around the prime, which is not reduced, with and without the unused bit
		for first := 0xe8; first <= 0xff; first++ {
			points = append(points, append(append([]byte{byte(first)}, bytes.Repeat([]byte{0xff}, 30)...), last))
		}
	}
	for _, point := range points {
		scalar := random(32)
		ours, err := scalarMult(scalar, point)
		key := must(ecdh.X25519().NewPrivateKey(scalar))(t)
		theirs, theirErr := key.ECDH(must(ecdh.X25519().NewPublicKey(point))(t))
		if (err == nil) != (theirErr == nil) || !bytes.Equal(ours, theirs) {
			t.Fatalf("%x · %x = %x, %v; the standard library says %x, %v", scalar, point, ours, err, theirs, theirErr)
		}
	}
}

// The iterated vector of RFC 7748 section 5.2.
func TestX25519Iterated(t *testing.T) {
	k, u := basepoint(), basepoint()
	for i := range 1000 {
		k, u = must(scalarMult(k, u))(t), k
		if i == 0 {
			same(t, "once", k, unhex(t, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"))
		}
	}
	same(t, "1,000 times", k, unhex(t, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"))
}

func TestLowOrderPointsAreRefused(t *testing.T) {
	for _, point := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		key := must(X25519().NewPublicKey(unhex(t, point)))(t)
		if _, _, err := NewSender(key, HKDFSHA256(), ChaCha20Poly1305(), nil); err == nil {
			t.Errorf("sends to %s", point)
		}
		private := must(X25519().GenerateKey())(t)
		if _, err := NewRecipient(unhex(t, point), private, HKDFSHA256(), ChaCha20Poly1305(), nil); err == nil {
			t.Errorf("receives from %s", point)
		}
	}
}

func TestWrongSizesAreRefused(t *testing.T) {
	for name, kem := range kems {
		t.Run(name, func(t *testing.T) { refusesWrongSizes(t, kem.ours) })
	}
}

func refusesWrongSizes(t *testing.T, kem KEM) {
	key := must(kem.GenerateKey())(t)
	private, public := len(must(key.Bytes())(t)), len(key.PublicKey().Bytes())
	encSize := kem.encapsulationSize()
	for _, n := range []int{-1, 1, 32} {
		if _, err := kem.NewPublicKey(random(max(public+n, 0))); err == nil {
			t.Errorf("public key of %d bytes", public+n)
		}
		if _, err := kem.NewPrivateKey(random(private + n)); err == nil {
			t.Errorf("private key of %d bytes", private+n)
		}
		if _, err := NewRecipient(random(encSize+n), key, HKDFSHA256(), AES128GCM(), nil); err == nil {
			t.Errorf("encapsulated key of %d bytes", encSize+n)
		}
	}
	for _, n := range []int{0, 31, encSize - 1, encSize, encSize + 15} {
		if _, err := Open(key, HKDFSHA256(), AES128GCM(), nil, random(n)); err == nil {
			t.Errorf("sealed data of %d bytes", n)
		}
	}
	if _, err := kem.NewPublicKey(nil); err == nil {
		t.Error("no public key")
	}
	_, s, err := NewSender(key.PublicKey(), HKDFSHA256(), AES128GCM(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{-1, 1 << 16, 255*32 + 1} {
		if _, err := s.Export("", n); err == nil {
			t.Errorf("exports %d bytes", n)
		}
	}
}

func BenchmarkX25519(b *testing.B) {
	key := random(32)
	for b.Loop() {
		if _, err := scalarMult(key, basepoint()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStandardX25519(b *testing.B) {
	key := random(32)
	for b.Loop() {
		if _, err := ecdh.X25519().NewPrivateKey(key); err != nil {
			b.Fatal(err)
		}
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Fatalf("%s is %x, not %x", what, got, want)
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	return must(hex.DecodeString(s))(t)
}

func clamped(key []byte) []byte {
	k := clamp(key)
	return k[:]
}

// random is n bytes: mostly arbitrary, now and then all alike, which carries like.
func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	if mathrand.IntN(4) == 0 {
		copy(b, bytes.Repeat([]byte{0xff}, n))
	}
	return b
}
