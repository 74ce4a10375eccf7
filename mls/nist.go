//go:build !mls_x25519

package mls

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"io"
	"math/big"
)

// addNISTSuites adds the suites with the NIST curves.
func addNISTSuites(suites map[CipherSuite]*suite) {
	suites[SuiteP256AES128] = &suite{
		newHash: sha256.New, kem: hpke.DHKEM(ecdh.P256()), signatures: ecdsaScheme{elliptic.P256(), crypto.SHA256},
		kdf: hpke.HKDFSHA256(), aead: hpke.AES128GCM(), newAEAD: newGCM, hashLen: 32, keyLen: 16,
	}
	suites[SuiteP521AES256] = &suite{
		newHash: sha512.New, kem: hpke.DHKEM(ecdh.P521()), signatures: ecdsaScheme{elliptic.P521(), crypto.SHA512},
		kdf: hpke.HKDFSHA512(), aead: hpke.AES256GCM(), newAEAD: newGCM, hashLen: 64, keyLen: 32,
	}
	suites[SuiteP384AES256] = &suite{
		newHash: sha512.New384, kem: hpke.DHKEM(ecdh.P384()), signatures: ecdsaScheme{elliptic.P384(), crypto.SHA384},
		kdf: hpke.HKDFSHA384(), aead: hpke.AES256GCM(), newAEAD: newGCM, hashLen: 48, keyLen: 32,
	}
}

// ecdsaScheme is ECDSA with DER signatures (RFC 9420 section 5.1.1 refers to
// TLS 1.3).
type ecdsaScheme struct {
	curve elliptic.Curve
	hash  crypto.Hash
}

func (e ecdsaScheme) generate(rand io.Reader) (crypto.Signer, error) {
	return ecdsa.GenerateKey(e.curve, rand)
}

func (e ecdsaScheme) sign(signer crypto.Signer, rand io.Reader, message []byte) ([]byte, error) {
	signature, err := signer.Sign(rand, e.digest(message), e.hash)
	if err != nil {
		return nil, err
	}
	var numbers struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(signature, &numbers); err != nil || len(rest) > 0 {
		return nil, errNoSignature
	}
	return signature, nil
}

func (e ecdsaScheme) verify(key, message, signature []byte) bool {
	public, err := ecdsa.ParseUncompressedPublicKey(e.curve, key)
	return err == nil && ecdsa.VerifyASN1(public, e.digest(message), signature)
}

func (e ecdsaScheme) verifySender(key, message, signature []byte) bool {
	return e.verify(key, message, signature)
}

// nonce is r of SEQUENCE{INTEGER r, INTEGER s}: s has two valid values.
func (ecdsaScheme) nonce(signature []byte) []byte {
	at := 2
	if signature[1] > 0x80 {
		at += int(signature[1] - 0x80)
	}
	return signature[at+2 : at+2+int(signature[at+1])]
}

func (e ecdsaScheme) publicKey(key crypto.PublicKey) []byte {
	public, ok := key.(*ecdsa.PublicKey)
	if !ok || public.Curve != e.curve {
		return nil
	}
	encoded, err := public.Bytes()
	if err != nil {
		return nil
	}
	return encoded
}

func (e ecdsaScheme) digest(message []byte) []byte {
	h := e.hash.New()
	h.Write(message)
	return h.Sum(nil)
}
