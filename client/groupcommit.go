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
	switch {
	case slices.Contains(present, ch.by):
		return nil
	case state.AdminsApprove:
		return errNotAllowed // an admin adds it, whatever the relay let pass
	case grouprules.OpensLink(state, staged.AuthenticatedData):
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

// leftGroup takes the group away and keeps its chat.
func (tx *tx) leftGroup(conversation *store.Conversation, why int, by ident.AccountID, at int64) error {
	left, err := tx.endMembership(conversation, why, at)
	if err != nil {
		return err
	}
	if left {
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
	if err := tx.touchLinked(conversation.ID); err != nil {
		return err
	}
	return tx.DeleteConversation(conversation.ID)
}

// endMembership notes that this account is in a group no more; left is false if that was known.
func (tx *tx) endMembership(conversation *store.Conversation, why int, at int64) (left bool, err error) {
	known, err := tx.FindGroupChat(conversation.ID)
	if err != nil || known == nil || known.Gone != 0 {
		return false, err
	}
	known.Gone = why
	if err := tx.SaveGroupChat(known); err != nil {
		return false, err
	}
	members, err := tx.FindGroupMembers(conversation.ID)
	if err != nil {
		return false, err
	}
	for _, m := range members {
		if m.Account == tx.identity.Account && m.Gone == 0 {
			m.Gone, m.GoneAt, m.Removed = max(conversation.LastSequence, 1), at, why == store.GroupRemoved
			if err := tx.SaveGroupMember(conversation.ID, m); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}
