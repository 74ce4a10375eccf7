package client

import (
	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
	"parley/wire/grouprules"
)

// The relay takes a message only in the epoch that the group is in. So its place is before the
// commit that ends the epoch, and who sends it judges by the same state as all who take it.

// refusesOutgoing is why the members of a group would not take a message that waits to be sent, nil
// if they would: what its writer may do there can have changed while it waited.
func (tx *tx) refusesOutgoing(o *store.Outgoing, conversation *store.Conversation) (*api.Error, error) {
	if conversation.Kind != store.KindGroup {
		return nil, nil
	}
	c, err := content.Decode[content.Content](o.Content)
	if err != nil {
		return nil, nil //nolint:nilerr // members skip it
	}
	return tx.refusesContent(conversation.ID, tx.identity.Account, c)
}

// refusesContent is why an account may not say something in a group, nil if it may. Where only
// admins write, everybody reacts, votes, opens and deletes.
func (tx *tx) refusesContent(id ident.ConversationID, account ident.AccountID, c *content.Content) (*api.Error, error) {
	_, edits := c.Body.(*content.Edit)
	if edits || needsUpdate(c) || fillMessage(new(store.Message), c) {
		if may, err := tx.mayWrite(id, account); err != nil || !may {
			return api.ErrGroupWriting, err
		}
	}
	if _, pins := c.Body.(*content.Pin); pins {
		if may, err := tx.mayPin(id, account); err != nil || !may {
			return api.ErrPinAdmins, err
		}
	}
	return nil, nil
}

// mayWrite reports whether an account may write in a group, as far as this device knows.
func (tx *tx) mayWrite(id ident.ConversationID, account ident.AccountID) (bool, error) {
	return tx.mayInGroup(id, account, func(s *wire.GroupState) bool { return s.AdminsWrite }, grouprules.MayWrite)
}

// mayInGroup reports whether an account may do something in a group, as far as this device
// knows; limited tells whether it is for admins. In any other conversation it may.
func (tx *tx) mayInGroup(
	id ident.ConversationID, account ident.AccountID, limited func(*wire.GroupState) bool, may func(*wire.GroupState, []ident.AccountID, ident.AccountID) bool,
) (bool, error) {
	known, err := tx.FindGroupChat(id)
	if err != nil || known == nil {
		return err == nil, err
	}
	if state, err := grouprules.Parse(known.State); err == nil && !limited(state) {
		return true, nil // who is an admin does not matter, and takes long in a large group
	}
	v, err := tx.viewGroup(id)
	if err != nil || v == nil {
		return false, err
	}
	return may(v.state, v.present, account), nil
}

// mayPin reports whether an account that may write in a conversation may pin there, as far
// as this device knows: in a group, who may change its details.
func (tx *tx) mayPin(id ident.ConversationID, account ident.AccountID) (bool, error) {
	return tx.mayInGroup(id, account, func(s *wire.GroupState) bool { return s.AdminsEdit }, grouprules.MayEdit)
}
