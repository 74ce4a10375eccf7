package client

import (
	"context"
	"slices"

	"parley/client/api"
	"parley/ident"
	"parley/wire"
)

// peopleOf finds the accounts that are named, without this device's own.
func (c *Client) peopleOf(ctx context.Context, ids, phones []string) (people []ident.AccountID, err error) {
	add := func(id ident.AccountID) {
		c.mu.Lock()
		own := c.identity != nil && c.identity.Account == id
		c.mu.Unlock()
		if !own && !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	for _, text := range ids {
		id, err := ident.ParseID[ident.AccountID](text)
		if err != nil {
			return nil, api.ErrBadParams
		}
		add(id)
	}
	for _, text := range phones {
		phone, err := ident.ParsePhone(text)
		if err != nil {
			return nil, api.ErrPhoneInvalid
		}
		id, err := c.accountOf(ctx, phone)
		if err != nil {
			return nil, err
		}
		add(id)
	}
	return people, c.view(ctx, func(tx *tx) error { return tx.needAccount() })
}

// addPeople adds accounts, as many as one commit takes at a time.
func (c *Client) addPeople(ctx context.Context, id ident.ConversationID, people []ident.AccountID) error {
	for part := range slices.Chunk(people, wire.MaxGroupAdds) {
		if err := c.changeGroup(ctx, &groupWish{group: id, add: part}); err != nil {
			return err
		}
	}
	return nil
}

// addToGroup implements api.AddToGroup.
func (c *Client) addToGroup(ctx context.Context, p api.GroupPeople) (api.Group, error) {
	id, people, err := c.groupAndPeople(ctx, p)
	if err != nil {
		return api.Group{}, err
	}
	if err := c.addPeople(ctx, id, people); err != nil {
		return api.Group{}, err
	}
	return c.getGroup(ctx, api.ChatID{ChatID: p.ChatID})
}

// removeFromGroup implements api.RemoveFromGroup.
func (c *Client) removeFromGroup(ctx context.Context, p api.GroupPeople) (api.Group, error) {
	id, people, err := c.groupAndPeople(ctx, p)
	if err != nil {
		return api.Group{}, err
	}
	if err := c.changeGroup(ctx, &groupWish{group: id, remove: people}); err != nil {
		return api.Group{}, err
	}
	return c.getGroup(ctx, api.ChatID{ChatID: p.ChatID})
}

func (c *Client) groupAndPeople(ctx context.Context, p api.GroupPeople) (id ident.ConversationID, people []ident.AccountID, err error) {
	chat, err := parseChatID(p.ChatID)
	if err != nil {
		return id, nil, err
	}
	people, err = c.peopleOf(ctx, p.AccountIDs, p.Phones)
	if err == nil && len(people) == 0 {
		err = api.ErrGroupPeople
	}
	return ident.ConversationID(chat), people, err
}
