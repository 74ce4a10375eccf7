package mls

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"io"
)

// A signatureScheme is the signature algorithm of a suite.
type signatureScheme interface {
	// generate makes a key.
	generate(rand io.Reader) (crypto.Signer, error)
	// sign signs a message that is not hashed.
	sign(signer crypto.Signer, rand io.Reader, message []byte) ([]byte, error)
	// verify tells whether key made the signature.
	verify(key, message, signature []byte) bool
	// verifySender is verify, for keys that are likely to come again.
	verifySender(key, message, signature []byte) bool
	// nonce is the part of a valid signature that differs with what is signed
	// and that nobody but the signer can change.
	nonce(signature []byte) []byte
	// publicKey is the key as leaves carry it; nil if it is of another scheme.
	publicKey(key crypto.PublicKey) []byte
}

// ed25519Scheme is Ed25519, RFC 8032.
type ed25519Scheme struct{ senders *senderCache }

// ed25519Signatures is shared by the suites with Ed25519.
var ed25519Signatures = ed25519Scheme{senders: newSenderCache()}

func (ed25519Scheme) generate(rand io.Reader) (crypto.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand)
	return key, err
}

func (ed25519Scheme) sign(signer crypto.Signer, rand io.Reader, message []byte) ([]byte, error) {
	signature, err := signer.Sign(rand, message, crypto.Hash(0))
	if err == nil && len(signature) != ed25519.SignatureSize {
		err = errNoSignature
	}
	return signature, err
}

// errNoSignature: what a Signer made is not a signature of its kind.
var errNoSignature = errors.New("not a signature")

func (ed25519Scheme) verify(key, message, signature []byte) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, message, signature)
}

func (e ed25519Scheme) verifySender(key, message, signature []byte) bool {
	return e.senders.verify(key, message, signature)
}

// nonce is R.
func (ed25519Scheme) nonce(signature []byte) []byte { return signature[:ed25519.SignatureSize/2] }

func (ed25519Scheme) publicKey(key crypto.PublicKey) []byte {
	public, _ := key.(ed25519.PublicKey)
	return public
}

// signWithLabel is SignWithLabel of RFC 9420 section 5.1.2.
func (s *suite) signWithLabel(signer crypto.Signer, rand io.Reader, label string, content []byte) ([]byte, error) {
	signature, err := s.signatures.sign(signer, rand, labelled(label, content))
	if err != nil {
		return nil, fail(ErrConfig, "Signer refused to sign")
	}
	return signature, nil
}

// verifyWithLabel is VerifyWithLabel of RFC 9420 section 5.1.2.
func (s *suite) verifyWithLabel(key []byte, label string, content, signature []byte) bool {
	return s.signatures.verify(key, labelled(label, content), signature)
}

// verifySenderWithLabel is verifyWithLabel, for the key of a member that sends.
func (s *suite) verifySenderWithLabel(key []byte, label string, content, signature []byte) bool {
	return s.signatures.verifySender(key, labelled(label, content), signature)
}

// signatureKey is the public key of a signer as leaves carry it.
func (s *suite) signatureKey(signer crypto.Signer) ([]byte, error) {
	if signer == nil {
		return nil, fail(ErrConfig, "no Signer")
	}
	key := s.signatures.publicKey(signer.Public())
	if key == nil {
		return nil, fail(ErrConfig, "Signer of another kind than the cipher suite's")
	}
	return key, nil
}
