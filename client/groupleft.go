package client

import (
	"slices"

	"parley/client/store"
	"parley/ident"
	"parley/wire"
	"parley/wire/grouprules"
)

// Who leaves is out at once, for the relay and for people. The removal of the devices waits for whoever commits next, and
// where somebody joins from outside before that it is proposed anew: the leaves are in the group meanwhile as if nothing had
// happened.

// noteLeft takes an account off the members of a group when the relay proposes to take the last of its devices out.
func (tx *tx) noteLeft(conversation *store.Conversation, g *openGroup, e *wire.Entry) error {
	account, err := ident.IDFromBytes[ident.AccountID](e.SenderAccount)
	if err != nil || conversation.Kind != store.KindGroup {
		return nil //nolint:nilerr // it has not left: a device was logged out
	}
	present := accountsIn(g.Members(), pendingRemovals(g))
	if slices.Contains(present, account) {
		return nil
	}
	state, _, err := stateIn(g.Extensions())
	if err != nil {
		return nil //nolint:nilerr // as noteGroup
	}
	members, err := tx.FindGroupMembers(conversation.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(members, func(m store.GroupMember) bool { return m.Account == account && m.Gone == 0 })
	if i < 0 {
		return nil
	}
	n := &groupNews{tx: tx, conversation: conversation, at: e.TimeMS, place: e.Sequence}
	n.admin = grouprules.IsAdmin(state, present, tx.identity.Account)
	tx.chatChanged(ident.ChatOfGroup(conversation.ID))
	if told, err := n.goes(members[i], false); err != nil || !told {
		return err
	}
	return n.tellLeft([]ident.AccountID{account})
}

// goes keeps that a member has gone; told is false if people know it (lingers).
func (n *groupNews) goes(m store.GroupMember, removed bool) (told bool, err error) {
	told = m.GoneAt == 0
	if told {
		m.GoneAt = n.at
	}
	m.Gone, m.Removed = n.place, removed
	return told, n.SaveGroupMember(n.conversation.ID, m)
}

// lingers decides about who was gone and has a device in the group. Unless the commit brought it, the device is one whose
// removal is proposed anew. A device that joins from outside cannot tell; it takes it for a member in silence, and keeps
// since when people know that it was gone.
func (n *groupNews) lingers(m store.GroupMember) (known bool, err error) {
	if n.by.IsZero() {
		m.Gone, m.Since = 0, n.place
		return true, n.SaveGroupMember(n.conversation.ID, m)
	}
	return !n.fresh && !slices.Contains(n.came, m.Account), nil
}

// stays ends what lingers began: nobody has proposed to take the member out before this commit.
func (n *groupNews) stays(m store.GroupMember) error {
	if m.GoneAt == 0 || n.by.IsZero() {
		return nil
	}
	m.GoneAt, m.Removed = 0, false
	return n.SaveGroupMember(n.conversation.ID, m)
}
