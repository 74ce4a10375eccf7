package client

import (
	"context"
	"slices"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
	"parley/wire/grouprules"
)

// linksChanged has shown anew, and set right, what depends on changed details: on the word of one side
// an admin's device takes back that of the other.
func (tx *tx) linksChanged(id ident.ConversationID, before, now *content.GroupDetails) error {
	tx.c.linksDue[id] = true
	tx.touchNamed(before)
	tx.touchNamed(now)
	if !tx.identity.Primary {
		return nil
	}
	for _, g := range before.Groups {
		group := ident.ConversationID(g.ConversationID)
		if linked(now, group) == nil {
			if err := tx.wishEdit(group, func(d *content.GroupDetails) { unname(d, id) }); err != nil {
				return err
			}
		}
	}
	if of := before.CommunityID; len(of) > 0 && string(of) != string(now.CommunityID) {
		return tx.wishEdit(ident.ConversationID(of), func(d *content.GroupDetails) { unlist(d, id) })
	}
	return nil
}

// touchNamed has the chats shown anew that details name.
func (tx *tx) touchNamed(d *content.GroupDetails) {
	if len(d.CommunityID) > 0 {
		tx.chatTouched(ident.ChatOfGroup(ident.ConversationID(d.CommunityID)))
	}
	for _, g := range d.Groups {
		tx.chatTouched(ident.ChatOfGroup(ident.ConversationID(g.ConversationID)))
	}
}

// touchLinked is touchNamed for a group.
func (tx *tx) touchLinked(id ident.ConversationID) error {
	d, err := tx.groupDetails(id)
	if err == nil {
		tx.touchNamed(d)
	}
	return err
}

// unname and unlist take back what each side says of the other.
func unname(d *content.GroupDetails, community ident.ConversationID) {
	if names(d, community) {
		d.CommunityID, d.CommunitySecret = nil, nil
	}
}

func unlist(d *content.GroupDetails, group ident.ConversationID) {
	d.Groups = slices.DeleteFunc(slices.Clone(d.Groups), func(g *content.LinkedGroup) bool { return string(g.ConversationID) == string(group[:]) })
}

// wishEdit changes the details of a group if this account is an admin of it. Nobody waits for it.
func (tx *tx) wishEdit(id ident.ConversationID, edit func(*content.GroupDetails)) error {
	v, err := tx.viewLinks(id)
	if err != nil || v == nil {
		return err
	}
	before := v.details.AppendTo(nil)
	edit(v.details)
	if string(before) == string(v.details.AppendTo(nil)) {
		return nil
	}
	admin, err := tx.isAdminOf(id)
	if err == nil && admin {
		tx.c.wishes.add(&groupWish{group: id, edit: edit, done: make(chan error, 1)})
	}
	return err
}

// tendLinks joins the announcement groups of the communities that this account's groups are in, and keeps
// what both sides say of each other as it is, once on each connection and when it changed.
func (w *worker) tendLinks(ctx context.Context) (bool, error) {
	var join ident.ConversationID
	var token []byte
	err := w.update(ctx, func(tx *tx) error {
		if !w.linksLooked {
			all, err := tx.FindConversations()
			if err != nil {
				return err
			}
			for _, c := range all {
				if c.Kind == store.KindGroup {
					tx.c.linksDue[c.ID] = true
				}
			}
			w.linksLooked = true
		}
		for id := range tx.c.linksDue {
			delete(tx.c.linksDue, id)
			v, err := tx.viewLinks(id)
			if err != nil {
				return err
			}
			if v == nil {
				continue
			}
			if v.announces {
				err = tx.tendCommunity(id, v)
			} else {
				join, token, err = tx.tendGroup(id, v)
			}
			if err != nil || join != (ident.ConversationID{}) {
				return err
			}
		}
		return nil
	})
	if err != nil || join == (ident.ConversationID{}) {
		return false, err
	}
	_, err = w.enter(ctx, w.s, join, token)
	if hasCode(err, wire.ErrorInviteInvalid, wire.ErrorGroupFull, wire.ErrorRateLimited, wire.ErrorMalformed) {
		return true, nil // who is in no group of it any more, or comes too late, is not in the community
	}
	return err == nil, err
}

// tendCommunity looks at each group that an announcement group lists.
func (tx *tx) tendCommunity(id ident.ConversationID, v *linkView) error {
	for _, g := range v.details.Groups {
		group, err := tx.viewLinks(ident.ConversationID(g.ConversationID))
		if err != nil {
			return err
		}
		if group != nil && group.communityNamed() == id {
			tx.c.linksDue[ident.ConversationID(g.ConversationID)] = true
		}
	}
	return nil
}

// tendGroup returns an announcement group that this account is to join.
func (tx *tx) tendGroup(id ident.ConversationID, v *linkView) (join ident.ConversationID, token []byte, err error) {
	of := v.communityNamed()
	if of == (ident.ConversationID{}) {
		return join, nil, nil
	}
	community, err := tx.viewLinks(of)
	if err != nil {
		return join, nil, err
	}
	if community == nil {
		stranger, err := tx.knowsNothingOf(of)
		if err != nil || !stranger {
			return join, nil, err // it has left, was removed, or is on its way in
		}
		// What was said while everybody changed the details does not count, and may still be here.
		if agreed, err := tx.hasAgreedDetails(v.known); err != nil || !agreed {
			return join, nil, err
		}
		return of, linkToken(v.details.CommunitySecret), nil
	}
	if listed := linked(community.details, id); !tx.identity.Primary || !community.announces || listed == nil {
		return join, nil, nil
	}
	now, err := tx.linkTo(id)
	if err != nil {
		return join, nil, err
	}
	err = tx.wishEdit(of, func(d *content.GroupDetails) {
		if listed := linked(d, id); listed != nil {
			*listed = *now
		}
	})
	if err != nil {
		return join, nil, err
	}
	secret := community.details.LinkSecret
	return join, nil, tx.wishEdit(id, func(d *content.GroupDetails) {
		if names(d, of) && len(secret) > 0 {
			d.CommunitySecret = secret
		}
	})
}

func (tx *tx) hasAgreedDetails(known *store.GroupChat) (bool, error) {
	state, err := grouprules.Parse(known.State)
	if err != nil {
		return false, err
	}
	lacks, err := tx.lacksDetails(&groupView{GroupChat: known, state: state})
	return !lacks, err
}

// knowsNothingOf reports whether this account was never in a group, as far as is known.
func (tx *tx) knowsNothingOf(id ident.ConversationID) (bool, error) {
	conversation, err := tx.FindConversation(id)
	if err != nil || conversation != nil {
		return false, err
	}
	known, err := tx.FindGroupChat(id)
	if err != nil || known != nil {
		return false, err
	}
	left, err := tx.appState(leftState, id)
	return len(left) == 0, err
}
