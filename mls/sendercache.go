//go:build !mls_x25519

package mls

import (
	"crypto/ed25519"
	"sync"

	"parley/mls/internal/edverify"
)

// maxSenderKeys bounds a senderCache: 640 KiB of tables.
const maxSenderKeys = 128

// A senderCache has the tables of Ed25519 keys whose signatures are verified
// again and again: those of the senders of messages. It holds public keys only,
// and what it answers does not depend on what it holds. Safe for concurrent use.
type senderCache struct {
	mu   sync.Mutex
	keys map[[ed25519.PublicKeySize]byte]*edverify.Key // nil: seen once
}

func newSenderCache() *senderCache {
	return &senderCache{keys: map[[ed25519.PublicKeySize]byte]*edverify.Key{}}
}

func (c *senderCache) verify(key, message, signature []byte) bool {
	if len(key) != ed25519.PublicKeySize {
		return false
	}
	if known := c.key([ed25519.PublicKeySize]byte(key)); known != nil {
		return known.Verify(message, signature)
	}
	return ed25519.Verify(key, message, signature)
}

// key is the table of a key that comes for the second time at least; nil for
// others, and for what is no key.
func (c *senderCache) key(encoded [ed25519.PublicKeySize]byte) *edverify.Key {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, seen := c.keys[encoded]
	switch {
	case known != nil:
	case seen:
		known = edverify.NewKey(encoded[:])
		c.keys[encoded] = known
	default:
		for other := range c.keys { // any one: who makes them go by many keys only loses time
			if len(c.keys) < maxSenderKeys {
				break
			}
			delete(c.keys, other)
		}
		c.keys[encoded] = nil
	}
	return known
}
