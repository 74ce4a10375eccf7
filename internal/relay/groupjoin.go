package relay

import (
	"errors"
	"slices"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
	"parley/wire/grouprules"
)

// requestJoin lets an account into a group whose link it has, or has it ask the admins.
func (s *Session) requestJoin(m *wire.RequestJoin) (*wire.RequestJoinResult, error) {
	id, err := ident.IDFromBytes[ident.ConversationID](m.ConversationID)
	if err != nil || len(m.Token) != wire.NonceSize {
		return nil, refuse(wire.ErrorMalformed)
	}
	r := s.relay
	if wait := r.limits.lookUps.take(s.who.device, r.now()); wait > 0 {
		return nil, refuseUntil(wait)
	}
	var waiting bool
	var told []ident.AccountID
	err = r.store.Update(r.ctx, func(tx store.Tx) (err error) {
		waiting, told, err = s.joinIn(tx, id, m.Token)
		notifyEvent(tx, &wire.JoinRequestsChanged{ConversationID: id[:]}, told...)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.tellJoinRequests(id, told)
	return &wire.RequestJoinResult{Waiting: waiting}, nil
}

// joinIn returns whether the account must wait for an admin, and the accounts that are to hear of it.
func (s *Session) joinIn(tx store.Tx, id ident.ConversationID, token []byte) (waiting bool, told []ident.AccountID, err error) {
	if err := refuseRemoved(tx, s.who.device); err != nil {
		return false, nil, err
	}
	g, err := readGroup(tx, id)
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, errDamaged):
		return false, nil, refuse(wire.ErrorInviteInvalid)
	case err != nil:
		return false, nil, err
	case !grouprules.OpensLink(g.state, token):
		return false, nil, refuse(wire.ErrorInviteInvalid)
	}
	accounts, err := tx.ListConversationAccounts(id)
	switch {
	case err != nil || slices.Contains(accounts, s.who.account):
		return false, nil, err
	case g.state.AdminsApprove:
		told, err = s.askAdmins(tx, id, g)
		return true, told, err
	case len(accounts) >= wire.MaxGroupAccounts:
		return false, nil, refuse(wire.ErrorGroupFull)
	}
	if asked, err := tx.HasJoinRequest(id, s.who.account); err != nil {
		return false, nil, err
	} else if asked { // before it needed nobody's approval
		told = grouprules.Admins(g.state, g.present)
	}
	return false, told, tx.AddConversationAccounts(id, []ident.AccountID{s.who.account})
}

// askAdmins notes that the caller's account asks to come into a group, and returns who is to be told.
func (s *Session) askAdmins(tx store.Tx, id ident.ConversationID, g *groupNow) (admins []ident.AccountID, err error) {
	now := s.relay.now()
	if err := tx.DeleteJoinRequestsBefore(now.Add(-wire.MaxJoinRequestAge)); err != nil {
		return nil, err
	}
	if asked, err := tx.HasJoinRequest(id, s.who.account); err != nil || asked {
		return nil, err
	}
	requests, err := tx.ListJoinRequests(id)
	if err == nil && len(requests) >= wire.MaxJoinRequests {
		err = refuse(wire.ErrorGroupFull)
	}
	if err != nil {
		return nil, err
	}
	return grouprules.Admins(g.state, g.present), tx.PutJoinRequest(store.JoinRequest{Conversation: id, Account: s.who.account, Time: now})
}

// tellJoinRequests has devices ask who wants to come into a group.
func (s *Session) tellJoinRequests(id ident.ConversationID, accounts []ident.AccountID) {
	for _, account := range accounts {
		s.relay.hub.tell(account, &wire.JoinRequestsChanged{ConversationID: id[:]}, nil)
	}
}

// holdJoin has an account ask the admins of a group that approve who comes into it, where it belongs to the
// group but none of its devices is a member: it was let in by the link before they approved, or has lost all
// devices. Members would refuse its device. The error is NOT_ALLOWED then.
func (s *Session) holdJoin(m *sending) error {
	if !m.External {
		return nil
	}
	r := s.relay
	var told []ident.AccountID
	held := false
	err := r.store.View(r.ctx, func(reader store.Reader) (err error) {
		held, err = s.needsApproval(reader, m.conversation)
		return err
	})
	if err != nil || !held {
		return err
	}
	err = r.store.Update(r.ctx, func(tx store.Tx) error {
		held, err = s.needsApproval(tx, m.conversation)
		if err != nil || !held {
			return err
		}
		g, err := readGroup(tx, m.conversation)
		if err != nil {
			return err
		}
		if err := tx.RemoveConversationAccounts(m.conversation, []ident.AccountID{s.who.account}); err != nil {
			return err
		}
		told, err = s.askAdmins(tx, m.conversation, g)
		notifyEvent(tx, &wire.JoinRequestsChanged{ConversationID: m.ConversationID}, told...)
		return err
	})
	if err != nil || !held {
		return err
	}
	s.tellJoinRequests(m.conversation, told)
	return refuse(wire.ErrorNotAllowed)
}

