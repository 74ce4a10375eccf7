package client

import (
	"context"
	"slices"
	"time"

	"parley/client/api"
	"parley/client/linking"
	"parley/wire"
	"parley/wire/linkcode"
)

// startCodeLink implements api.StartCodeLink.
func (c *Client) startCodeLink(ctx context.Context, p api.StartLinkParams) (api.LinkCode, error) {
	c.linkMu.Lock()
	defer c.linkMu.Unlock()
	if err := c.mayLink(); err != nil {
		return api.LinkCode{}, err
	}
	a, err := c.newAttempt(p)
	if err != nil {
		return api.LinkCode{}, err
	}
	if a.exchange, err = linking.NewExchange(c.cfg.Rand); err != nil {
		return api.LinkCode{}, err
	}
	a.confirm = make(chan api.LinkWordsAnswer, 1)
	if a.s, err = c.connect(ctx, a.relay); err != nil {
		return api.LinkCode{}, err
	}
	r, err := request[*wire.OpenCodeSlotResult](ctx, a.s, &wire.OpenCodeSlot{Commitment: a.exchange.Commitment()})
	if err == nil && len(r.Code) != linkcode.Length {
		err = wire.NewError(wire.ErrorMalformed)
	}
	if err != nil {
		a.s.close(errConnection)
		return api.LinkCode{}, err
	}
	expires := c.showAttempt(a, r.SlotID, r.ExpiresInMS)
	return api.LinkCode{Code: linkcode.Format(r.Code), ExpiresAt: expires.UnixMilli()}, nil
}

// confirmLinkWords implements api.ConfirmLinkWords.
func (c *Client) confirmLinkWords(_ context.Context, p api.LinkWordsAnswer) (api.None, error) {
	c.mu.Lock()
	a := c.link
	c.mu.Unlock()
	if a == nil || a.exchange == nil {
		return api.None{}, errLinkExpired
	}
	select {
	case a.confirm <- p:
	default: // the first answer counts
	}
	return api.None{}, nil
}

// showWords answers the primary's share with its own, and shows the words. There
// is one answer: with a second share a relay could try until the words are alike.
func (c *Client) showWords(a *linkAttempt, share []byte) error {
	if a.exchange == nil || a.keys != nil {
		return linking.ErrTampered
	}
	slot := linking.Slot{RelayID: a.s.hello.RelayID, ID: a.slot, Commitment: a.exchange.Commitment()}
	keys, words, err := a.exchange.AsNew(slot, share)
	if err != nil {
		return err
	}
	a.keys, a.words = keys, numbers(words)
	if _, err := request[*wire.ExchangeLinkShareResult](c.ctx, a.s, &wire.ExchangeLinkShare{SlotID: a.slot, Share: a.exchange.Share()}); err != nil {
		return err
	}
	a.until = time.Now().Add(wire.LinkDecisionTime)
	publish(c.bus, api.OnLink, api.LinkProgress{State: api.LinkComparing, Words: a.words})
	return nil
}

func numbers(words linking.Words) []int {
	n := make([]int, len(words))
	for i, w := range words {
		n[i] = int(w)
	}
	return n
}

// answerWords does what the person said about the words: the primary gets the
// offer, or both are done.
func (c *Client) answerWords(a *linkAttempt, answer api.LinkWordsAnswer) error {
	if a.keys == nil || a.confirmed || !slices.Equal(answer.Words, a.words) {
		return nil // nothing to answer yet, answered, or of a code before
	}
	if !answer.Same {
		// If this does not arrive, the slot ends with the connection.
		_, _ = request[*wire.Done](c.ctx, a.s, &wire.RejectLinkSlot{SlotID: a.slot, WordsDiffer: true})
		return wire.NewError(wire.ErrorLinkWordsDiffer)
	}
	sealed, err := c.sealOffer(a)
	if err != nil {
		return err
	}
	if _, err := request[*wire.Done](c.ctx, a.s, &wire.PutLinkOffer{SlotID: a.slot, SealedOffer: sealed}); err != nil {
		return err
	}
	a.confirmed = true
	a.until = time.Now().Add(wire.LinkDecisionTime)
	publish(c.bus, api.OnLink, api.LinkProgress{State: api.LinkClaimed})
	return nil
}
