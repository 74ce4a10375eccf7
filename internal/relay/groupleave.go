package relay

import (
	"slices"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// leaveConversation takes the account out of a group at once. The removal of its
// devices is proposed to those who stay.
func (s *Session) leaveConversation(id uint64, m *wire.LeaveConversation) {
	conversation, err := ident.IDFromBytes[ident.ConversationID](m.ConversationID)
	if err != nil {
		s.answer(id, nil, refuse(wire.ErrorMalformed))
		return
	}
	s.begin()
	var entries []appended
	s.relay.store.Submit(func(tx store.Tx) (err error) {
		entries, err = s.leaveIn(tx, conversation)
		return err
	}, func(err error) {
		s.finish(id, &wire.Done{}, err)
		if err == nil {
			s.relay.deliver(entries...)
		}
	})
}

func (s *Session) leaveIn(tx store.Tx, id ident.ConversationID) ([]appended, error) {
	if err := refuseRemoved(tx, s.who.device); err != nil {
		return nil, err
	}
	accounts, err := s.accountsOf(tx, id)
	if err != nil {
		return nil, err
	}
	c, err := tx.FindConversation(id)
	if err != nil {
		return nil, err
	}
	if c.Kind != wire.ConversationGroup || !slices.Contains(accounts, s.who.account) {
		return nil, refuse(wire.ErrorMalformed)
	}
	members, err := tx.ListMembers(id)
	if err != nil {
		return nil, err
	}
	var entries []appended
	for _, member := range members {
		if member.Account != s.who.account || member.Removed {
			continue // one that is removed has been proposed
		}
		a, err := s.relay.remover().proposeRemoval(tx, c, member, true)
		if err != nil {
			return nil, err
		}
		entries = append(entries, a)
	}
	return entries, tx.RemoveConversationAccounts(id, []ident.AccountID{s.who.account})
}
