package client

import (
	"context"
	"errors"

	"parley/client/api"
	"parley/client/linking"
	"parley/client/store"
	"parley/wire"
)

// present turns any error into one for the person; what is not their business
// goes into the log.
func (c *Client) present(method string, err error) error {
	var known *api.Error
	var fromRelay *wire.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &fromRelay):
		return relayError(fromRelay)
	case errors.Is(err, linking.ErrTampered):
		return api.ErrLinkTampered
	case errors.Is(err, errConnection):
		return api.ErrRelayUnreachable
	case errors.Is(err, context.DeadlineExceeded):
		return api.ErrTimeout
	case errors.Is(err, context.Canceled):
		return err
	case c.isFull(err):
		return api.ErrStorageFull
	case c.isStorage(err):
		c.log.Error("call failed", "method", method, "error", err)
		return api.ErrStorage
	}
	c.log.Error("call failed", "method", method, "error", err)
	return api.ErrInternal
}

// isFull reports whether err says that the database has no room left.
func (c *Client) isFull(err error) bool {
	code, ok := c.resultCode(err)
	return ok && code&0xff == store.Full
}

// isStorage reports whether err comes from the database at all.
func (c *Client) isStorage(err error) bool {
	_, ok := c.resultCode(err)
	return ok
}

func (c *Client) resultCode(err error) (code int, ok bool) {
	if c.cfg.ResultCode != nil {
		return c.cfg.ResultCode(err)
	}
	return store.ResultCode(err)
}

// relayError is a relay's error as the core API shows it.
func relayError(e *wire.Error) *api.Error {
	message := e.Message
	if message == "" {
		message = e.Code.Sentence()
	}
	return &api.Error{Code: e.Code.String(), Message: message, RetryAfterMS: int64(e.RetryAfterMS), TriesLeft: int(e.TriesLeft)}
}

// hasCode reports whether err is a relay's error with one of the codes.
func hasCode(err error, codes ...wire.ErrorCode) bool {
	var e *wire.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range codes {
		if e.Code == code {
			return true
		}
	}
	return false
}
