//go:build !mls_x25519

package mls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"math/big"
	"testing"
)

func ecdsaSigner(t *testing.T, s *suite, private []byte) crypto.Signer {
	t.Helper()
	return must[*ecdsa.PrivateKey](t)(ecdsa.ParseRawPrivateKey(s.signatures.(ecdsaScheme).curve, fullScalar(s, private)))
}

// scalarSize is the size of private keys, where it is that of the curve.
func scalarSize(s *suite) int {
	if scheme, ok := s.signatures.(ecdsaScheme); ok {
		return (scheme.curve.Params().BitSize + 7) / 8
	}
	return 0
}

// TestOthersCannotRewind_ByTheOtherSignature: (r, -s) verifies wherever (r, s) does.
func TestOthersCannotRewind_ByTheOtherSignature(t *testing.T) {
	_, groups := grown(t, SuiteP256AES128, 2)
	a := opensAs(t, groups[1], must[[]byte](t)(groups[0].Encrypt([]byte("genuine"), nil)))
	var signature struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(a.auth.signature, &signature); err != nil {
		t.Fatal(err)
	}
	signature.S.Sub(elliptic.P256().Params().N, signature.S)
	a.auth.signature = must[[]byte](t)(asn1.Marshal(signature))
	notRewound(t, groups[0], frameAs(t, groups[1], 0, 1, a), ErrOwnMessage)
}
