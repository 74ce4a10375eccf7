package client

import (
	"cmp"
	"context"

	"parley/client/api"
	"parley/client/content"
	"parley/ident"
	"parley/wire/linkuri"
)

// getCommunity implements api.GetCommunity.
func (c *Client) getCommunity(ctx context.Context, p api.ChatID) (shown api.Community, err error) {
	chat, err := parseChatID(p.ChatID)
	if err != nil {
		return shown, err
	}
	err = c.view(ctx, func(tx *tx) error {
		if err := tx.needAccount(); err != nil {
			return err
		}
		shown, err = tx.showCommunity(ident.ConversationID(chat))
		return err
	})
	return shown, err
}

func orUnknown(err error) error {
	if err != nil {
		return err
	}
	return api.ErrCommunityUnknown
}

func (tx *tx) showCommunity(id ident.ConversationID) (api.Community, error) {
	v, err := tx.viewLinks(id)
	if err != nil || v == nil || !v.announces {
		return api.Community{}, orUnknown(err)
	}
	shown := api.Community{ChatID: ident.ChatOfGroup(id).String(), Name: v.details.Name, Description: v.details.Description, Groups: []api.CommunityGroup{}}
	if len(v.details.LinkSecret) > 0 {
		shown.Link = linkuri.Group{Relay: tx.identity.RelayURL, Conversation: id, Secret: v.details.LinkSecret}.String()
	}
	if shown.Members, err = tx.countMembers(id); err != nil {
		return shown, err
	}
	if shown.Admin, err = tx.isAdminOf(id); err != nil {
		return shown, err
	}
	for _, g := range v.details.Groups {
		group, err := tx.showLinked(id, shown.Admin, g)
		if err != nil {
			return shown, err
		}
		if group != nil {
			shown.Groups = append(shown.Groups, *group)
		}
	}
	return shown, nil
}

// showLinked is a group of a community; nil for one that has not agreed, except for admins.
func (tx *tx) showLinked(community ident.ConversationID, admin bool, g *content.LinkedGroup) (*api.CommunityGroup, error) {
	id := ident.ConversationID(g.ConversationID)
	shown := &api.CommunityGroup{ChatID: ident.ChatOfGroup(id).String(), Name: g.Name, State: api.CommunityGroupClosed, MayUnlink: admin}
	switch {
	case len(g.LinkSecret) > 0 && g.AdminsApprove:
		shown.State = api.CommunityGroupAsk
	case len(g.LinkSecret) > 0:
		shown.State = api.CommunityGroupOpen
	}
	known, err := tx.FindGroupChat(id)
	if err != nil || known == nil {
		return shown, err
	}
	if known.Waiting {
		shown.State = api.CommunityGroupWaiting
	}
	if known.Gone != 0 {
		return shown, nil
	}
	v, err := tx.viewLinks(id)
	if err != nil || v == nil {
		return shown, err
	}
	agreed, err := tx.hasAgreedDetails(known)
	if err != nil {
		return nil, err
	}
	if agreed && v.communityNamed() != community { // who has just joined does not know yet
		if !admin {
			return nil, nil
		}
		shown.State = api.CommunityGroupUnconfirmed
		return shown, nil
	}
	shown.State, shown.Name = api.CommunityGroupJoined, cmp.Or(v.details.Name, g.Name)
	if shown.Members, err = tx.countMembers(id); err != nil {
		return nil, err
	}
	ofGroup, err := tx.isAdminOf(id)
	shown.MayUnlink = admin || ofGroup
	return shown, err
}

// showChatCommunity adds the community that a group is in or announces.
func (tx *tx) showChatCommunity(shown *api.Chat, id ident.ConversationID) error {
	community, name, err := tx.communityOf(id)
	if err == nil && community != (ident.ConversationID{}) {
		shown.Community = &api.ChatCommunity{ChatID: ident.ChatOfGroup(community).String(), Name: name}
	}
	return err
}

// refuseLoose is why a change may not be made while a group is in a community, or announces one; nil if
// it may.
func (tx *tx) refuseLoose(id ident.ConversationID, p api.GroupChange) error {
	v, err := tx.viewLinks(id)
	if err != nil || v == nil {
		return err
	}
	off := func(setting *bool) bool { return setting != nil && !*setting }
	named := v.communityNamed() != ident.ConversationID{}
	if (v.announces || named) && off(p.AdminsEdit) || v.announces && (off(p.AdminsWrite) || off(p.Link)) {
		return api.ErrCommunitySettings
	}
	return nil
}
