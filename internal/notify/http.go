package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Times and sizes of a delivery over HTTP.
const (
	// httpTimeout bounds one attempt.
	httpTimeout = 10 * time.Second
	// httpAttempts is how often a delivery is tried at most, and only while
	// nobody can have got the code.
	httpAttempts = 3
	// httpPause is between two attempts where the gateway says nothing else;
	// a gateway that wants more than maxHTTPPause is not waited for.
	httpPause    = 500 * time.Millisecond
	maxHTTPPause = 5 * time.Second
	// maxHTTPAnswer bounds what is read of an answer.
	maxHTTPAnswer = 64 << 10
)

// gateway carries requests to one HTTP service.
type gateway struct{ client *http.Client }

func newGateway() gateway {
	return gateway{&http.Client{
		Timeout: httpTimeout,
		// A redirect would carry the number and the code somewhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is what a gateway said.
type answer struct {
	status int
	body   []byte
}

func (a answer) accepted() bool { return a.status >= 200 && a.status < 300 }

// deliver makes a request and carries it out. It tries again only what has
// surely not been accepted: a connection that was never made, and
// 429 Too Many Requests. Anything else could send the code twice.
func (g gateway) deliver(ctx context.Context, request func(context.Context) (*http.Request, error)) (answer, error) {
	for attempt := 1; ; attempt++ {
		result, pause, err := g.try(ctx, request)
		if pause < 0 || attempt == httpAttempts {
			return result, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return result, err
		}
	}
}

// try carries out one attempt; pause is the time to the next one, or negative
// if there must be none.
func (g gateway) try(ctx context.Context, request func(context.Context) (*http.Request, error)) (a answer, pause time.Duration, err error) {
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	r, err := request(httptrace.WithClientTrace(ctx, trace))
	if err != nil {
		return a, -1, err
	}
	response, err := g.client.Do(r)
	if err != nil {
		if connected.Load() || ctx.Err() != nil {
			return a, -1, plainHTTPError(err)
		}
		return a, httpPause, plainHTTPError(err)
	}
	defer func() { _ = response.Body.Close() }() // it has been read
	a.status = response.StatusCode
	if a.body, err = io.ReadAll(io.LimitReader(response.Body, maxHTTPAnswer)); err != nil && a.accepted() {
		err = nil // the status says enough
	}
	if a.status == http.StatusTooManyRequests {
		return a, retryAfter(response.Header), plainHTTPError(err)
	}
	return a, -1, plainHTTPError(err)
}

// retryAfter reads Retry-After in seconds (RFC 9110, section 10.2.3).
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return httpPause
	}
	if wait := time.Duration(seconds) * time.Second; wait <= maxHTTPPause {
		return wait
	}
	return -1
}

// plainHTTPError returns what went wrong without the address, which may hold
// the number, the code or a password.
func plainHTTPError(err error) error {
	if err == nil {
		return nil
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("the gateway did not answer in time")
	case errors.Is(err, context.Canceled):
		return context.Canceled
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return errors.New("the gateway did not answer in time")
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return fmt.Errorf("the gateway could not be reached: %s", strings.TrimSpace(err.Error()))
}
