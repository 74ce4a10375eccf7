package client

import (
	"bytes"
	"errors"
	"slices"

	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
	"parley/wire/grouprules"
)

// errUnknownMember: somebody joined from outside whom nobody has let in.
var errUnknownMember = errors.New("the account is not in the group")

// authorizeGroup judges somebody's commit in a group by the roles (DESIGN section 5, rule 6).
// removed are the accounts that it takes out, other than those that left.
func (tx *tx) authorizeGroup(conversation *store.Conversation, g *openGroup, staged *mls.StagedCommit) (removed []ident.AccountID, err error) {
	before, others, err := stateIn(g.Extensions())
	if err != nil {
		return nil, err
	}
	ch, err := groupChangeOf(g, staged)
	if err != nil {
		return nil, err
	}
	present := accountsIn(g.Members(), ch.gone)
	if staged.External {
		return nil, tx.authorizeJoin(conversation, before, present, ch, staged)
	}
	after, othersAfter, err := stateIn(staged.Extensions)
	if err != nil {
		return nil, errNotAllowed
	}
	if !slices.EqualFunc(others, othersAfter, func(a, b mls.Extension) bool { return a.Type == b.Type && bytes.Equal(a.Data, b.Data) }) {
		return nil, errNotAllowed
	}
	err = grouprules.Check(before, present, grouprules.Change{By: ch.by, After: after, Added: ch.added, Removed: ch.removed})
	if err != nil {
		return nil, errNotAllowed
	}
	return ch.removed, ch.checkWhole(g, present)
}

// authorizeJoin judges a join from outside: of a device of a member account, of one that lost all its
// devices, or of one that has the invite link.
func (tx *tx) authorizeJoin(conversation *store.Conversation, state *wire.GroupState, present []ident.AccountID, ch *groupChange, staged *mls.StagedCommit) error {
	if len(ch.added) > 0 || len(ch.removed) > 0 && !replacesItself(staged) || staged.ExtensionsChanged {
		return errNotAllowed
	}
	if slices.Contains(present, ch.by) || grouprules.OpensLink(state, staged.AuthenticatedData) {
		return nil
	}
	members, err := tx.FindGroupMembers(conversation.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(members, func(m store.GroupMember) bool { return m.Account == ch.by && !m.Removed }) {
		return errUnknownMember
	}
	return nil
}

// groupChange is what a commit does to the accounts of a group.
type groupChange struct {
	by             ident.AccountID
	added, removed []ident.AccountID
	// gone are the leaves whose removal the relay has proposed, taken those that the committer
	// takes out.
	gone, taken map[mls.LeafIndex]bool
}

// groupChangeOf reads the proposals of a commit; kinds that no commit may have are refused.
func groupChangeOf(g *openGroup, staged *mls.StagedCommit) (*groupChange, error) {
	ch := &groupChange{gone: map[mls.LeafIndex]bool{}, taken: map[mls.LeafIndex]bool{}}
	var ok bool
	if ch.by, ok = ident.CertificateAccount(staged.Committer.Credential.Identity); !ok {
		return nil, errNotAllowed
	}
	for _, p := range staged.Proposals {
		switch {
		case p.Proposal.Type == mls.ProposalRemove && p.ByReference && p.Sender.Type == mls.SenderExternal:
			ch.gone[p.Proposal.Removed] = true
		case p.Proposal.Type == mls.ProposalRemove && !p.ByReference:
			ch.taken[p.Proposal.Removed] = true
		case p.Proposal.Type == mls.ProposalAdd && !p.ByReference,
			p.Proposal.Type == mls.ProposalGroupContextExtensions && !p.ByReference,
			p.Proposal.Type == mls.ProposalExternalInit:
		default:
			return nil, errNotAllowed
		}
	}
	for leaf := range ch.taken {
		m, ok := g.Member(leaf)
		if !ok {
			return nil, errNotAllowed
		}
		if account, ok := ident.CertificateAccount(m.Credential.Identity); ok && !slices.Contains(ch.removed, account) {
			ch.removed = append(ch.removed, account)
		}
	}
	if staged.External {
		return ch, nil
	}
	for _, m := range staged.Added {
		if account, ok := ident.CertificateAccount(m.Credential.Identity); ok && !slices.Contains(ch.added, account) {
			ch.added = append(ch.added, account)
		}
	}
	return ch, nil
}

// checkWhole wants accounts to come new and to go with all their devices.
func (ch *groupChange) checkWhole(g *openGroup, present []ident.AccountID) error {
	for _, account := range ch.added {
		if slices.Contains(present, account) {
			return errNotAllowed
		}
	}
	for _, m := range g.Members() {
		account, _ := ident.CertificateAccount(m.Credential.Identity)
		if slices.Contains(ch.removed, account) && !ch.taken[m.Index] && !ch.gone[m.Index] {
			return errNotAllowed
		}
	}
	return nil
}

// refuseGroup gives up a group after a commit that was not allowed: it is not joined again as the
// relay has it. An admin's device gives it another MLS group.
func (tx *tx) refuseGroup(conversation *store.Conversation, g *openGroup) error {
	v, err := tx.viewGroup(conversation.ID)
	if err != nil || v == nil {
		return err
	}
	v.Refused = g.ID()
	if err := tx.SaveGroupChat(v.GroupChat); err != nil {
		return err
	}
	if grouprules.IsAdmin(v.state, v.present, tx.identity.Account) {
		conversation.Replace = g.ID()
	}
	return tx.lost(conversation)
}

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
	known.State, known.Gone, known.Refused = grouprules.Encode(state), 0, nil
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
		m.Gone, m.Removed = n.place, slices.Contains(removed, m.Account)
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
	if len(left) > 0 {
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
	if before.AdminsAdd != now.AdminsAdd || before.AdminsEdit != now.AdminsEdit || before.AdminsWrite != now.AdminsWrite {
		return n.tell(groupNotice{What: noticeSettings})
	}
	return nil
}

// leftGroup takes the group away and keeps its chat.
func (tx *tx) leftGroup(conversation *store.Conversation, why int, by ident.AccountID, at int64) error {
	known, err := tx.FindGroupChat(conversation.ID)
	if err != nil {
		return err
	}
	if known != nil && known.Gone == 0 {
		known.Gone = why
		if err := tx.SaveGroupChat(known); err != nil {
			return err
		}
		members, err := tx.FindGroupMembers(conversation.ID)
		if err != nil {
			return err
		}
		for _, m := range members {
			if m.Account == tx.identity.Account && m.Gone == 0 {
				m.Gone, m.Removed = max(conversation.LastSequence, 1), why == store.GroupRemoved
				if err := tx.SaveGroupMember(conversation.ID, m); err != nil {
					return err
				}
			}
		}
		notice := groupNotice{What: noticeLeft, Accounts: []string{tx.identity.Account.String()}}
		if why == store.GroupRemoved {
			notice.What, notice.By = noticeRemoved, by.String()
		}
		if err := tx.groupNotice(conversation, notice, at); err != nil {
			return err
		}
	}
	tx.closeGroup(conversation.ID)
	conversation.Dropped = true
	return tx.DeleteConversation(conversation.ID)
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
