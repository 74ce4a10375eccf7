package relay

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"parley/internal/store"
	"parley/wire"
)

// refuse returns the error of a code with its own sentence.
func refuse(code wire.ErrorCode) *wire.Error { return wire.NewError(code) }

// refuseText returns the error of a code with another sentence for the person.
func refuseText(code wire.ErrorCode, sentence string) *wire.Error {
	return &wire.Error{Code: code, Message: sentence}
}

// refuseUntil returns RATE_LIMITED with the time to wait.
func refuseUntil(wait time.Duration) *wire.Error {
	e := refuse(wire.ErrorRateLimited)
	e.RetryAfterMS = uint64(max(wait.Milliseconds(), 1))
	return e
}

// refuseBusy returns UNAVAILABLE with when to come back.
func refuseBusy(wait time.Duration) *wire.Error {
	e := refuseText(wire.ErrorUnavailable, "The server is very busy. Your message is kept here and goes out by itself.")
	e.RetryAfterMS = uint64(wait.Milliseconds())
	return e
}

// missing turns store.ErrNotFound into a code and leaves other errors alone.
func missing(err error, code wire.ErrorCode) error {
	if errors.Is(err, store.ErrNotFound) {
		return refuse(code)
	}
	return err
}

// asWireError returns what a device is told about an error. What is the
// relay's own fault is logged with its cause.
func (r *Relay) asWireError(err error, log *slog.Logger) *wire.Error {
	var refusal *wire.Error
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, store.ErrFull):
		r.tellTrouble(log, "storage cannot be written", err)
		r.counters.storageFailures.Inc()
		return refuse(wire.ErrorStorageFull)
	case errors.Is(err, store.ErrUnavailable):
		r.tellTrouble(log, "the database cannot be reached", err)
		r.counters.storageFailures.Inc()
		return r.comeBackLater()
	case errors.Is(err, store.ErrClosed), errors.Is(err, errGone), errors.Is(err, context.Canceled):
		return r.comeBackLater()
	}
	log.Error("request failed", slog.Any("cause", err))
	r.counters.internalErrors.Inc()
	return refuse(wire.ErrorInternal)
}

// comeBackLater returns UNAVAILABLE with the time to wait.
func (r *Relay) comeBackLater() *wire.Error {
	e := refuse(wire.ErrorUnavailable)
	e.RetryAfterMS = uint64(r.settings.ReconnectAfter.Milliseconds())
	return e
}

// troublePeriod is how often at most the log tells of one trouble: a full disk must not be
// filled with lines about it.
const troublePeriod = 10 * time.Second

// trouble is something that every request meets while it lasts.
type trouble struct {
	mu     sync.Mutex
	next   time.Time
	missed int
}

// tellTrouble has the log told of a trouble of the storage, unless it was just now.
func (r *Relay) tellTrouble(log *slog.Logger, what string, cause error) {
	if missed, tell := r.storageTrouble.met(r.now()); tell {
		log.Error(what, slog.Any("cause", cause), slog.Int("more_since", missed)) //nolint:sloglint // a constant of the caller
	}
}

// met notes that it was met, and says whether to tell the log now, and how often it was met
// since the log was told.
func (t *trouble) met(now time.Time) (missed int, tell bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Before(t.next) {
		t.missed++
		return 0, false
	}
	missed = t.missed
	t.next, t.missed = now.Add(troublePeriod), 0
	return missed, true
}
