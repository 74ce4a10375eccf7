package client

import (
	"context"

	"parley/client/api"
	"parley/client/json"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// sync implements api.Sync.
func (c *Client) sync(ctx context.Context, _ api.None) (api.Status, error) {
	c.pullAsked.Store(true)
	c.setCaughtUp(false)
	c.nudge()
	c.reconnectNow()
	status, err := c.awaitStatus(ctx, func(s api.Status) bool {
		return s.State != api.StateReady || (s.CaughtUp && s.Outbox == 0)
	})
	switch {
	case err != nil && status.ConnectionProblem != nil:
		return status, status.ConnectionProblem
	case err == nil && status.State != api.StateReady:
		return status, api.ErrNotRegistered
	}
	return status, err
}

// awaitStatus returns the status once it is as wanted, or the last one with the
// error that ended the wait.
func (c *Client) awaitStatus(ctx context.Context, wanted func(api.Status) bool) (api.Status, error) {
	changed := make(chan struct{}, 1)
	cancel := c.bus.subscribe(func(event string, _ json.RawMessage) {
		if event == api.OnStatus.Name {
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	})
	defer cancel()
	for {
		status, err := c.getStatus(ctx, api.None{})
		if err != nil || wanted(status) {
			return status, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return status, ctx.Err()
		}
	}
}

// reconnect implements api.Reconnect.
func (c *Client) reconnect(context.Context, api.None) (api.None, error) {
	c.reconnectNow()
	return api.None{}, nil
}

// reconnectNow ends the wait between two attempts, if there is one. A
// connection that stands is tried: the network may have gone unnoticed.
func (c *Client) reconnectNow() {
	c.live.mu.Lock()
	connection := c.live.connection
	c.live.mu.Unlock()
	switch connection {
	case api.ConnectionOnline:
		c.pingAsked.Store(true)
		c.nudge()
		return
	case api.ConnectionConnecting:
		return
	case api.ConnectionOffline:
	}
	select {
	case c.retry <- struct{}{}:
	default:
	}
}

// setTyping implements api.SetTyping.
func (c *Client) setTyping(ctx context.Context, p api.SetTypingParams) (api.None, error) {
	id, err := parseChatID(p.ChatID)
	if err != nil {
		return api.None{}, err
	}
	var chat *store.Chat
	err = c.view(ctx, func(tx *tx) error {
		hidden, err := tx.hides(typingSetting)
		if err == nil && !hidden && !tx.isOwn(id) {
			chat, err = tx.FindChat(id)
		}
		return err
	})
	s, offline := c.online()
	if err != nil || offline != nil || chat == nil || chat.Conversation == (ident.ConversationID{}) {
		return api.None{}, err
	}
	// Nobody misses a typing notice that got lost.
	_, _ = request[*wire.Done](ctx, s, &wire.SetTyping{ConversationID: chat.Conversation[:], Active: p.Active})
	return api.None{}, nil
}

// setAvailable implements api.SetAvailable.
func (c *Client) setAvailable(ctx context.Context, p api.SetAvailableParams) (api.None, error) {
	c.live.mu.Lock()
	changed := c.live.available != p.Available
	c.live.available = p.Available
	c.live.mu.Unlock()
	if s, err := c.online(); err == nil && changed {
		// Told again on the next connection if it is lost now.
		_ = c.tellPresence(ctx, s)
	}
	return api.None{}, nil
}
