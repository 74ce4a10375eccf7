package relay

import (
	"bytes"
	"errors"
	"slices"

	"parley/ident"
	"parley/internal/store"
	"parley/mls/delivery"
	"parley/wire"
	"parley/wire/grouprules"
)

// groupChange is what a commit of a group changes beside devices.
type groupChange struct {
	added, removed []ident.AccountID
}

// wireAccounts reads a list of accounts without repetitions.
func wireAccounts(list [][]byte, limit int) ([]ident.AccountID, error) {
	if len(list) > limit {
		return nil, refuse(wire.ErrorTooLarge)
	}
	accounts := make([]ident.AccountID, 0, len(list))
	seen := make(map[ident.AccountID]bool, len(list))
	for _, b := range list {
		id, err := ident.IDFromBytes[ident.AccountID](b)
		if err != nil || seen[id] {
			return nil, refuse(wire.ErrorMalformed)
		}
		seen[id] = true
		accounts = append(accounts, id)
	}
	return accounts, nil
}

// groupState returns the state in a GroupInfo.
func groupState(g *delivery.PublicGroup) (*wire.GroupState, error) {
	var found *wire.GroupState
	for _, e := range g.Extensions {
		if e.Type != wire.GroupStateExtension {
			continue
		}
		state, err := grouprules.Parse(e.Data)
		if err != nil || found != nil {
			return nil, refuse(wire.ErrorMalformed)
		}
		found = state
	}
	if found == nil {
		return nil, refuse(wire.ErrorMalformed)
	}
	return found, nil
}

// otherExtensions are those of the group context that no member may change.
func otherExtensions(g *delivery.PublicGroup) []delivery.Extension {
	return slices.DeleteFunc(slices.Clone(g.Extensions), func(e delivery.Extension) bool { return e.Type == wire.GroupStateExtension })
}

func sameExtensions(a, b []delivery.Extension) bool {
	return slices.EqualFunc(a, b, func(a, b delivery.Extension) bool { return a.Type == b.Type && bytes.Equal(a.Data, b.Data) })
}

// presentAccounts are the accounts that have a member left, by their lowest leaf.
func presentAccounts(members []store.Member) []ident.AccountID {
	var present []ident.AccountID
	seen := make(map[ident.AccountID]bool)
	for _, m := range members {
		if !m.Removed && !seen[m.Account] {
			seen[m.Account] = true
			present = append(present, m.Account)
		}
	}
	return present
}

// checkFoundingState holds a new group to have its creator as an admin.
func (s *Session) checkFoundingState(g *delivery.PublicGroup) error {
	state, err := groupState(g)
	if err != nil {
		return err
	}
	if state.Version != 1 || !slices.ContainsFunc(state.Admins, func(id []byte) bool { return bytes.Equal(id, s.who.account[:]) }) {
		return refuse(wire.ErrorMalformed)
	}
	return nil
}

// checkRole refuses a commit that its sender's role does not allow, as far as the GroupInfo shows it.
// Members check the commit itself; what the relay lets pass, it would have to
// heal by a reset.
func (s *Session) checkRole(r store.Reader, id ident.ConversationID, members []store.Member, after *delivery.PublicGroup, change groupChange) error {
	info, err := r.FindGroupInfo(id)
	if err != nil {
		return err
	}
	before, err := delivery.ParseGroupInfo(info)
	if err != nil {
		return err
	}
	was, err := groupState(before)
	if err != nil {
		return err
	}
	is, err := groupState(after)
	if err != nil {
		return err
	}
	if !sameExtensions(otherExtensions(before), otherExtensions(after)) {
		return refuse(wire.ErrorMalformed)
	}
	err = grouprules.Check(was, presentAccounts(members), grouprules.Change{
		By: s.who.account, After: is, Added: change.added, Removed: change.removed,
	})
	if errors.Is(err, grouprules.ErrNotAllowed) {
		return refuse(wire.ErrorNotAllowed)
	}
	return err
}

// checkSameState holds an external commit to the group's state: it cannot change it,
// so a GroupInfo with another one is not the group's.
func checkSameState(r store.Reader, id ident.ConversationID, after *delivery.PublicGroup) error {
	info, err := r.FindGroupInfo(id)
	if err != nil {
		return err
	}
	before, err := delivery.ParseGroupInfo(info)
	if err != nil {
		return err
	}
	if !sameExtensions(before.Extensions, after.Extensions) {
		return refuse(wire.ErrorMalformed)
	}
	return nil
}

