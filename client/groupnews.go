package client

import (
	"bytes"
	"slices"

	"parley/client/store"
	"parley/ident"
	"parley/wire"
	"parley/wire/grouprules"
)

// noteGroup compares a group with what was known of it, keeps what is new and tells people.
// by is who made the change, zero if that is not known; removed as in authorizeGroup.
func (tx *tx) noteGroup(conversation *store.Conversation, g *openGroup, by ident.AccountID, removed []ident.AccountID, e *wire.Entry) error {
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
	n := &groupNews{tx: tx, conversation: conversation, by: by, at: e.TimeMS, place: e.Sequence}
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
	added, gone, err := n.members(present, removed)
	if err != nil {
		return err
	}
	tx.chatChanged(ident.ChatOfGroup(conversation.ID))
	if rejoined {
		return n.tell(groupNotice{What: noticeJoinedOrCreated(by, tx.identity.Account), Accounts: []string{tx.identity.Account.String()}})
	}
	n.admin = grouprules.IsAdmin(state, present, tx.identity.Account)
	if err := n.tellMembers(added, gone, removed); err != nil {
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
	conversation *store.Conversation
	by           ident.AccountID
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
func (n *groupNews) members(present, removed []ident.AccountID) (added, gone []ident.AccountID, err error) {
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
		if m.Gone != 0 {
			continue
		}
		was[m.Account] = true
		if here[m.Account] {
			continue
		}
		gone = append(gone, m.Account)
		m.Gone, m.GoneAt, m.Removed = n.place, n.at, slices.Contains(removed, m.Account)
		if err := n.SaveGroupMember(n.conversation.ID, m); err != nil {
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

func (n *groupNews) tellMembers(added, gone, removed []ident.AccountID) error {
	left := slices.DeleteFunc(slices.Clone(gone), func(a ident.AccountID) bool { return slices.Contains(removed, a) })
	taken := slices.DeleteFunc(gone, func(a ident.AccountID) bool { return !slices.Contains(removed, a) })
	if len(left) > 0 && n.admin { // others see it among past members
		err := n.groupNotice(n.conversation, groupNotice{What: noticeLeft, Accounts: accountTexts(left)}, n.at)
		if err != nil {
			return err
		}
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
