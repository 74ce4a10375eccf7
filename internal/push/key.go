// Package push wakes devices through the push services of browsers: Web Push
// (RFC 8030) with voluntary identification (RFC 8292, VAPID). A wake-up has no
// content: a push service learns that there is something for a subscription,
// and when, but neither what nor from whom, and nothing has to be encrypted.
//
// A subscription's endpoint is an address that a device names, so everything
// here treats it as hostile: only public addresses are dialled, redirects are
// not followed, and answers are not read.
package push

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Key is the relay's key pair at push services, on P-256. Subscriptions belong
// to it: with another key all of them are void.
type Key struct {
	private *ecdsa.PrivateKey
	public  []byte
}

// KeySize is the length of Key.Bytes.
const KeySize = 32

// NewKey makes a key pair from KeySize bytes of random; one of 2^32 times they
// are no key, and it takes others.
func NewKey(random io.Reader) (*Key, error) {
	for {
		b := make([]byte, KeySize)
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, fmt.Errorf("push: make a key: %w", err)
		}
		if key, err := ParseKey(b); err == nil {
			return key, nil
		}
	}
}

// ParseKey reads what Key.Bytes wrote.
func ParseKey(b []byte) (*Key, error) {
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), b)
	if err != nil {
		return nil, fmt.Errorf("push: read the key: %w", err)
	}
	public, err := private.PublicKey.Bytes()
	if err != nil {
		return nil, fmt.Errorf("push: read the key: %w", err)
	}
	return &Key{private, public}, nil
}

// Bytes returns the private key, which is a secret.
func (k *Key) Bytes() []byte {
	b, err := k.private.Bytes()
	if err != nil {
		panic(err) // ParseKey has made it of such bytes
	}
	return b
}

// Public returns the public key as browsers want it for a subscription: 65
// bytes, an uncompressed point.
func (k *Key) Public() []byte { return k.public }

var raw64 = base64.RawURLEncoding

// token signs a claim for a push service (RFC 8292, section 2; ES256 of RFC 7518).
func (k *Key) token(origin, contact string, expires time.Time) (string, error) {
	claims, err := json.Marshal(struct {
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
		Subject  string `json:"sub,omitempty"`
	}{origin, expires.Unix(), contact})
	if err != nil {
		return "", fmt.Errorf("push: write the claim: %w", err)
	}
	signed := raw64.EncodeToString([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + raw64.EncodeToString(claims)
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, digest[:])
	if err != nil {
		return "", fmt.Errorf("push: sign the claim: %w", err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signed + "." + raw64.EncodeToString(signature), nil
}
