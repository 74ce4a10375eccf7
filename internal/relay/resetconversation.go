package relay

import (
	"bytes"
	"errors"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// resetting is a ResetConversation that has been checked by itself.
type resetting struct {
	id      ident.ConversationID
	message ident.MessageID
	former  []byte
	group   []byte
	members []store.Member
	commit  []byte
	parts   commitParts
	after   uint64
}

// resetConversation gives a conversation another MLS group, for when its own
// cannot be joined (X9). The log, the accounts and what waits in feeds stay.
func (s *Session) resetConversation(id uint64, m *wire.ResetConversation) {
	r, err := s.checkResetting(m)
	if err != nil {
		s.answer(id, nil, err)
		return
	}
	if wait := s.relay.limits.resets.take(resetter{s.who.account, r.id}, s.relay.now()); wait > 0 {
		s.answer(id, nil, refuseUntil(wait))
		return
	}
	s.write(id, store.Hint{}, func(tx store.Tx) (sent, error) { return s.resetIn(tx, r) })
}

func (s *Session) checkResetting(m *wire.ResetConversation) (*resetting, error) {
	id, errID := ident.IDFromBytes[ident.ConversationID](m.ConversationID)
	message, errMessage := ident.IDFromBytes[ident.MessageID](m.MessageID)
	if errors.Join(errID, errMessage) != nil || !wire.IsResetGroupOf(m.GroupID, id[:]) {
		return nil, refuse(wire.ErrorMalformed)
	}
	r := &resetting{id: id, message: message, former: m.FormerGroupID, group: m.GroupID, commit: m.Commit, after: m.AfterSequence}
	var err error
	if r.members, err = s.checkFounding(m.Members, m.Commit); err != nil {
		return nil, err
	}
	group, err := checkHeader(m.Commit, id, wire.EntryCommit, 0, false)
	if err != nil || !bytes.Equal(group, m.GroupID) {
		return nil, refuse(wire.ErrorMalformed)
	}
	r.parts, err = checkCommitParts(group, 1, m.Welcome, m.GroupInfo)
	return r, err
}

// resetIn replaces the group if it is still the one that the device means: of two
// that reset at the same time the second joins the first's.
func (s *Session) resetIn(tx store.Tx, r *resetting) (sent, error) {
	if err := refuseRemoved(tx, s.who.device); err != nil {
		return sent{}, err
	}
	accounts, err := s.accountsOf(tx, r.id)
	if err != nil {
		return sent{}, err
	}
	if prior, found, err := s.findSent(tx, r.id, r.message); found || err != nil {
		return prior, err
	}
	c, err := tx.FindConversation(r.id)
	if err != nil {
		return sent{}, err
	}
	if !bytes.Equal(c.Group, r.former) || bytes.Equal(c.Group, r.group) {
		return sent{}, refuse(wire.ErrorGroupChanged)
	}
	if c.Kind == wire.ConversationGroup {
		if err := s.checkGroupReset(tx, c, r); err != nil {
			return sent{}, err
		}
	}
	if err := checkMembers(tx, accounts, r.members); err != nil {
		return sent{}, err
	}
	if err := checkLeaves(tx, r.parts.group, r.members, s.who.device); err != nil {
		return sent{}, err
	}
	after := min(r.after, c.LastSequence+wire.MaxSequenceStep)
	if err := tx.ResetGroup(r.id, r.group, r.parts.suite, after); err != nil {
		return sent{}, err
	}
	if err := tx.AdvanceEpoch(r.id, r.parts.epoch, r.parts.groupInfo, nil, r.members); err != nil {
		return sent{}, err
	}
	a, err := appendEntry(tx, c.Kind, store.Entry{
		Conversation: r.id, Kind: wire.EntryCommit, SenderAccount: s.who.account, SenderDevice: s.who.device, ID: r.message,
		Time: s.relay.now(), Message: r.commit, Welcome: r.parts.welcome, Former: max(c.LastSequence, 1),
	})
	return sent{first: a.entry, entries: []appended{a}}, err
}