// checkGroupCommit checks what a commit does to the accounts of a group, and returns
// it. accounts are those there are.
func (s *Session) checkGroupCommit(tx store.Tx, c store.Conversation, m *sending, accounts []ident.AccountID) (change groupChange, err error) {
	if m.External {
		return change, checkSameState(tx, c.ID, m.parts.group)
	}
	change = groupChange{m.addedAccounts, m.removedAccounts}
	members, err := tx.ListMembers(c.ID)
	if err != nil {
		return change, err
	}
	for _, account := range change.added {
		if slices.Contains(accounts, account) {
			return change, refuse(wire.ErrorMalformed)
		}
		if _, err := tx.FindAccount(account); err != nil {
			return change, missing(err, wire.ErrorAccountUnknown)
		}
	}
	for _, account := range change.removed {
		if !slices.Contains(accounts, account) {
			return change, refuse(wire.ErrorMalformed)
		}
	}
	for _, added := range m.added {
		if !slices.Contains(change.added, added.Account) {
			return change, refuse(wire.ErrorMalformed) // a device of a member joins from outside
		}
	}
	if err := checkRemovedDevices(members, m, change.removed); err != nil {
		return change, err
	}
	if len(accounts)+len(change.added)-len(change.removed) > wire.MaxGroupAccounts {
		return change, refuse(wire.ErrorGroupFull)
	}
	return change, s.checkRole(tx, c.ID, members, m.parts.group, change)
}

// checkRemovedDevices wants all devices of the removed accounts in the commit, and beside
// them only removals that are pending.
func checkRemovedDevices(members []store.Member, m *sending, removed []ident.AccountID) error {
	gone := make(map[ident.DeviceID]bool, len(m.removed))
	for _, id := range m.removed {
		gone[id] = true
	}
	for _, member := range members {
		ofRemoved := slices.Contains(removed, member.Account)
		if ofRemoved && !gone[member.Device] || gone[member.Device] && !ofRemoved && !member.Removed {
			return refuse(wire.ErrorMalformed)
		}
		delete(gone, member.Device)
	}
	if len(gone) > 0 {
		return refuse(wire.ErrorMalformed)
	}
	return nil
}

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
		a, err := s.relay.remover().proposeRemoval(tx, c, member)
		if err != nil {
			return nil, err
		}
		entries = append(entries, a)
	}
	return entries, tx.RemoveConversationAccounts(id, []ident.AccountID{s.who.account})
}

// requestJoin lets an account into a group whose link it has.
func (s *Session) requestJoin(m *wire.RequestJoin) (*wire.Done, error) {
	id, err := ident.IDFromBytes[ident.ConversationID](m.ConversationID)
	if err != nil || len(m.Token) != wire.NonceSize {
		return nil, refuse(wire.ErrorMalformed)
	}
	r := s.relay
	if wait := r.limits.lookUps.take(s.who.device, r.now()); wait > 0 {
		return nil, refuseUntil(wait)
	}
	return &wire.Done{}, r.store.Update(r.ctx, func(tx store.Tx) error {
		if err := refuseRemoved(tx, s.who.device); err != nil {
			return err
		}
		info, err := tx.FindGroupInfo(id)
		if err != nil {
			return missing(err, wire.ErrorInviteInvalid)
		}
		group, err := delivery.ParseGroupInfo(info)
		if err != nil {
			return err
		}
		state, err := groupState(group)
		if err != nil || !grouprules.OpensLink(state, m.Token) {
			return refuse(wire.ErrorInviteInvalid)
		}
		accounts, err := tx.ListConversationAccounts(id)
		switch {
		case err != nil || slices.Contains(accounts, s.who.account):
			return err
		case len(accounts) >= wire.MaxGroupAccounts:
			return refuse(wire.ErrorGroupFull)
		}
		return tx.AddConversationAccounts(id, []ident.AccountID{s.who.account})
	})
}

// checkGroupReset lets only admins give a group another MLS group, with a state that they
// may set. If the relay has lost the former state, it takes any: members know it.
func (s *Session) checkGroupReset(tx store.Tx, c store.Conversation, r *resetting) error {
	members, err := tx.ListMembers(c.ID)
	if err != nil {
		return err
	}
	info, err := tx.FindGroupInfo(c.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	before, err := delivery.ParseGroupInfo(info)
	if err != nil {
		return nil //nolint:nilerr // damaged: that is what a reset is for
	}
	was, err := groupState(before)
	if err != nil {
		return err
	}
	if !grouprules.IsAdmin(was, presentAccounts(members), s.who.account) {
		return refuse(wire.ErrorNotAllowed)
	}
	return s.checkRole(tx, c.ID, members, r.parts.group, groupChange{})
}
