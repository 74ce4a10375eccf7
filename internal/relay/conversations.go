package relay

import (
	"bytes"
	"errors"
	"slices"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// creation is a CreateConversation that has been checked by itself.
type creation struct {
	id       ident.ConversationID
	kind     wire.ConversationKind
	message  ident.MessageID
	accounts []ident.AccountID
	members  []store.Member
	commit   []byte
	parts    commitParts
	// after is the sequence behind which the log begins.
	after uint64
}

func (s *Session) createConversation(id uint64, m *wire.CreateConversation) {
	c, err := s.checkCreation(m)
	if err != nil {
		s.answer(id, nil, err)
		return
	}
	s.write(id, store.Hint{}, func(tx store.Tx) (sent, error) { return s.createIn(tx, c) })
}

func (s *Session) checkCreation(m *wire.CreateConversation) (c creation, err error) {
	if c.id, err = ident.IDFromBytes[ident.ConversationID](m.ConversationID); err != nil {
		return c, refuse(wire.ErrorMalformed)
	}
	if c.message, err = ident.IDFromBytes[ident.MessageID](m.MessageID); err != nil {
		return c, refuse(wire.ErrorMalformed)
	}
	if c.accounts, err = s.checkPeer(m); err != nil {
		return c, err
	}
	c.kind = m.Kind
	if c.members, err = s.checkFounding(m.Members, m.Commit); err != nil {
		return c, err
	}
	c.commit, c.after = m.Commit, min(m.AfterSequence, wire.MaxSequenceStep)
	group, err := checkHeader(m.Commit, c.id, wire.EntryCommit, 0, false)
	if err != nil || !bytes.Equal(group, c.id[:]) {
		return c, refuse(wire.ErrorMalformed)
	}
	if c.parts, err = checkCommitParts(group, 1, m.Welcome, m.GroupInfo); err == nil && c.kind == wire.ConversationGroup {
		err = s.checkFoundingState(c.parts.group)
	}
	return c, err
}

// checkFounding returns the members of a group that is made by a commit; the caller
// must be one.
func (s *Session) checkFounding(list []*wire.Member, commit []byte) ([]store.Member, error) {
	members, err := wireMembers(list)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(members, func(m store.Member) bool { return m.Device == s.who.device }) {
		return nil, refuse(wire.ErrorMalformed)
	}
	if len(commit) > wire.MaxCommit {
		return nil, refuse(wire.ErrorTooLarge)
	}
	return members, nil
}

// checkPeer returns the accounts of a conversation to be created.
func (s *Session) checkPeer(m *wire.CreateConversation) ([]ident.AccountID, error) {
	switch m.Kind {
	case wire.ConversationSelf:
		if len(m.Peer) != 0 {
			return nil, refuse(wire.ErrorMalformed)
		}
		return []ident.AccountID{s.who.account}, nil
	case wire.ConversationDirect:
		peer, err := ident.IDFromBytes[ident.AccountID](m.Peer)
		if err != nil || peer == s.who.account {
			return nil, refuse(wire.ErrorMalformed)
		}
		return []ident.AccountID{s.who.account, peer}, nil
	case wire.ConversationGroup:
		accounts, err := wireAccounts(m.Accounts, wire.MaxGroupAdds)
		if err == nil && (len(m.Peer) != 0 || !slices.Contains(accounts, s.who.account)) {
			err = refuse(wire.ErrorMalformed)
		}
		return accounts, err
	}
	return nil, refuse(wire.ErrorMalformed)
}

// wireMembers reads a list of members without repetitions.
func wireMembers(list []*wire.Member) ([]store.Member, error) {
	members := make([]store.Member, 0, len(list))
	leaves := make(map[uint32]bool)
	for _, m := range list {
		account, errAccount := ident.IDFromBytes[ident.AccountID](m.AccountID)
		device, errDevice := ident.IDFromBytes[ident.DeviceID](m.DeviceID)
		if errors.Join(errAccount, errDevice) != nil || leaves[m.LeafIndex] {
			return nil, refuse(wire.ErrorMalformed)
		}
		if slices.ContainsFunc(members, func(other store.Member) bool { return other.Device == device }) {
			return nil, refuse(wire.ErrorMalformed)
		}
		leaves[m.LeafIndex] = true
		members = append(members, store.Member{Account: account, Device: device, Leaf: m.LeafIndex})
	}
	return members, nil
}

// checkMembers refuses members that are not present devices of the accounts.
func checkMembers(r store.Reader, accounts []ident.AccountID, members []store.Member) error {
	for _, m := range members {
		if !slices.Contains(accounts, m.Account) {
			return refuse(wire.ErrorMalformed)
		}
		device, err := r.FindDevice(m.Device)
		if err != nil {
			return missing(err, wire.ErrorDeviceUnknown)
		}
		if device.Account != m.Account || device.Removed {
			return refuse(wire.ErrorDeviceUnknown)
		}
	}
	return nil
}

func (s *Session) createIn(tx store.Tx, c creation) (sent, error) {
	if err := refuseRemoved(tx, s.who.device); err != nil {
		return sent{}, err
	}
	if prior, found, err := s.findSent(tx, c.id, c.message); found || err != nil {
		return prior, err
	}
	if err := s.checkCreatable(tx, c); err != nil {
		return sent{}, err
	}
	now := s.relay.now()
	err := tx.CreateConversation(store.Conversation{
		ID: c.id, Kind: c.kind, LastActive: now, Suite: c.parts.suite, LastSequence: c.after,
	}, c.accounts)
	if err != nil {
		return sent{}, err
	}
	if err := tx.AdvanceEpoch(c.id, c.parts.epoch, c.parts.groupInfo, nil, c.members); err != nil {
		return sent{}, err
	}
	a, err := appendEntry(tx, c.kind, store.Entry{
		Conversation: c.id, Kind: wire.EntryCommit, SenderAccount: s.who.account, SenderDevice: s.who.device,
		ID: c.message, Epoch: 0, Time: now, Message: c.commit, Welcome: c.parts.welcome,
	})
	a.welcomed = c.accounts
	return sent{first: a.entry, entries: []appended{a}}, err
}

// checkCreatable refuses a conversation that exists, or that is with somebody
// who does not.
func (s *Session) checkCreatable(r store.Reader, c creation) error {
	for _, account := range c.accounts {
		if _, err := r.FindAccount(account); err != nil {
			return missing(err, wire.ErrorAccountUnknown)
		}
	}
	if err := checkNoPair(r, c); err != nil {
		return err
	}
	if _, err := r.FindConversation(c.id); !errors.Is(err, store.ErrNotFound) {
		return errors.Join(err, refuse(wire.ErrorMalformed))
	}
	if err := checkMembers(r, c.accounts, c.members); err != nil {
		return err
	}
	return checkLeaves(r, c.parts.group, c.members, s.who.device)
}

// checkNoPair refuses a second conversation of two accounts, or of one with itself;
// groups they may have as many as they like.
func checkNoPair(r store.Reader, c creation) error {
	if c.kind == wire.ConversationGroup {
		return nil
	}
	existing, err := r.FindPair(c.accounts[0], c.accounts[len(c.accounts)-1])
	if err == nil {
		refusal := refuse(wire.ErrorConversationExists)
		refusal.ConversationID = existing[:]
		return refusal
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// accountsOf returns the accounts of a conversation, of which the caller's
// must be one.
func (s *Session) accountsOf(r store.Reader, id ident.ConversationID) ([]ident.AccountID, error) {
	accounts, err := r.ListConversationAccounts(id)
	if err == nil && !slices.Contains(accounts, s.who.account) {
		err = refuse(wire.ErrorConversationUnknown)
	}
	return accounts, err
}

func (s *Session) fetchGroupInfo(m *wire.FetchGroupInfo) (*wire.FetchGroupInfoResult, error) {
	id, err := ident.IDFromBytes[ident.ConversationID](m.ConversationID)
	if err != nil {
		return nil, refuse(wire.ErrorMalformed)
	}
	result := new(wire.FetchGroupInfoResult)
	err = s.relay.store.View(s.relay.ctx, func(r store.Reader) error {
		if _, err := s.accountsOf(r, id); err != nil {
			return err
		}
		c, err := r.FindConversation(id)
		if err != nil {
			return err
		}
		result.Epoch, result.GroupID = c.Epoch, c.Group
		result.GroupInfo, err = r.FindGroupInfo(id)
		if errors.Is(err, store.ErrNotFound) {
			return nil // a device may reset the conversation
		}
		return err
	})
	return result, err
}

func (s *Session) listConversations() (*wire.ListConversationsResult, error) {
	result := new(wire.ListConversationsResult)
	err := s.relay.store.View(s.relay.ctx, func(r store.Reader) error {
		states, err := r.ListConversations(s.who.account, s.who.device)
		for i := range states {
			result.Conversations = append(result.Conversations, wireConversation(&states[i]))
		}
		return err
	})
	return result, err
}

func wireConversation(c *store.ConversationState) *wire.Conversation {
	w := &wire.Conversation{
		ConversationID: c.ID[:], Kind: c.Kind, Epoch: c.Epoch, LastSequence: c.LastSequence,
		LastActiveMS: c.LastActive.UnixMilli(), Joined: c.Joined, GroupID: c.Group,
	}
	for i := range c.Accounts {
		w.Accounts = append(w.Accounts, c.Accounts[i][:])
	}
	return w
}
