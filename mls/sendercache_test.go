//go:build !mls_x25519

package mls

import (
	"crypto/ed25519"
	"fmt"
	"testing"
)

// TestSenderCache: what is verified does not depend on what the cache holds,
// and it stays bounded.
func TestSenderCache(t *testing.T) {
	c := newSenderCache()
	keys := make([]ed25519.PrivateKey, 2*maxSenderKeys)
	for i := range keys {
		seed := make([]byte, ed25519.SeedSize)
		copy(seed, fmt.Sprint(i))
		keys[i] = ed25519.NewKeyFromSeed(seed)
	}
	for round := range 3 {
		for i, key := range keys {
			public, text := key.Public().(ed25519.PublicKey), fmt.Append(nil, "text ", i, round)
			signature := ed25519.Sign(key, text)
			for range 3 {
				if !c.verify(public, text, signature) {
					t.Fatal("an honest signature is refused")
				}
				if c.verify(public, append(text, '!'), signature) || c.verify(public, text, signature[1:]) {
					t.Fatal("a signature of something else is taken")
				}
			}
			if other := keys[(i+1)%len(keys)].Public().(ed25519.PublicKey); c.verify(other, text, signature) {
				t.Fatal("a signature of somebody else is taken")
			}
		}
	}
	if len(c.keys) > maxSenderKeys {
		t.Fatalf("%d keys are kept", len(c.keys))
	}
	bad := append(make([]byte, 31), 0xff)
	bad[0] = 2
	for range 3 {
		if c.verify(bad, nil, make([]byte, 64)) || c.verify(nil, nil, nil) {
			t.Fatal("what is no key verifies")
		}
	}
}
