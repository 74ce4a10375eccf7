package client

import (
	"context"
	"errors"
	"sync"
	"time"

	"parley/client/api"
	"parley/client/linking"
	"parley/wire"
	"parley/wire/linkcode"
)

// typedCode is a code that was typed on this primary. Its exchange is made once:
// repeated, everything is the same.
type typedCode struct {
	mu       sync.Mutex
	exchange *linking.Exchange
	slot     linking.Slot
	expires  time.Time
	agreed   *api.LinkWords
	// failed is set when the exchange was tampered with: it is over.
	failed error
}

// typedCodes are the codes that were typed, by what they say.
type typedCodes struct {
	mu     sync.Mutex
	byCode map[string]*typedCode
}

func (t *typedCodes) find(code string) *typedCode {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byCode == nil {
		t.byCode = map[string]*typedCode{}
	}
	k := t.byCode[code]
	if k == nil {
		k = new(typedCode)
		t.byCode[code] = k
	}
	return k
}

// claimLinkCode implements api.ClaimLinkCode.
func (c *Client) claimLinkCode(ctx context.Context, p api.LinkCodeParams) (api.LinkWords, error) {
	code, err := linkcode.Parse(p.Code)
	if err != nil {
		return api.LinkWords{}, api.ErrLinkCodeMalformed
	}
	k := c.typed.find(code)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.failed != nil:
		return api.LinkWords{}, k.failed
	case k.agreed != nil:
		return *k.agreed, nil
	}
	if k.exchange == nil {
		if err := c.claimCode(ctx, k, code); err != nil {
			return api.LinkWords{}, err
		}
	}
	share, err := c.awaitShare(ctx, k)
	if err != nil {
		return api.LinkWords{}, err
	}
	return c.agree(ctx, k, share)
}

// claimCode finds the slot of a code and what the new device has committed to,
// before that gets anything to which it could fit its share.
func (c *Client) claimCode(ctx context.Context, k *typedCode, code string) error {
	r, err := callRelay[*wire.ClaimCodeSlotResult](ctx, c, &wire.ClaimCodeSlot{Code: code})
	if err != nil {
		return err
	}
	exchange, err := linking.NewExchange(c.cfg.Rand)
	if err != nil {
		return err
	}
	_, relayID := c.relay()
	k.exchange, k.expires = exchange, c.cfg.Now().Add(wire.LinkDecisionTime)
	k.slot = linking.Slot{RelayID: relayID, ID: r.SlotID, Commitment: r.Commitment}
	return nil
}

// awaitShare sends this device's share and waits for the new device's.
func (c *Client) awaitShare(ctx context.Context, k *typedCode) (share []byte, err error) {
	err = c.pollLink(ctx, k.expires, func() (bool, error) {
		r, err := callRelay[*wire.ExchangeLinkShareResult](ctx, c, &wire.ExchangeLinkShare{SlotID: k.slot.ID, Share: k.exchange.Share()})
		if err != nil {
			return false, err
		}
		share = r.Share
		return len(share) > 0, nil
	})
	return share, err
}

// pollLink asks until there is an answer. A connection that breaks meanwhile is
// waited for.
func (c *Client) pollLink(ctx context.Context, until time.Time, ask func() (done bool, err error)) error {
	for {
		done, err := ask()
		lost := errors.Is(err, errConnection) || errors.Is(err, api.ErrRelayUnreachable)
		if done || err != nil && !lost {
			return err
		}
		if c.cfg.Now().After(until) {
			return errors.Join(err, wire.NewError(wire.ErrorLinkExpired))
		}
		select {
		case <-time.After(wire.LinkPoll):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

// agree makes link and words of the two shares. Where they do not fit, the new
// device is told no: it must not wait for a person who sees nothing.
func (c *Client) agree(ctx context.Context, k *typedCode, share []byte) (api.LinkWords, error) {
	relay, _ := c.relay()
	link, words, err := k.exchange.AsPrimary(k.slot, relay, share)
	if err != nil {
		k.failed = err
		_, _ = callRelay[*wire.Done](ctx, c, &wire.RejectLinkSlot{SlotID: k.slot.ID}) // it expires in any case
		return api.LinkWords{}, err
	}
	k.agreed = &api.LinkWords{URI: link.String(), Words: numbers(words), ExpiresAt: k.expires.UnixMilli()}
	return *k.agreed, nil
}

// awaitOffer reads the slot of a link. Where a code was typed, it waits until the
// person at the new device has confirmed the words.
func (c *Client) awaitOffer(ctx context.Context, uri string) (k *claim, err error) {
	waited := false
	err = c.pollLink(ctx, c.cfg.Now().Add(wire.LinkDecisionTime), func() (bool, error) {
		var err error
		k, err = c.claimLink(ctx, uri)
		if hasCode(err, wire.ErrorLinkWaiting) {
			waited = true
			return false, nil
		}
		return err == nil || !waited, err
	})
	return k, err
}
