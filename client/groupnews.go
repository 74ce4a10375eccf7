package client

import (
	"bytes"
	"slices"

	"parley/client/store"
	"parley/ident"
	"parley/wire"
	"parley/wire/grouprules"
)

// groupMoves is what a commit did to the accounts of a group, as far as this device knows.
type groupMoves struct {
	// by made the commit; zero if that is not known.
	by ident.AccountID
	// came were added, or joined; taken were taken out, other than those that left.
	came, taken []ident.AccountID
	// fresh: all have new devices in the group.
	fresh bool
}

// noteGroup compares a group with what was known of it, keeps what is new and tells people.
func (tx *tx) noteGroup(conversation *store.Conversation, g *openGroup, moves groupMoves, e *wire.Entry) error {
	state, _, err := stateIn(g.Extensions())
	if err != nil {
		tx.skip("state of a group", err)
		return nil
	}
	known, err := tx.FindGroupChat(conversation.ID)
	if err != nil {
		return err
	}
	rejoined := known == nil || known.Gone != 0
	n := &groupNews{tx: tx, conversation: conversation, groupMoves: moves, at: e.TimeMS, place: e.Sequence}
	if known == nil {
		known = &store.GroupChat{Conversation: conversation.ID, State: grouprules.Encode(state)}
	}
	before, err := grouprules.Parse(known.State)
	if err != nil {
		before = state
	}
	known.State, known.Gone, known.Refused, known.Waiting = grouprules.Encode(state), 0, nil, false
	tx.c.joinsDue[conversation.ID], tx.c.detailsDue[conversation.ID], tx.c.linksDue[conversation.ID] = true, true, true
	if err := tx.SaveGroupChat(known); err != nil {
		return err
	}
	if err := tx.attachChat(conversation); err != nil {
		return err
	}
	present := accountsIn(g.Members(), nil)
	added, gone, err := n.members(present)
	if err != nil {
		return err
	}
	tx.chatChanged(ident.ChatOfGroup(conversation.ID))
	if rejoined {
		return n.tell(groupNotice{What: noticeJoinedOrCreated(n.by, tx.identity.Account), Accounts: []string{tx.identity.Account.String()}})
	}
	n.admin = grouprules.IsAdmin(state, present, tx.identity.Account)
	if err := n.tellMembers(added, gone); err != nil {
		return err
	}
	return n.tellState(before, state)
}

// noticeJoinedOrCreated is what the first line of a chat tells.
func noticeJoinedOrCreated(by, own ident.AccountID) string {
	switch by {
	case own:
		return noticeCreated
	case ident.AccountID{}:
		return noticeJoined
	}
	return noticeAdded
}

// groupNews tells people what is new in a group.
type groupNews struct {
	*tx
	groupMoves
	conversation *store.Conversation
	at           int64
	place        uint64
	// admin: this account is one.
	admin bool
}

func (n *groupNews) tell(notice groupNotice) error {
	if !n.by.IsZero() {
		notice.By = n.by.String()
	}
	return n.groupNotice(n.conversation, notice, n.at)
}

// members keeps who came and who went.
func (n *groupNews) members(present []ident.AccountID) (added, gone []ident.AccountID, err error) {
	known, err := n.FindGroupMembers(n.conversation.ID)
	if err != nil {
		return nil, nil, err
	}
	here := make(map[ident.AccountID]bool, len(present))
	for _, account := range present {
		here[account] = true
	}
	was := make(map[ident.AccountID]bool, len(known))
	for _, m := range known {
		switch {
		case m.Gone == 0 && here[m.Account]:
			was[m.Account] = true
			err = n.stays(m)
		case m.Gone == 0:
			var told bool
			if told, err = n.goes(m, slices.Contains(n.taken, m.Account)); told {
				gone = append(gone, m.Account)
			}
		case here[m.Account]:
			was[m.Account], err = n.lingers(m)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	for _, account := range present {
		if was[account] {
			continue
		}
		added = append(added, account)
		if err := n.SaveGroupMember(n.conversation.ID, store.GroupMember{Account: account, Since: n.place}); err != nil {
			return nil, nil, err
		}
	}
	return added, gone, nil
}

func (n *groupNews) tellMembers(added, gone []ident.AccountID) error {
	left := slices.DeleteFunc(slices.Clone(gone), func(a ident.AccountID) bool { return slices.Contains(n.taken, a) })
	taken := slices.DeleteFunc(gone, func(a ident.AccountID) bool { return !slices.Contains(n.taken, a) })
	if err := n.tellLeft(left); err != nil {
		return err
	}
	if len(taken) > 0 {
		if err := n.tell(groupNotice{What: noticeRemoved, Accounts: accountTexts(taken)}); err != nil {
			return err
		}
	}
	switch {
	case len(added) == 0:
		return nil
	case len(added) == 1 && added[0] == n.by:
		return n.groupNotice(n.conversation, groupNotice{What: noticeJoined, Accounts: accountTexts(added)}, n.at)
	}
	return n.tell(groupNotice{What: noticeAdded, Accounts: accountTexts(added)})
}

// tellLeft tells admins who left by themselves; others see it among past members.
func (n *groupNews) tellLeft(left []ident.AccountID) error {
	if len(left) == 0 || !n.admin {
		return nil
	}
	return n.groupNotice(n.conversation, groupNotice{What: noticeLeft, Accounts: accountTexts(left)}, n.at)
}

// tellState tells of roles and settings.
func (n *groupNews) tellState(before, now *wire.GroupState) error {
	for _, change := range []struct {
		what     string
		from, to [][]byte
	}{{noticeAdmin, before.Admins, now.Admins}, {noticeDismissed, now.Admins, before.Admins}} {
		var accounts []string
		for _, id := range change.to {
			if !slices.ContainsFunc(change.from, func(other []byte) bool { return bytes.Equal(other, id) }) {
				accounts = append(accounts, ident.AccountID(id).String())
			}
		}
		if len(accounts) == 0 {
			continue
		}
		if err := n.tell(groupNotice{What: change.what, Accounts: accounts}); err != nil {
			return err
		}
	}
	if before.AdminsAdd != now.AdminsAdd || before.AdminsEdit != now.AdminsEdit || before.AdminsWrite != now.AdminsWrite ||
		before.AdminsApprove != now.AdminsApprove {
		return n.tell(groupNotice{What: noticeSettings})
	}
	return nil
}
