package relay

import (
	"bytes"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/wire"
)

// No more Argon2id run at the same time than there are places; who waits too
// long is told to come back.
func TestPINChecks_Bounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checks := make(pinChecks, 2)
		var running, most, refused atomic.Int32
		for range 12 {
			go func() {
				leave, err := checks.enter(t.Context())
				var e *wire.Error
				if errors.As(err, &e) && e.Code == wire.ErrorUnavailable && e.RetryAfterMS > 0 {
					refused.Add(1)
					return
				}
				most.Store(max(most.Load(), running.Add(1)))
				time.Sleep(4 * time.Second)
				running.Add(-1)
				leave()
			}()
		}
		time.Sleep(time.Minute)
		if most.Load() != 2 || refused.Load() != 4 {
			t.Errorf("%d ran at the same time and %d were refused", most.Load(), refused.Load())
		}
	})
}

// What is stored is Argon2id with its own salt, at the cost it says (RFC 9106).
func TestPINHash(t *testing.T) {
	cost := DefaultSettings().PINCost
	if cost.MemoryKiB < 64<<10 || cost.Passes < 3 {
		t.Errorf("a guess costs %+v only", cost)
	}
	cheap := PINCost{Passes: 1, MemoryKiB: 64, Threads: 1}
	one, err := newPINHash(bytes.NewReader(make([]byte, saltSize)), "304857", cheap)
	if err != nil {
		t.Fatal(err)
	}
	two, err := newPINHash(bytes.NewReader(bytes.Repeat([]byte{1}, saltSize)), "304857", cheap)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(one.Hash, two.Hash) {
		t.Error("the salt changes nothing")
	}
	if !isPIN(one, "304857") || isPIN(one, "304858") {
		t.Error("the wrong PIN fits")
	}
	dearer := one
	dearer.Passes = 2
	if isPIN(dearer, "304857") {
		t.Error("the cost is not that of the stored PIN")
	}
}

func BenchmarkPINCheck(b *testing.B) {
	hash, err := newPINHash(bytes.NewReader(make([]byte, saltSize)), "304857", DefaultSettings().PINCost)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		isPIN(hash, "304857")
	}
}
