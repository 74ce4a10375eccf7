package mls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"io"
)

// signWithLabel is SignWithLabel of RFC 9420 section 5.1.2. ECDSA signatures
// are DER (section 5.1.1 refers to TLS 1.3).
func (s *suite) signWithLabel(signer crypto.Signer, rand io.Reader, label string, content []byte) ([]byte, error) {
	message, opts := labelled(label, content), crypto.Hash(0)
	if s.curve != nil {
		message, opts = s.hashOf(message), s.hash
	}
	signature, err := signer.Sign(rand, message, opts)
	if err != nil {
		return nil, fail(ErrConfig, "Signer refused to sign")
	}
	return signature, nil
}

// verifyWithLabel is VerifyWithLabel of RFC 9420 section 5.1.2.
func (s *suite) verifyWithLabel(key []byte, label string, content, signature []byte) bool {
	message := labelled(label, content)
	if s.curve == nil {
		return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, message, signature)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(s.curve, key)
	return err == nil && ecdsa.VerifyASN1(public, s.hashOf(message), signature)
}

// signatureKey is the public key of a signer as leaves carry it.
func (s *suite) signatureKey(signer crypto.Signer) ([]byte, error) {
	if signer == nil {
		return nil, fail(ErrConfig, "no Signer")
	}
	switch public := signer.Public().(type) {
	case ed25519.PublicKey:
		if s.curve == nil {
			return public, nil
		}
	case *ecdsa.PublicKey:
		if s.curve != nil && public.Curve == s.curve {
			key, err := public.Bytes()
			if err != nil {
				return nil, fail(ErrConfig, "Signer's public key")
			}
			return key, nil
		}
	}
	return nil, fail(ErrConfig, "Signer of another kind than the cipher suite's")
}
