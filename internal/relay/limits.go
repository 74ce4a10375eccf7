package relay

import (
	"sync"
	"time"

	"parley/ident"
)

// bucket is a token bucket: tokens come at a rate, up to a burst, and each
// call takes one. The zero value is full.
type bucket struct {
	used float64
	last time.Time
}

// take takes a token, or returns how long to wait for the next one.
func (b *bucket) take(now time.Time, perSecond, burst int) time.Duration {
	return b.takeAt(now, float64(perSecond), burst)
}

func (b *bucket) takeAt(now time.Time, perSecond float64, burst int) time.Duration {
	b.refill(now, perSecond)
	if b.used+1 > float64(burst) {
		missing := b.used + 1 - float64(burst)
		return max(time.Duration(missing/perSecond*float64(time.Second)), time.Millisecond)
	}
	b.used++
	return 0
}

func (b *bucket) refill(now time.Time, perSecond float64) {
	if passed := now.Sub(b.last); passed > 0 {
		b.used = max(0, b.used-passed.Seconds()*perSecond)
		b.last = now
	}
}

// buckets are token buckets by key. Full ones are forgotten.
type buckets[K comparable] struct {
	perSecond float64
	burst     int

	mu    sync.Mutex
	byKey map[K]*bucket
	// sweepAt is the number of buckets at which the full ones are dropped.
	sweepAt int
}

func newBuckets[K comparable](n int, per time.Duration, burst int) *buckets[K] {
	return &buckets[K]{
		perSecond: float64(n) / per.Seconds(), burst: burst,
		byKey: make(map[K]*bucket), sweepAt: 1024,
	}
}

func (bs *buckets[K]) take(key K, now time.Time) time.Duration {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b := bs.byKey[key]
	if b == nil {
		bs.sweepLocked(now)
		b = &bucket{last: now}
		bs.byKey[key] = b
	}
	return b.takeAt(now, bs.perSecond, bs.burst)
}

func (bs *buckets[K]) sweepLocked(now time.Time) {
	if len(bs.byKey) < bs.sweepAt {
		return
	}
	for key, b := range bs.byKey {
		if b.refill(now, bs.perSecond); b.used == 0 {
			delete(bs.byKey, key)
		}
	}
	bs.sweepAt = max(1024, 2*len(bs.byKey))
}

// limits are the relay's buckets.
type limits struct {
	sends   *buckets[ident.DeviceID]
	lookUps *buckets[ident.DeviceID]
	links   *buckets[ident.AccountID]
	resets  *buckets[resetter]
	// linkCodes are typed link codes by address: some forty bits of which a few are
	// good at a time are not to be searched, not by many accounts either.
	linkCodes *buckets[string]
	requests  *buckets[string] // RequestCode, by address
	verifies  *buckets[string] // VerifyCode, CheckPin and CheckMailCode, by address
	pins      *buckets[ident.AccountID]
	// mailers are the accounts that cause mail, mailboxes the addresses that get it.
	mailers   *buckets[ident.AccountID]
	mailboxes *buckets[string]
	reports   *buckets[ident.AccountID]
	previews  *buckets[ident.AccountID]
}

func newLimits(s Settings) limits {
	return limits{
		sends:     newBuckets[ident.DeviceID](s.SendsPerSecond, time.Second, s.SendBurst),
		lookUps:   newBuckets[ident.DeviceID](s.LookUpsPerMinute, time.Minute, s.LookUpsPerMinute),
		links:     newBuckets[ident.AccountID](s.LinksPerHour, time.Hour, s.LinksPerHour),
		linkCodes: newBuckets[string](accountsPerAddress*s.LinksPerHour, time.Hour, accountsPerAddress*s.LinksPerHour),
		resets:    newBuckets[resetter](resetsPerDay, 24*time.Hour, resetBurst),
		requests:  newBuckets[string](s.CodesPerAddress, time.Hour, s.CodesPerAddress),
		verifies:  newBuckets[string](verifiesPerCode*s.CodesPerAddress, time.Hour, verifiesPerCode*s.CodesPerAddress),
		pins:      newBuckets[ident.AccountID](pinsPerHour, time.Hour, pinsPerHour),
		mailers:   newBuckets[ident.AccountID](mailsPerDay, 24*time.Hour, mailsPerDay),
		mailboxes: newBuckets[string](mailsPerDay, 24*time.Hour, mailsPerDay),
		reports:   newBuckets[ident.AccountID](reportsPerDay, 24*time.Hour, reportsPerDay),
		previews:  newBuckets[ident.AccountID](previewsPerMinute, time.Minute, previewsPerMinute),
	}
}

// resetter is an account in a conversation.
type resetter struct {
	account      ident.AccountID
	conversation ident.ConversationID
}

// resetsPerDay and resetBurst bound how often an account may give a conversation
// another group: every other device has to join it, and people see a line. A
// relay put back to a backup, and devices that hit it at the same time, need one or two.
const (
	resetsPerDay = 12
	resetBurst   = 5
)

const (
	// verifiesPerCode leaves a person room for mistyping.
	verifiesPerCode = 6
	// accountsPerAddress leaves room for an office behind one address.
	accountsPerAddress = 6
)
