//go:build mls_x25519

package mls

import (
	"crypto"
	"errors"
	"testing"
)

func ecdsaSigner(t *testing.T, s *suite, _ []byte) crypto.Signer {
	t.Fatalf("suite %d has no ECDSA in this build", s.id)
	return nil
}

func scalarSize(*suite) int { return 0 }

func TestNISTSuitesAreUnsupported(t *testing.T) {
	for _, s := range []CipherSuite{SuiteP256AES128, SuiteP521AES256, SuiteP384AES256} {
		if s.Supported() {
			t.Errorf("suite %d is there", s)
		}
		if _, err := s.GenerateSigner(nil); !errors.Is(err, ErrUnsupported) {
			t.Errorf("suite %d: %v", s, err)
		}
	}
}
