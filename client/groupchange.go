package client

import (
	"crypto/sha256"
	"slices"

	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
	"parley/wire/grouprules"
)

// commitChange makes the commit of a wish, with the removals that are pending.
func (tx *tx) commitChange(conversation *store.Conversation, g *openGroup, wish *groupWish, packages []*wire.DeviceKeyPackage) error {
	before, others, err := stateIn(g.Extensions())
	if err != nil {
		return err
	}
	known, err := tx.FindGroupChat(conversation.ID)
	if err != nil || known == nil {
		return err
	}
	present := accountsIn(g.Members(), pendingRemovals(g))
	add := slices.DeleteFunc(slices.Clone(wish.add), func(a ident.AccountID) bool { return slices.Contains(present, a) })
	after, err := tx.wantedState(conversation.ID, known, before, wish)
	if err != nil {
		return err
	}
	remove := slices.DeleteFunc(slices.Clone(wish.remove), func(a ident.AccountID) bool { return !slices.Contains(present, a) })
	switch {
	case len(present)+len(add) > wire.MaxGroupAccounts:
		return wire.NewError(wire.ErrorGroupFull)
	case len(add)+len(remove) == 0 && after.Version == before.Version:
		tx.c.wishes.fulfil(wish) // somebody else was as quick
		return nil
	}
	change := grouprules.Change{By: tx.identity.Account, After: after, Added: add, Removed: remove}
	if grouprules.Check(before, present, change) != nil {
		return wire.NewError(wire.ErrorNotAllowed)
	}
	epoch := g.Epoch()
	removed := removedDevices(g)
	options := mls.CommitOptions{Leaf: tx.leafOptions(), Add: tx.usableFor(conversation, packages, add)}
	for _, m := range members(g.Members()) {
		if slices.Contains(remove, m.certificate.Account) {
			options.Remove = append(options.Remove, m.leaf)
			removed = append(removed, m.certificate.Device[:])
		}
	}
	slices.SortFunc(removed, func(a, b []byte) int { return slices.Compare(a, b) })
	removed = slices.CompactFunc(removed, func(a, b []byte) bool { return string(a) == string(b) })
	if after.Version != before.Version {
		options.Extensions = withState(others, after)
	}
	result, err := g.Commit(options)
	if err != nil {
		return err
	}
	g.stateChanged = true
	id, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	send := &wire.Send{
		ConversationID: conversation.ID[:], MessageID: id[:], Kind: wire.EntryCommit, Epoch: epoch,
		Message: result.Message, Welcome: result.Welcome, GroupInfo: result.GroupInfo, Removed: removed,
		AddedAccounts: accountBytes(add), RemovedAccounts: accountBytes(remove),
	}
	if len(add) > 0 {
		if send.Added, err = addedMembers(result.GroupInfo, add); err != nil {
			return err
		}
	}
	wish.commit = &id
	conversation.Pending = &store.PendingCommit{MessageID: id, Request: encodePending(send)}
	return tx.SaveConversation(conversation)
}

// wantedState is the state that a wish leads to. New details are kept until the commit is taken.
func (tx *tx) wantedState(id ident.ConversationID, known *store.GroupChat, before *wire.GroupState, wish *groupWish) (*wire.GroupState, error) {
	after := *before
	after.Admins = slices.Clone(before.Admins)
	if wish.change != nil {
		wish.change(&after)
	}
	details, err := tx.groupDetails(id)
	if err != nil {
		return nil, err
	}
	held := details.AppendTo(nil)
	if !before.AdminsEdit && after.AdminsEdit {
		dropLinks(details) // somebody who is no admin may have put them there
	}
	if wish.edit != nil {
		wish.edit(details)
	}
	hash := sha256.Sum256(held)
	if string(details.AppendTo(nil)) != string(held) || wish.edit != nil && string(hash[:]) != string(before.Details) {
		if details.Salt, err = tx.randomBytes(groupSaltSize); err != nil {
			return nil, err
		}
		known.Wanted = details.AppendTo(nil)
		hash = sha256.Sum256(known.Wanted)
		after.Details = hash[:]
		if err := tx.SaveGroupChat(known); err != nil {
			return nil, err
		}
	}
	if string(grouprules.Encode(&after)) != string(grouprules.Encode(before)) {
		after.Version++
	}
	return &after, nil
}

func (tx *tx) randomBytes(n int) ([]byte, error) {
	b := make([]byte, n)
	for filled := 0; filled < n; {
		read, err := tx.c.cfg.Rand.Read(b[filled:])
		if err != nil {
			return nil, err
		}
		filled += read
	}
	return b, nil
}

// usableFor is usable for the accounts that are added.
func (tx *tx) usableFor(conversation *store.Conversation, packages []*wire.DeviceKeyPackage, add []ident.AccountID) [][]byte {
	packages = slices.DeleteFunc(slices.Clone(packages), func(p *wire.DeviceKeyPackage) bool {
		account, err := ident.IDFromBytes[ident.AccountID](p.AccountID)
		return err != nil || !slices.Contains(add, account)
	})
	return tx.usable(conversation, packages)
}

// pendingRemovals are the leaves that the next commit takes out.
func pendingRemovals(g *openGroup) map[mls.LeafIndex]bool {
	gone := map[mls.LeafIndex]bool{}
	for _, p := range g.PendingProposals() {
		if p.Proposal.Type == mls.ProposalRemove && p.Sender.Type == mls.SenderExternal {
			gone[p.Proposal.Removed] = true
		}
	}
	return gone
}

// addedMembers are the devices of accounts in a GroupInfo, for the relay.
func addedMembers(groupInfo []byte, accounts []ident.AccountID) ([]*wire.Member, error) {
	all, err := groupMembers(groupInfo)
	return slices.DeleteFunc(all, func(m *wire.Member) bool { return !slices.Contains(accounts, ident.AccountID(m.AccountID)) }), err
}

func accountBytes(ids []ident.AccountID) (list [][]byte) {
	for i := range ids {
		list = append(list, ids[i][:])
	}
	return list
}

func accountsOf(list [][]byte) (ids []ident.AccountID) {
	for _, b := range list {
		if id, err := ident.IDFromBytes[ident.AccountID](b); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// confirmGroup takes what this device's own commit has changed, now that the relay has it.
func (tx *tx) confirmGroup(conversation *store.Conversation, p *store.PendingCommit, g *openGroup, e *wire.Entry) error {
	call, err := decodePending(p.Request)
	if err != nil {
		return err
	}
	moves := groupMoves{by: tx.identity.Account}
	tell := false
	switch call := call.(type) {
	case *wire.Send:
		tell = len(call.AddedAccounts) > 0
		moves.came, moves.taken = accountsOf(call.AddedAccounts), accountsOf(call.RemovedAccounts)
	case *wire.CreateConversation:
		tell = true
	}
	if err := tx.noteGroup(conversation, g, moves, e); err != nil {
		return err
	}
	tx.c.wishes.settle(p.MessageID, nil)
	v, err := tx.viewGroup(conversation.ID)
	if err != nil || v == nil {
		return err
	}
	hash := sha256.Sum256(v.Wanted)
	if v.Wanted != nil && string(hash[:]) == string(v.state.Details) {
		now, err := decodeDetails(v.Wanted)
		if err != nil {
			return err
		}
		if err := tx.setDetails(conversation, tx.identity.Account, v.details, now, v.Wanted, e.TimeMS); err != nil {
			return err
		}
		tell, v.Wanted = true, nil
		if err := tx.SaveGroupChat(v.GroupChat); err != nil {
			return err
		}
	}
	if !tell {
		return nil
	}
	return tx.tellDetails(conversation)
}
