package client

import (
	"context"
	"encoding/base64"

	"parley/client/api"
	"parley/wire"
)

// getPush implements api.GetPush.
func (c *Client) getPush(ctx context.Context, _ api.None) (api.Push, error) {
	r, err := callRelay[*wire.GetPushResult](ctx, c, &wire.GetPush{})
	if err != nil {
		return api.Push{}, err
	}
	return api.Push{PublicKey: base64.RawURLEncoding.EncodeToString(r.PublicKey), Endpoint: r.Endpoint}, nil
}

// setPush implements api.SetPush.
func (c *Client) setPush(ctx context.Context, p api.PushEndpoint) (api.None, error) {
	_, err := callRelay[*wire.Done](ctx, c, &wire.SetPushSubscription{Endpoint: p.Endpoint})
	return api.None{}, err
}

// testPush implements api.TestPush.
func (c *Client) testPush(ctx context.Context, _ api.None) (api.PushTest, error) {
	r, err := callRelay[*wire.TestPushResult](ctx, c, &wire.TestPush{})
	if err != nil {
		return api.PushTest{}, err
	}
	return api.PushTest{Status: int(r.Status)}, nil
}
