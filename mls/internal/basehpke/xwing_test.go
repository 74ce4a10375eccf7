package basehpke

import (
	"bytes"
	"crypto/hpke"
	"crypto/mlkem"
	"crypto/mlkem/mlkemtest"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"testing"
)

// xwingVector is the vector of draft-ietf-hpke-pq with X-Wing, HKDF-SHA256 and
// ChaCha20-Poly1305.
//
//go:embed testdata/xwing.json
var xwingVector []byte

// hexBytes are bytes that JSON holds as hexadecimal digits.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

func TestXWingVector(t *testing.T) {
	var v struct {
		Info, IkmE, IkmR, SkRm, PkRm, Enc hexBytes
		SharedSecret                      hexBytes `json:"shared_secret"`
		Encryptions                       []struct{ AAD, CT, PT hexBytes }
		Exports                           []struct {
			Context hexBytes `json:"exporter_context"`
			L       int
			Value   hexBytes `json:"exported_value"`
		}
	}
	if err := json.Unmarshal(xwingVector, &v); err != nil {
		t.Fatal(err)
	}
	key := must(MLKEM768X25519().DeriveKeyPair(v.IkmR))(t)
	same(t, "private key", must(key.Bytes())(t), v.SkRm)
	same(t, "public key", key.PublicKey().Bytes(), v.PkRm)

	to := must(MLKEM768X25519().NewPublicKey(v.PkRm))(t).(*xwingPublicKey)
	sharedPQ, encPQ, err := mlkemtest.Encapsulate768(to.pq, v.IkmE[:32])
	if err != nil {
		t.Fatal(err)
	}
	shared, enc, err := to.encapWith(sharedPQ, encPQ, v.IkmE[32:])
	if err != nil {
		t.Fatal(err)
	}
	same(t, "shared secret", shared, v.SharedSecret)
	same(t, "enc", enc, v.Enc)

	s := &Sender{must(newContext(MLKEM768X25519(), ChaCha20Poly1305(), shared, v.Info))(t)}
	r := must(NewRecipient(enc, key, HKDFSHA256(), ChaCha20Poly1305(), v.Info))(t)
	for _, e := range v.Encryptions {
		same(t, "ciphertext", must(s.Seal(e.AAD, e.PT))(t), e.CT)
		same(t, "plaintext", must(r.Open(e.AAD, e.CT))(t), e.PT)
	}
	for _, e := range v.Exports {
		same(t, "exported", must(r.Export(string(e.Context), e.L))(t), e.Value)
	}
	if len(v.Encryptions) == 0 || len(v.Exports) == 0 {
		t.Fatal("the vector is empty")
	}
}

// Changed encapsulations open nothing and say so in the same way, whichever half
// was changed: as in crypto/hpke.
func TestXWingChangedEncapsulations(t *testing.T) {
	key := must(MLKEM768X25519().GenerateKey())(t)
	theirs := must(hpke.MLKEM768X25519().NewPrivateKey(must(key.Bytes())(t)))(t)
	sealed := must(Seal(key.PublicKey(), HKDFSHA256(), ChaCha20Poly1305(), nil, []byte("x")))(t)
	for i := 0; i < len(sealed); i += 37 {
		bad := bytes.Clone(sealed)
		bad[i] ^= 4
		_, err := Open(key, HKDFSHA256(), ChaCha20Poly1305(), nil, bad)
		_, theirErr := hpke.Open(theirs, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), nil, bad)
		if err == nil || theirErr == nil {
			t.Fatalf("byte %d changed: %v; the standard library says %v", i, err, theirErr)
		}
	}
}

// Public keys whose ML-KEM half is not reduced are refused (FIPS 203 section
// 7.2), and points of low order when they are used.
func TestXWingInvalidPublicKeys(t *testing.T) {
	key := must(MLKEM768X25519().GenerateKey())(t).PublicKey().Bytes()
	for i := 0; i < 1152; i += 3 {
		bad := bytes.Clone(key)
		bad[i], bad[i+1] = 0xff, bad[i+1]|0x0f
		if _, err := MLKEM768X25519().NewPublicKey(bad); err == nil {
			t.Fatalf("coefficient %d of 4095 is accepted", i/3*2)
		}
	}
	low := append(bytes.Clone(key[:mlkem.EncapsulationKeySize768]), make([]byte, 32)...)
	if _, _, err := NewSender(must(MLKEM768X25519().NewPublicKey(low))(t), HKDFSHA256(), ChaCha20Poly1305(), nil); err == nil {
		t.Error("sends to a point of low order")
	}
}

func BenchmarkXWingDeriveKeyPair(b *testing.B) {
	for b.Loop() {
		must(MLKEM768X25519().DeriveKeyPair(make([]byte, 32)))(b)
	}
}

func BenchmarkXWingNewPublicKey(b *testing.B) {
	key := must(MLKEM768X25519().GenerateKey())(b).PublicKey().Bytes()
	for b.Loop() {
		must(MLKEM768X25519().NewPublicKey(key))(b)
	}
}

func BenchmarkXWingSealAndOpen(b *testing.B) {
	key := must(MLKEM768X25519().GenerateKey())(b)
	for b.Loop() {
		sealed := must(Seal(key.PublicKey(), HKDFSHA256(), ChaCha20Poly1305(), nil, []byte("x")))(b)
		must(Open(key, HKDFSHA256(), ChaCha20Poly1305(), nil, sealed))(b)
	}
}
