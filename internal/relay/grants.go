package relay

import (
	"crypto/sha256"
	"sync"
	"time"

	"parley/ident"
)

// tokenSize makes a token unguessable.
const tokenSize = 32

// grant is a number whose holder has proven it, waiting to be registered.
type grant struct {
	phone   ident.Phone
	account ident.AccountID
	expires time.Time
	// certificate is of the device that was registered with it; until then nil.
	certificate []byte
	// passed is the hash of the account's PIN at the time when the holder
	// proved the PIN or, with reset, a code from the recovery address. Another
	// PIN set since makes it worthless.
	passed []byte
	reset  bool
}

// grantKey is the hash of a token.
type grantKey [sha256.Size]byte

func keyOf(token []byte) grantKey { return sha256.Sum256(token) }

// grants are in memory: after a restart people ask for a code again.
type grants struct {
	mu      sync.Mutex
	byToken map[grantKey]grant
}

// put stores a grant under its token.
func (g *grants) put(token []byte, granted grant) { g.putKey(keyOf(token), granted) }

func (g *grants) putKey(key grantKey, granted grant) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byToken == nil {
		g.byToken = make(map[grantKey]grant)
	}
	g.byToken[key] = granted
}

// find returns the grant of a token.
func (g *grants) find(token []byte, now time.Time) (grant, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	granted, ok := g.byToken[keyOf(token)]
	return granted, ok && !now.After(granted.expires)
}

// change changes a grant if it is still there.
func (g *grants) change(token []byte, change func(*grant)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := keyOf(token)
	if granted, ok := g.byToken[key]; ok {
		change(&granted)
		g.byToken[key] = granted
	}
}

// spend leaves a grant to the device that was registered with it: it may ask
// again if the answer was lost.
func (g *grants) spend(token, certificate []byte) {
	g.change(token, func(granted *grant) { granted.certificate = certificate })
}

// pass notes that the holder of a grant has proven the PIN with that hash, or
// the recovery address.
func (g *grants) pass(token, hash []byte, reset bool) {
	g.change(token, func(granted *grant) { granted.passed, granted.reset = hash, reset })
}

// sweep forgets what is over.
func (g *grants) sweep(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for token, granted := range g.byToken {
		if now.After(granted.expires) {
			delete(g.byToken, token)
		}
	}
}