// needsApproval reports whether the caller's account is in a group without a member, and its admins
// approve who comes.
func (s *Session) needsApproval(r store.Reader, id ident.ConversationID) (bool, error) {
	c, err := r.FindConversation(id)
	if err != nil {
		return false, missing(err, wire.ErrorConversationUnknown)
	}
	if c.Kind != wire.ConversationGroup {
		return false, nil
	}
	if _, err := s.accountsOf(r, id); err != nil {
		return false, err
	}
	g, err := readGroup(r, id)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, errDamaged) {
		return false, nil // the commit is refused for that
	}
	return err == nil && g.state.AdminsApprove && !slices.Contains(g.present, s.who.account), err
}

// listJoinRequests returns who asks to come into a group, or where the caller's account does.
func (s *Session) listJoinRequests(m *wire.ListJoinRequests) (*wire.ListJoinRequestsResult, error) {
	result := new(wire.ListJoinRequestsResult)
	oldest := s.relay.now().Add(-wire.MaxJoinRequestAge)
	err := s.relay.store.View(s.relay.ctx, func(r store.Reader) error {
		requests, err := s.joinRequests(r, m.ConversationID)
		for i := range requests {
			if q := &requests[i]; q.Time.After(oldest) {
				result.Requests = append(result.Requests, &wire.JoinRequest{
					ConversationID: q.Conversation[:], AccountID: q.Account[:], TimeMS: q.Time.UnixMilli(),
				})
			}
		}
		return err
	})
	return result, err
}

func (s *Session) joinRequests(r store.Reader, conversation []byte) ([]store.JoinRequest, error) {
	if len(conversation) == 0 {
		return r.ListOwnJoinRequests(s.who.account)
	}
	id, err := ident.IDFromBytes[ident.ConversationID](conversation)
	if err != nil {
		return nil, refuse(wire.ErrorMalformed)
	}
	if err := s.needAdmin(r, id); err != nil {
		return nil, err
	}
	return r.ListJoinRequests(id)
}

// needAdmin refuses whoever is no admin of a group.
func (s *Session) needAdmin(r store.Reader, id ident.ConversationID) error {
	if _, err := s.accountsOf(r, id); err != nil {
		return err
	}
	g, err := readGroup(r, id)
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, errDamaged):
		return refuse(wire.ErrorConversationUnknown)
	case err == nil && !g.isAdmin(s.who.account):
		return refuse(wire.ErrorNotAllowed)
	}
	return err
}

// dropJoinRequest takes a request back, or declines it.
func (s *Session) dropJoinRequest(m *wire.DropJoinRequest) (*wire.Done, error) {
	id, errID := ident.IDFromBytes[ident.ConversationID](m.ConversationID)
	account, errAccount := ident.IDFromBytes[ident.AccountID](m.AccountID)
	if errors.Join(errID, errAccount) != nil {
		return nil, refuse(wire.ErrorMalformed)
	}
	var told []ident.AccountID
	err := s.relay.store.Update(s.relay.ctx, func(tx store.Tx) error {
		if err := refuseRemoved(tx, s.who.device); err != nil {
			return err
		}
		if account != s.who.account {
			if err := s.needAdmin(tx, id); err != nil {
				return err
			}
		}
		if asked, err := tx.HasJoinRequest(id, account); err != nil || !asked {
			return err
		}
		g, err := readGroup(tx, id)
		if err == nil {
			told = grouprules.Admins(g.state, g.present)
		} else if !errors.Is(err, store.ErrNotFound) && !errors.Is(err, errDamaged) {
			return err
		}
		told = append(told, account)
		notifyEvent(tx, &wire.JoinRequestsChanged{ConversationID: m.ConversationID}, told...)
		return tx.DeleteJoinRequest(id, account)
	})
	if err != nil {
		return nil, err
	}
	s.tellJoinRequests(id, told)
	return &wire.Done{}, nil
}

// asksUs reports whether an account asks to come into a group of which the caller's is an admin.
func (s *Session) asksUs(r store.Reader, id ident.AccountID) (bool, error) {
	requests, err := r.ListOwnJoinRequests(id)
	if err != nil {
		return false, err
	}
	for _, q := range requests {
		err := s.needAdmin(r, q.Conversation)
		var refused *wire.Error
		if err == nil || !errors.As(err, &refused) {
			return err == nil, err
		}
	}
	return false, nil
}
