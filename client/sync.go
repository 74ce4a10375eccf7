package client

import (
	"context"
	"encoding/json"

	"parley/client/api"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// sync implements api.Sync.
func (c *Client) sync(ctx context.Context, _ api.None) (api.Status, error) {
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
	c.setCaughtUp(false)
	c.pullAsked.Store(true)
	c.nudge()
	c.reconnectNow()
	for {
		status, err := c.getStatus(ctx, api.None{})
		if err != nil {
			return status, err
		}
		if status.State != api.StateReady {
			return status, api.ErrNotRegistered
		}
		if status.CaughtUp && status.Outbox == 0 {
			return status, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if status.ConnectionProblem != nil {
				return status, status.ConnectionProblem
			}
			return status, ctx.Err()
		}
	}
}

// watchStatus returns the status and a channel that is closed when the device
// has caught up or fallen behind since.
func (c *Client) watchStatus(ctx context.Context) (api.Status, <-chan struct{}, error) {
	c.live.mu.Lock()
	changed := c.live.caughtUpCh
	c.live.mu.Unlock()
	status, err := c.getStatus(ctx, api.None{})
	return status, changed, err
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
	err = c.view(ctx, func(tx *tx) (err error) {
		chat, err = tx.FindChat(id)
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
		_, _ = request[*wire.Done](ctx, s, &wire.SetPresence{Available: p.Available})
	}
	return api.None{}, nil
}
