package mls

import (
	"io"

	"parley/mls/hpke"
	"parley/mls/internal/codec"
)

// A keyPair is an HPKE key pair, serialised.
type keyPair struct {
	private secret
	public  []byte
}

// hpkeCiphertext is HPKECiphertext of RFC 9420 section 7.6.
type hpkeCiphertext struct{ kemOutput, ciphertext []byte }

func (c hpkeCiphertext) encode(w *codec.Writer) {
	w.Vector(c.kemOutput)
	w.Vector(c.ciphertext)
}

// readHPKECiphertext refuses what is too short to be one: of nothing, a list
// would take many times its size in memory.
func readHPKECiphertext(r *codec.Reader) hpkeCiphertext {
	c := hpkeCiphertext{kemOutput: r.Vector(), ciphertext: r.Vector()}
	if len(c.ciphertext) < aeadOverhead {
		r.Fail()
	}
	return c
}

// deriveKeyPair is KEM.DeriveKeyPair.
func (s *suite) deriveKeyPair(seed secret) (keyPair, error) {
	private, err := s.kem.DeriveKeyPair(seed)
	if err != nil {
		return keyPair{}, fail(ErrUnsupported, "deriving an HPKE key pair")
	}
	raw, err := private.Bytes()
	if err != nil {
		return keyPair{}, fail(ErrUnsupported, "deriving an HPKE key pair")
	}
	return keyPair{private: raw, public: private.PublicKey().Bytes()}, nil
}

func (s *suite) generateKeyPair(rand io.Reader) (keyPair, error) {
	seed, err := randomSecret(rand, s.hashLen)
	if err != nil {
		return keyPair{}, err
	}
	defer seed.wipe()
	return s.deriveKeyPair(seed)
}

func randomSecret(rand io.Reader, n int) (secret, error) {
	b := make(secret, n)
	if _, err := io.ReadFull(rand, b); err != nil {
		return nil, fail(ErrConfig, "Rand gave no bytes")
	}
	return b, nil
}

// checkPublicKey tells whether key is a public key of the suite's KEM, and one
// to which others can encrypt.
func (s *suite) checkPublicKey(key []byte) bool {
	_, err := s.kem.NewPublicKey(key)
	return err == nil && s.usable(key)
}

// encryptWithLabel is EncryptWithLabel of RFC 9420 section 5.1.3.
func (s *suite) encryptWithLabel(public []byte, label string, context, plaintext []byte) (hpkeCiphertext, error) {
	key, err := s.kem.NewPublicKey(public)
	if err != nil {
		return hpkeCiphertext{}, fail(ErrInvalidLeaf, "HPKE public key")
	}
	enc, sender, err := hpke.NewSender(key, s.kdf, s.aead, labelled(label, context))
	if err != nil {
		return hpkeCiphertext{}, fail(ErrInvalidLeaf, "HPKE public key")
	}
	ciphertext, err := sender.Seal(nil, plaintext)
	if err != nil {
		return hpkeCiphertext{}, fail(ErrUnsupported, "HPKE seal")
	}
	return hpkeCiphertext{kemOutput: enc, ciphertext: ciphertext}, nil
}

// decryptWithLabel is DecryptWithLabel of RFC 9420 section 5.1.3.
func (s *suite) decryptWithLabel(private secret, label string, context []byte, c hpkeCiphertext) (secret, error) {
	key, err := s.kem.NewPrivateKey(private)
	if err != nil {
		return nil, fail(ErrState, "HPKE private key")
	}
	recipient, err := hpke.NewRecipient(c.kemOutput, key, s.kdf, s.aead, labelled(label, context))
	if err != nil {
		return nil, fail(ErrDecrypt, "HPKE encapsulation")
	}
	plaintext, err := recipient.Open(nil, c.ciphertext)
	if err != nil {
		return nil, fail(ErrDecrypt, "HPKE ciphertext")
	}
	return plaintext, nil
}

// externalInitLabel is the exporter context of an external commit's init secret.
const externalInitLabel = "MLS 1.0 external init secret"

// externalInit makes the init secret of an external commit and its KEM output
// (RFC 9420 section 8.3).
func (s *suite) externalInit(externalPub []byte) (kemOutput []byte, init secret, err error) {
	key, err := s.kem.NewPublicKey(externalPub)
	if err != nil {
		return nil, nil, fail(ErrMalformed, "external_pub")
	}
	enc, sender, err := hpke.NewSender(key, s.kdf, s.aead, nil)
	if err != nil {
		return nil, nil, fail(ErrMalformed, "external_pub")
	}
	init, err = sender.Export(externalInitLabel, s.hashLen)
	if err != nil {
		return nil, nil, fail(ErrUnsupported, "HPKE export")
	}
	return enc, init, nil
}

// openExternalInit is the members' side of externalInit.
func (s *suite) openExternalInit(external keyPair, kemOutput []byte) (secret, error) {
	key, err := s.kem.NewPrivateKey(external.private)
	if err != nil {
		return nil, fail(ErrState, "external private key")
	}
	recipient, err := hpke.NewRecipient(kemOutput, key, s.kdf, s.aead, nil)
	if err != nil {
		return nil, fail(ErrInvalidProposal, "external init")
	}
	init, err := recipient.Export(externalInitLabel, s.hashLen)
	if err != nil {
		return nil, fail(ErrUnsupported, "HPKE export")
	}
	return init, nil
}
