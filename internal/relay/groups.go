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
	// asking are the accounts that ask to come in, if nobody has to approve them any more.
	asking []ident.AccountID
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

// groupNow is a group before a commit.
type groupNow struct {
	info    *delivery.PublicGroup
	state   *wire.GroupState
	members []store.Member
	// present are the accounts that have a member left.
	present []ident.AccountID
}

// errDamaged: the GroupInfo that the relay keeps cannot be read.
var errDamaged = errors.New("the stored GroupInfo is damaged")

// readGroup returns errDamaged, or store.ErrNotFound, if the relay has lost the GroupInfo.
func readGroup(r store.Reader, id ident.ConversationID) (*groupNow, error) {
	encoded, err := r.FindGroupInfo(id)
	if err != nil {
		return nil, err
	}
	g := &groupNow{}
	if g.info, err = delivery.ParseGroupInfo(encoded); err != nil {
		return nil, errDamaged
	}
	if g.state, err = groupState(g.info); err != nil {
		return nil, errDamaged
	}
	g.members, err = r.ListMembers(id)
	g.present = presentAccounts(g.members)
	return g, err
}

// groupWithoutInfo is a group whose GroupInfo the relay has lost: state and info are nil. The next commit of a member
// brings another; what its author may do is left to the members, who know the state.
func groupWithoutInfo(r store.Reader, id ident.ConversationID) (*groupNow, error) {
	members, err := r.ListMembers(id)
	return &groupNow{members: members, present: presentAccounts(members)}, err
}

// isAdmin reports whether an account is one of the group's admins.
func (g *groupNow) isAdmin(account ident.AccountID) bool {
	return grouprules.IsAdmin(g.state, g.present, account)
}

// checkRole refuses a commit that its sender's role does not allow, as far as the GroupInfo shows it.
// Members check the commit itself; what the relay lets pass, it would have to
// heal by a reset.
func (s *Session) checkRole(before *groupNow, after *delivery.PublicGroup, change groupChange) error {
	is, err := groupState(after)
	if err != nil {
		return err
	}
	if !sameExtensions(otherExtensions(before.info), otherExtensions(after)) {
		return refuse(wire.ErrorMalformed)
	}
	err = grouprules.Check(before.state, before.present, grouprules.Change{
		By: s.who.account, After: is, Added: change.added, Removed: change.removed,
	})
	if errors.Is(err, grouprules.ErrNotAllowed) {
		return refuse(wire.ErrorNotAllowed)
	}
	return err
}

// checkGroupCommit checks what a commit does to the accounts of a group, and returns
// it. accounts are those there are.
func (s *Session) checkGroupCommit(tx store.Tx, c store.Conversation, m *sending, accounts []ident.AccountID) (change groupChange, err error) {
	before, err := readGroup(tx, c.ID)
	if !m.External && (errors.Is(err, store.ErrNotFound) || errors.Is(err, errDamaged)) {
		before, err = groupWithoutInfo(tx, c.ID)
	}
	if err != nil {
		return change, err
	}
	if m.External {
		// It cannot change the state, so a GroupInfo with another one is not the group's.
		if !sameExtensions(before.info.Extensions, m.parts.group.Extensions) {
			err = refuse(wire.ErrorMalformed)
		}
		return change, err
	}
	change = groupChange{added: m.addedAccounts, removed: m.removedAccounts}
	fresh := 0
	for _, account := range change.added {
		if slices.Contains(before.present, account) {
			return change, refuse(wire.ErrorMalformed)
		}
		if !slices.Contains(accounts, account) { // else it has come by the link, or a reset has left it out
			fresh++
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
	if err := checkRemovedDevices(before.members, m, change.removed); err != nil {
		return change, err
	}
	if len(accounts)+fresh-len(change.removed) > wire.MaxGroupAccounts {
		return change, refuse(wire.ErrorGroupFull)
	}
	if before.state == nil {
		_, err := groupState(m.parts.group)
		return change, err
	}
	if err := s.checkRole(before, m.parts.group, change); err != nil {
		return change, err
	}
	change.asking, err = askingIn(tx, c.ID, before, m.parts.group)
	return change, err
}

// askingIn are the accounts that ask to come into a group whose admins have just ceased to approve who comes.
func askingIn(r store.Reader, id ident.ConversationID, before *groupNow, after *delivery.PublicGroup) (asking []ident.AccountID, err error) {
	is, err := groupState(after)
	if err != nil || !before.state.AdminsApprove || is.AdminsApprove {
		return nil, err
	}
	requests, err := r.ListJoinRequests(id)
	for _, q := range requests {
		asking = append(asking, q.Account)
	}
	return asking, err
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

// checkGroupReset lets only admins give a group another MLS group, with a state that they
// may set. If the relay has lost the former state, it takes any: members know it.
func (s *Session) checkGroupReset(tx store.Tx, c store.Conversation, r *resetting) error {
	before, err := readGroup(tx, c.ID)
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, errDamaged):
		return nil // that is what a reset is for
	case err != nil:
		return err
	case !before.isAdmin(s.who.account):
		return refuse(wire.ErrorNotAllowed)
	}
	return s.checkRole(before, r.parts.group, groupChange{})
}
