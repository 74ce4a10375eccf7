package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"parley/client/api"
	"parley/wire"
)

// Waiting between attempts to connect: full jitter below a bound that doubles,
// so that a thousand devices do not come back in the same second. Package scale tries it.
const (
	FirstBackoff = 500 * time.Millisecond
	LastBackoff  = 30 * time.Second
	// steady is how long a connection must live for the bound to start anew.
	steady = 30 * time.Second
)

// work keeps a connection until the client is closed or the device has no
// account any more.
func (c *Client) work() {
	defer c.workEnded()
	bound := FirstBackoff
	for c.ctx.Err() == nil {
		began := c.cfg.Now()
		err := c.workOnce(c.ctx)
		if errors.Is(err, errGone) {
			return
		}
		if c.cfg.Now().Sub(began) > steady {
			bound = FirstBackoff
		}
		wait := max(retryAfter(err), rand.N(bound)) //nolint:gosec // spreads load, guards nothing
		bound = min(2*bound, LastBackoff)
		c.setOffline(err, wait)
		select {
		case <-c.ctx.Done():
		case <-c.retry:
			bound = FirstBackoff
		case <-time.After(wait):
		}
	}
}

func (c *Client) workEnded() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = false
}

// retryAfter is how long the relay asked to wait.
func retryAfter(err error) time.Duration {
	var e *wire.Error
	if errors.As(err, &e) {
		return time.Duration(e.RetryAfterMS) * time.Millisecond
	}
	return 0
}

// workOnce connects and works until the connection ends.
func (c *Client) workOnce(ctx context.Context) error {
	if c.loggedOut() {
		return errGone
	}
	c.setConnection(api.ConnectionConnecting, nil, 0)
	relay, relayID := c.relay()
	s, err := c.connect(ctx, relay)
	if err != nil {
		return err
	}
	defer s.close(errConnection)
	if string(s.hello.RelayID) != string(relayID) {
		return errOtherRelay
	}
	w := newWorker(c, s)
	c.rewound.Store(true) // from before, perhaps
	if err := w.authenticate(ctx); err != nil {
		return c.leaveIfRemoved(ctx, err)
	}
	c.setSession(s)
	defer c.setSession(nil)
	err = w.run(ctx)
	return c.leaveIfRemoved(ctx, err)
}

// loggedOut reports whether there is no account to work for any more.
func (c *Client) loggedOut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.identity == nil || c.identity.LoggedOut
}

// errOtherRelay: somebody else answers under the relay's address.
var errOtherRelay = &api.Error{
	Code:    "relay_changed",
	Message: "Another server answers under this address. Nothing was sent to it; ask the operator what changed.",
}

// leaveIfRemoved ends this device's account if that is what the error means.
func (c *Client) leaveIfRemoved(ctx context.Context, err error) error {
	var out *loggedOutError
	var refusal *wire.Error
	switch {
	case errors.As(err, &out):
		return c.leave(ctx, out)
	case errors.As(err, &refusal) && refusal.Code == wire.ErrorDeviceRemoved:
		return c.leave(ctx, &loggedOutError{refusal.LogoutReason, int64(refusal.LogoutAfterMS)})
	}
	return err
}
