package client

import (
	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
	"parley/wire/grouprules"
)

// beforeReset is what this device knows of a group that is about to be reset; nil of other conversations, and
// where this device was not in the group: then it may have missed who became an admin, and the relay's word counts.
func (tx *tx) beforeReset(conversation *store.Conversation) (*groupView, error) {
	if conversation.Kind != store.KindGroup || !conversation.Joined {
		return nil, nil
	}
	return tx.viewGroup(conversation.ID)
}

// resetBy is who made the group that this device was invited to; nil if nobody can be named.
func resetBy(joined *mls.Group) *ident.Certificate {
	by, ok := joined.Inviter()
	if !ok {
		return nil
	}
	certificate, err := ident.ReadVerifiedCertificate(by.Credential.Identity)
	if err != nil {
		return nil
	}
	return certificate
}

// refusesReset reports whether a group is given up that no admin has made, whatever the relay let pass: a
// member could otherwise make another group of it, with roles and people of its own choice.
func (tx *tx) refusesReset(before *groupView, joined *mls.Group) (bool, error) {
	if before == nil || len(before.present) == 0 {
		return false, nil
	}
	by := resetBy(joined)
	if by == nil || !grouprules.IsAdmin(before.state, before.present, by.Account) {
		return true, nil
	}
	trusted, err := tx.trusts(by)
	return !trusted, err
}

// refuseReset has a group not joined that somebody else than an admin has put in the place of the former
// one. An admin's device gives the conversation another.
func (tx *tx) refuseReset(conversation *store.Conversation, before *groupView, joined *mls.Group) error {
	tx.skip("reset of a group", errNotAllowed)
	before.Refused = joined.ID()
	if err := tx.SaveGroupChat(before.GroupChat); err != nil {
		return err
	}
	if grouprules.IsAdmin(before.state, before.present, tx.identity.Account) {
		conversation.Replace = joined.ID()
	}
	return nil
}

// groupReset has a group joined again that an admin gave another MLS group.
func (tx *tx) groupReset(conversation *store.Conversation, e *wire.Entry) error {
	known, err := tx.FindGroupChat(conversation.ID)
	if err != nil || known == nil {
		return err
	}
	if known.Refused != nil {
		known.Refused = nil
		if err := tx.SaveGroupChat(known); err != nil {
			return err
		}
	}
	return tx.groupNotice(conversation, groupNotice{What: noticeGroupReset}, e.TimeMS)
}
