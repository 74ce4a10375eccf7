package client

import (
	"context"
	"errors"
	"slices"

	"parley/client/api"
	"parley/client/content"
	"parley/ident"
	"parley/wire"
)

// mayLink is why this account may not take a group into a community; nil if it may.
func (tx *tx) mayLink(group, community ident.ConversationID) error {
	admin, err := tx.isAdminOf(group)
	if err != nil {
		return err
	}
	v, err := tx.viewLinks(group)
	switch {
	case err != nil:
		return err
	case !admin || v == nil:
		return api.ErrCommunityAdmin
	case v.announces, v.communityNamed() != ident.ConversationID{} && v.communityNamed() != community:
		return api.ErrCommunityOther
	}
	return nil
}

// hasRoom is why this account may not link another group with a community; nil if it may.
func (tx *tx) hasRoom(community ident.ConversationID) error {
	admin, err := tx.isAdminOf(community)
	if err != nil {
		return err
	}
	v, err := tx.viewLinks(community)
	switch {
	case err != nil:
		return err
	case v == nil || !v.announces:
		return api.ErrCommunityUnknown
	case !admin:
		return api.ErrCommunityAdmin
	case len(v.details.Groups) >= maxLinkedGroups:
		return api.ErrCommunityFull
	}
	return nil
}

// linkPlan is what linking takes.
type linkPlan struct {
	entry *content.LinkedGroup
	// missing are the members of the group that are not in the announcement group.
	missing []ident.AccountID
}

func (tx *tx) planLink(community, group ident.ConversationID) (p linkPlan, err error) {
	of, err := tx.viewLinks(community)
	if err != nil {
		return p, err
	}
	// A link that was broken off needs no more room.
	if err := tx.hasRoom(community); err != nil && (!errors.Is(err, api.ErrCommunityFull) || linked(of.details, group) == nil) {
		return p, err
	}
	if err := tx.mayLink(group, community); err != nil {
		return p, err
	}
	if p.entry, err = tx.linkTo(group); err != nil {
		return p, err
	}
	here, err := tx.viewGroup(community)
	if err != nil {
		return p, err
	}
	there, err := tx.viewGroup(group)
	if err != nil {
		return p, err
	}
	in := make(map[ident.AccountID]bool, len(here.present))
	for _, account := range here.present {
		in[account] = true
	}
	p.missing = slices.DeleteFunc(slices.Clone(there.present), func(a ident.AccountID) bool { return in[a] })
	if len(here.present)+len(p.missing) > wire.MaxGroupAccounts {
		return p, api.ErrGroupFull
	}
	return p, nil
}

// takeIn takes a group into a community. The people come first, then the word of the community, then that
// of the group: who reads the last knows the others. What is there already is left as it is, so that a
// link that was broken off can be made again.
func (c *Client) takeIn(ctx context.Context, community, group ident.ConversationID) error {
	var plan linkPlan
	err := c.view(ctx, func(tx *tx) (err error) {
		plan, err = tx.planLink(community, group)
		return err
	})
	if err != nil {
		return err
	}
	if err := c.addPeople(ctx, community, plan.missing); err != nil {
		return err
	}
	var secret []byte
	listing := &groupWish{group: community, edit: func(d *content.GroupDetails) {
		secret = d.LinkSecret
		if listed := linked(d, group); listed != nil {
			*listed = *plan.entry
		} else if len(d.Groups) < maxLinkedGroups { // others link, too
			d.Groups = append(slices.Clone(d.Groups), plan.entry)
		} else {
			secret = nil
		}
	}}
	if err := c.changeGroup(ctx, listing); err != nil {
		return err
	}
	if len(secret) == 0 {
		return api.ErrCommunityFull
	}
	naming := &groupWish{
		group:  group,
		change: func(s *wire.GroupState) { s.AdminsEdit = true },
		edit:   func(d *content.GroupDetails) { d.CommunityID, d.CommunitySecret = community[:], secret },
	}
	if err := c.changeGroup(ctx, naming); err != nil {
		_ = c.changeGroup(ctx, &groupWish{group: community, edit: func(d *content.GroupDetails) { unlist(d, group) }}) // the first error is told
		return err
	}
	return nil
}

// takeOut takes back the word of those sides of which this account is an admin; admins of the other
// take back theirs.
func (c *Client) takeOut(ctx context.Context, community, group ident.ConversationID) error {
	var ofCommunity, ofGroup bool
	err := c.view(ctx, func(tx *tx) (err error) {
		if ofCommunity, err = tx.isAdminOf(community); err == nil {
			ofGroup, err = tx.isAdminOf(group)
		}
		return err
	})
	if err != nil {
		return err
	}
	if !ofCommunity && !ofGroup {
		return api.ErrCommunityAdmin
	}
	if ofCommunity {
		if err := c.changeGroup(ctx, &groupWish{group: community, edit: func(d *content.GroupDetails) { unlist(d, group) }}); err != nil {
			return err
		}
	}
	if !ofGroup {
		return nil
	}
	return c.changeGroup(ctx, &groupWish{group: group, edit: func(d *content.GroupDetails) { unname(d, community) }})
}
