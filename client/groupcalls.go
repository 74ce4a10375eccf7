package client

import (
	"context"
	"slices"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// createGroup implements api.CreateGroup.
func (c *Client) createGroup(ctx context.Context, p api.CreateGroupParams) (api.Chat, error) {
	details, err := newDetails(p)
	if err != nil {
		return api.Chat{}, err
	}
	people, err := c.peopleOf(ctx, p.AccountIDs, p.Phones)
	if err != nil {
		return api.Chat{}, err
	}
	if p.CommunityID != "" {
		return c.createLinked(ctx, p.CommunityID, details, people)
	}
	id, err := c.makeGroup(ctx, details, &wire.GroupState{}, people)
	if err != nil {
		return api.Chat{}, err
	}
	return c.getChat(ctx, api.ChatID{ChatID: ident.ChatOfGroup(id).String()})
}

// makeGroup makes a group of this account and people, and returns when they have it.
func (c *Client) makeGroup(ctx context.Context, details *content.GroupDetails, state *wire.GroupState, people []ident.AccountID) (id ident.ConversationID, err error) {
	if len(people) >= wire.MaxGroupAccounts {
		return id, api.ErrGroupFull
	}
	s, err := c.connected(ctx)
	if err != nil {
		return id, err
	}
	first := people[:min(len(people), wire.MaxGroupAdds-1)]
	packages, err := c.claimForGroup(ctx, s, first)
	if err != nil {
		return id, err
	}
	var fate <-chan error
	err = c.update(ctx, func(tx *tx) error {
		var message ident.MessageID
		id, message, err = tx.beginGroup(details, state, first, packages)
		fate = c.wishes.watch(message)
		return err
	})
	if err != nil {
		return id, err
	}
	c.nudge()
	select {
	case err := <-fate:
		if err != nil {
			return id, err
		}
	case <-ctx.Done():
		return id, api.ErrTimeout
	}
	if err := c.addPeople(ctx, id, people[len(first):]); err != nil {
		return id, err
	}
	return id, c.beginGroupWithTimer(ctx, ident.ChatOfGroup(id))
}

// claimForGroup takes the key packages of the devices that come into a new group: those of others,
// and this account's other ones.
func (c *Client) claimForGroup(ctx context.Context, s *session, people []ident.AccountID) ([]*wire.DeviceKeyPackage, error) {
	c.mu.Lock()
	own := c.identity
	c.mu.Unlock()
	packages, err := claimMany(ctx, s, append([]ident.AccountID{own.Account}, people...))
	return slices.DeleteFunc(packages, func(p *wire.DeviceKeyPackage) bool { return string(p.DeviceID) == string(own.Device[:]) }), err
}

// leaveGroup implements api.LeaveGroup.
func (c *Client) leaveGroup(ctx context.Context, p api.ChatID) (api.None, error) {
	chat, err := parseChatID(p.ChatID)
	if err != nil {
		return api.None{}, err
	}
	return api.None{}, c.leaveGroupOf(ctx, ident.ConversationID(chat))
}

func (c *Client) leaveGroupOf(ctx context.Context, id ident.ConversationID) error {
	s, err := c.connected(ctx)
	if err != nil {
		return err
	}
	if err := c.update(ctx, func(tx *tx) error { return tx.noteLeaving(id) }); err != nil {
		return err
	}
	if _, err := request[*wire.Done](ctx, s, &wire.LeaveConversation{ConversationID: id[:]}); err != nil && !hasCode(err, wire.ErrorConversationUnknown) {
		return err
	}
	return c.update(ctx, func(tx *tx) error {
		conversation, err := tx.FindConversation(id)
		if err != nil || conversation == nil || conversation.Kind != store.KindGroup {
			return err
		}
		return tx.leftGroup(conversation, store.GroupLeft, tx.identity.Account, tx.c.relayNow().UnixMilli())
	})
}
