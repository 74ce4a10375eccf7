package client

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// mostForwarded and mostForwardedTo bound one call of forward.
const (
	mostForwarded   = 100
	mostForwardedTo = 20
)

// compose puts content of the person into a chat.
func (c *Client) compose(ctx context.Context, chatID, messageID string, body content.ContentBody) (api.Message, error) {
	chat, err := parseChatID(chatID)
	if err != nil {
		return api.Message{}, err
	}
	id, err := c.messageID(messageID)
	if err != nil {
		return api.Message{}, err
	}
	return c.showAfter(ctx, func(tx *tx) (*api.Message, error) {
		return tx.queueMessage(chat, id, &content.Content{Body: body})
	})
}

// sendPoll implements api.SendPoll.
func (c *Client) sendPoll(ctx context.Context, p api.SendPollParams) (api.Message, error) {
	poll := &content.Poll{Question: strings.TrimSpace(p.Question), Multiple: p.Multiple}
	for _, option := range p.Options {
		if option = strings.TrimSpace(option); option != "" && !slices.Contains(poll.Options, option) {
			poll.Options = append(poll.Options, option)
		}
	}
	if !validPoll(poll) {
		return api.Message{}, api.ErrPollInvalid
	}
	return c.compose(ctx, p.ChatID, p.ID, poll)
}

// vote implements api.Vote.
func (c *Client) vote(ctx context.Context, p api.VoteParams) (api.Message, error) {
	return c.changeMessage(ctx, p.ID, func(tx *tx, m *store.Message) error {
		of, ok := contentOf(m)
		if !ok {
			return api.ErrBadParams
		}
		poll, ok := of.Body.(*content.Poll)
		if !ok || !poll.Multiple && len(p.Options) > 1 {
			return api.ErrBadParams
		}
		vote := &content.PollVote{MessageID: m.ID[:]}
		for _, o := range p.Options {
			if o < 0 || o >= len(poll.Options) {
				return api.ErrBadParams
			}
			vote.Options = append(vote.Options, uint64(o))
		}
		return tx.queueAmendment(m, vote)
	})
}

// sendLocation implements api.SendLocation.
func (c *Client) sendLocation(ctx context.Context, p api.SendLocationParams) (api.Message, error) {
	place := &content.Location{
		LatitudeE6: int64(math.Round(p.Latitude * 1e6)), LongitudeE6: int64(math.Round(p.Longitude * 1e6)), Name: strings.TrimSpace(p.Name),
	}
	if !validLocation(place) || math.IsNaN(p.Latitude) || math.IsNaN(p.Longitude) {
		return api.Message{}, api.ErrBadParams
	}
	return c.compose(ctx, p.ChatID, p.ID, place)
}

// sendContact implements api.SendContact.
func (c *Client) sendContact(ctx context.Context, p api.SendContactParams) (api.Message, error) {
	phone, err := ident.ParsePhone(p.Phone)
	if err != nil {
		return api.Message{}, api.ErrPhoneInvalid
	}
	return c.compose(ctx, p.ChatID, p.ID, &content.ContactCard{Name: strings.TrimSpace(p.Name), Phone: string(phone)})
}

// setTimer implements api.SetTimer.
func (c *Client) setTimer(ctx context.Context, p api.SetTimerParams) (api.Message, error) {
	if p.Seconds < 0 || p.Seconds > longestExpiry {
		return api.Message{}, api.ErrBadParams
	}
	return c.compose(ctx, p.ChatID, "", &content.Timer{Seconds: uint64(p.Seconds)})
}

// forward implements api.Forward.
func (c *Client) forward(ctx context.Context, p api.ForwardParams) (api.Messages, error) {
	sent := api.Messages{Messages: []api.Message{}}
	if len(p.IDs) == 0 || len(p.IDs) > mostForwarded || len(p.ChatIDs) == 0 || len(p.ChatIDs) > mostForwardedTo {
		return sent, api.ErrBadParams
	}
	err := c.update(ctx, func(tx *tx) error {
		messages := make([]*store.Message, len(p.IDs))
		for i, id := range p.IDs {
			m, err := tx.findWritten(id)
			if err != nil {
				return err
			}
			messages[i] = m
		}
		slices.SortFunc(messages, func(a, b *store.Message) int { return cmp.Compare(a.Sort, b.Sort) })
		for _, text := range p.ChatIDs {
			chat, err := parseChatID(text)
			if err != nil {
				return err
			}
			for _, m := range messages {
				shown, err := tx.forwardTo(chat, m)
				if err != nil {
					return err
				}
				sent.Messages = append(sent.Messages, *shown)
			}
		}
		return nil
	})
	if err != nil {
		return api.Messages{Messages: []api.Message{}}, err
	}
	c.nudge()
	return sent, nil
}

// forwardTo sends what a message says in another chat; who said it is not told.
func (tx *tx) forwardTo(chat ident.ChatID, m *store.Message) (*api.Message, error) {
	c, ok := contentOf(m)
	if !ok {
		return nil, api.ErrNotForwardable
	}
	switch m.Kind {
	case store.KindDeleted, store.KindUnsupported, store.KindTimer, store.KindPoll, store.KindOnce:
		return nil, api.ErrNotForwardable
	}
	if c.Context != nil && c.Context.ViewOnce {
		return nil, api.ErrNotForwardable
	}
	id, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return nil, err
	}
	context := &content.Context{Forwarded: true}
	if c.Context != nil {
		context.Preview = c.Context.Preview
	}
	return tx.queueMessage(chat, id, &content.Content{Body: c.Body, Context: context})
}
