package client

import (
	"context"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// createCommunity implements api.CreateCommunity.
func (c *Client) createCommunity(ctx context.Context, p api.CreateCommunityParams) (api.Community, error) {
	details, err := newDetails(api.CreateGroupParams{Name: p.Name, Description: p.Description, Picture: p.Picture})
	if err != nil {
		return api.Community{}, err
	}
	groups, err := parseGroups(p.GroupIDs)
	if err != nil {
		return api.Community{}, err
	}
	if len(groups) > maxLinkedGroups {
		return api.Community{}, api.ErrCommunityFull
	}
	for _, group := range groups {
		if err := c.view(ctx, func(tx *tx) error { return tx.mayLink(group, ident.ConversationID{}) }); err != nil {
			return api.Community{}, err
		}
	}
	details.Community = true
	state := &wire.GroupState{AdminsEdit: true, AdminsAdd: true, AdminsWrite: true}
	if details.LinkSecret, state.Link, err = c.newLink(); err != nil {
		return api.Community{}, err
	}
	id, err := c.makeGroup(ctx, details, state, nil)
	if err != nil {
		return api.Community{}, err
	}
	for _, group := range groups {
		if err := c.takeIn(ctx, id, group); err != nil {
			return api.Community{}, err
		}
	}
	return c.getCommunity(ctx, api.ChatID{ChatID: ident.ChatOfGroup(id).String()})
}

// createLinked makes a group in a community; its people can join by the link.
func (c *Client) createLinked(ctx context.Context, communityID string, details *content.GroupDetails, people []ident.AccountID) (api.Chat, error) {
	of, err := parseChatID(communityID)
	if err != nil {
		return api.Chat{}, err
	}
	community := ident.ConversationID(of)
	if err := c.view(ctx, func(tx *tx) error { return tx.hasRoom(community) }); err != nil {
		return api.Chat{}, err
	}
	state := &wire.GroupState{AdminsEdit: true}
	if details.LinkSecret, state.Link, err = c.newLink(); err != nil {
		return api.Chat{}, err
	}
	id, err := c.makeGroup(ctx, details, state, people)
	if err == nil {
		err = c.takeIn(ctx, community, id)
	}
	if err != nil {
		return api.Chat{}, err
	}
	return c.getChat(ctx, api.ChatID{ChatID: ident.ChatOfGroup(id).String()})
}

func parseGroups(texts []string) (ids []ident.ConversationID, err error) {
	for _, text := range texts {
		chat, err := parseChatID(text)
		if err != nil {
			return nil, err
		}
		ids = append(ids, ident.ConversationID(chat))
	}
	return ids, nil
}

// listLinkable implements api.ListLinkable.
func (c *Client) listLinkable(ctx context.Context, _ api.None) (api.Chats, error) {
	list := api.Chats{Chats: []api.Chat{}}
	err := c.view(ctx, func(tx *tx) error {
		chats, err := tx.FindChats()
		if err != nil {
			return err
		}
		for _, chat := range chats {
			if chat.Kind != store.ChatGroup || tx.mayLink(ident.ConversationID(chat.ID), ident.ConversationID{}) != nil {
				continue
			}
			shown, err := tx.showChat(chat.ID)
			if err != nil {
				return err
			}
			list.Chats = append(list.Chats, *shown)
		}
		return nil
	})
	return list, err
}

// linkGroup implements api.LinkGroup.
func (c *Client) linkGroup(ctx context.Context, p api.CommunityGroupID) (api.Community, error) {
	ids, err := parseGroups([]string{p.CommunityID, p.ChatID})
	if err == nil {
		err = c.takeIn(ctx, ids[0], ids[1])
	}
	if err != nil {
		return api.Community{}, err
	}
	return c.getCommunity(ctx, api.ChatID{ChatID: p.CommunityID})
}

// unlinkGroup implements api.UnlinkGroup.
func (c *Client) unlinkGroup(ctx context.Context, p api.CommunityGroupID) (api.Community, error) {
	ids, err := parseGroups([]string{p.CommunityID, p.ChatID})
	if err == nil {
		err = c.takeOut(ctx, ids[0], ids[1])
	}
	if err != nil {
		return api.Community{}, err
	}
	return c.getCommunity(ctx, api.ChatID{ChatID: p.CommunityID})
}

// joinCommunityGroup implements api.JoinCommunityGroup.
func (c *Client) joinCommunityGroup(ctx context.Context, p api.CommunityGroupID) (api.Chat, error) {
	ids, err := parseGroups([]string{p.CommunityID, p.ChatID})
	if err != nil {
		return api.Chat{}, err
	}
	var secret []byte
	err = c.view(ctx, func(tx *tx) error {
		v, err := tx.viewLinks(ids[0])
		if err != nil {
			return err
		}
		if v == nil || !v.announces {
			return api.ErrCommunityUnknown
		}
		if g := linked(v.details, ids[1]); g != nil {
			secret = g.LinkSecret
		}
		return nil
	})
	if err != nil {
		return api.Chat{}, err
	}
	if len(secret) == 0 {
		return api.Chat{}, api.ErrCommunityClosed
	}
	s, err := c.connected(ctx)
	if err != nil {
		return api.Chat{}, err
	}
	return c.joinBy(ctx, s, ids[1], secret)
}

// leaveCommunity implements api.LeaveCommunity.
func (c *Client) leaveCommunity(ctx context.Context, p api.LeaveCommunityParams) (api.None, error) {
	shown, err := c.getCommunity(ctx, api.ChatID{ChatID: p.ChatID})
	if err != nil {
		return api.None{}, err
	}
	for _, g := range shown.Groups {
		if !p.Groups || g.State != api.CommunityGroupJoined {
			continue
		}
		if _, err := c.leaveGroup(ctx, api.ChatID{ChatID: g.ChatID}); err != nil {
			return api.None{}, err
		}
	}
	return c.leaveGroup(ctx, api.ChatID{ChatID: p.ChatID})
}

// noteLeaving has the groups of a community not bring this account back.
func (tx *tx) noteLeaving(id ident.ConversationID) error {
	v, err := tx.viewLinks(id)
	if err != nil || v == nil || !v.announces {
		return err
	}
	return tx.setAppState(stateKey(leftState, id), stateOn)
}

// endCommunity implements api.EndCommunity.
func (c *Client) endCommunity(ctx context.Context, p api.ChatID) (api.Chat, error) {
	chat, err := parseChatID(p.ChatID)
	if err != nil {
		return api.Chat{}, err
	}
	community := ident.ConversationID(chat)
	var own []ident.ConversationID
	err = c.view(ctx, func(tx *tx) error {
		v, err := tx.viewLinks(community)
		if err != nil || v == nil || !v.announces {
			return orUnknown(err)
		}
		for _, g := range v.details.Groups {
			id := ident.ConversationID(g.ConversationID)
			admin, err := tx.isAdminOf(id)
			if err != nil {
				return err
			}
			if admin {
				own = append(own, id)
			}
		}
		return nil
	})
	if err != nil {
		return api.Chat{}, err
	}
	if err := c.changeGroup(ctx, &groupWish{group: community, edit: dropLinks}); err != nil {
		return api.Chat{}, err
	}
	for _, id := range own {
		if err := c.changeGroup(ctx, &groupWish{group: id, edit: func(d *content.GroupDetails) { unname(d, community) }}); err != nil {
			return api.Chat{}, err
		}
	}
	return c.getChat(ctx, p)
}
