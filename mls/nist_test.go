//go:build !mls_x25519

package mls

import (
	"crypto"
	"crypto/ecdsa"
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
