package relay

import (
	"context"
	"crypto/subtle"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"parley/internal/store"
	"parley/wire"
)

// pinHashSize is the length of what is stored of a PIN.
const pinHashSize = 32

// pinWaits are the times between a wrong PIN and the next try; after the fifth
// there is none.
var pinWaits = [wire.PINTries - 1]time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour}

// pinChecks bounds how many Argon2id run at the same time; it has one place
// for each.
type pinChecks chan struct{}

// enter waits for a place; the caller must leave it.
func (c pinChecks) enter(ctx context.Context) (leave func(), err error) {
	timer := time.NewTimer(pinQueueTime)
	defer timer.Stop()
	select {
	case c <- struct{}{}:
		return func() { <-c }, nil
	case <-timer.C:
		e := refuse(wire.ErrorUnavailable)
		e.RetryAfterMS = uint64(pinQueueTime.Milliseconds())
		return nil, e
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// newPINHash makes what is stored of a PIN. The caller holds a place.
func newPINHash(random io.Reader, pin string, cost PINCost) (store.PINHash, error) {
	h := store.PINHash{Salt: make([]byte, saltSize), Passes: cost.Passes, MemoryKiB: cost.MemoryKiB, Threads: cost.Threads}
	if _, err := io.ReadFull(random, h.Salt); err != nil {
		return store.PINHash{}, err
	}
	h.Hash = hashPIN(h, pin)
	return h, nil
}

// isPIN compares in constant time. The caller holds a place.
func isPIN(h store.PINHash, pin string) bool {
	return subtle.ConstantTimeCompare(hashPIN(h, pin), h.Hash) == 1
}

func hashPIN(h store.PINHash, pin string) []byte {
	return argon2.IDKey([]byte(pin), h.Salt, h.Passes, h.MemoryKiB, h.Threads, pinHashSize)
}

// checkPINForm refuses what is not six digits.
func checkPINForm(pin string) error {
	if len(pin) != wire.PINDigits || strings.Trim(pin, "0123456789") != "" {
		return refuse(wire.ErrorPinInvalid)
	}
	return nil
}

// weakPIN reports whether a PIN is among those that are guessed first: digits
// that go in equal steps (111111, 123456, 987654, 246802), two or three digits
// repeated (121212, 123123), or a part of the number itself.
func weakPIN(pin, phone string) bool {
	steady := true
	for i := 2; i < len(pin); i++ {
		steady = steady && (pin[i]-pin[i-1]+10)%10 == (pin[1]-pin[0]+10)%10
	}
	return steady || pin == strings.Repeat(pin[:2], 3) || pin == strings.Repeat(pin[:3], 2) || strings.Contains(phone, pin)
}
