package sqlstore

import (
	"bytes"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// scanConversation reads a conversation and then what more columns follow.
func scanConversation(row Scanner, more ...any) (store.Conversation, error) {
	var c store.Conversation
	var id []byte
	var kind, epoch, last, active, suite int64
	dest := append([]any{&id, &kind, &epoch, &last, &active, &suite, &c.Removals, &c.Group}, more...)
	if err := row.Scan(dest...); err != nil {
		return store.Conversation{}, err
	}
	c.ID, c.Kind = ID[ident.ConversationID](id), wire.ConversationKind(kind)
	c.Epoch, c.LastSequence, c.LastActive, c.Suite = uint64(epoch), uint64(last), time.UnixMilli(active), uint16(suite)
	if c.Group == nil {
		c.Group = id
	}
	return c, nil
}

// FindConversation implements store.Reader.
func (t *Tx) FindConversation(id ident.ConversationID) (store.Conversation, error) {
	c, err := scanConversation(t.Row("findConversation", id[:]))
	return c, err
}

// ordered returns the two ids as the columns low and high.
func ordered(a, b ident.AccountID) (low, high ident.AccountID) {
	if bytes.Compare(a[:], b[:]) > 0 {
		return b, a
	}
	return a, b
}

// FindPair implements store.Reader.
func (t *Tx) FindPair(a, b ident.AccountID) (ident.ConversationID, error) {
	low, high := ordered(a, b)
	var id []byte
	err := t.Row("findPair", low[:], high[:]).Scan(&id)
	return ID[ident.ConversationID](id), err
}

// ListConversations implements store.Reader.
func (t *Tx) ListConversations(account ident.AccountID, device ident.DeviceID) ([]store.ConversationState, error) {
	states, err := List(t, func(row Scanner) (state store.ConversationState, err error) {
		state.Conversation, err = scanConversation(row, &state.Joined)
		return state, err
	}, "listConversations", account[:], device[:])
	for i := range states {
		if states[i].Accounts, err = t.ListConversationAccounts(states[i].ID); err != nil {
			return nil, err
		}
	}
	return states, err
}

// ListConversationAccounts implements store.Reader.
func (t *Tx) ListConversationAccounts(id ident.ConversationID) ([]ident.AccountID, error) {
	return List(t, scanID[ident.AccountID], "listConversationAccounts", id[:])
}

// ShareConversation implements store.Reader.
func (t *Tx) ShareConversation(a, b ident.AccountID) (bool, error) {
	var share bool
	err := t.Row("shareConversation", a[:], b[:]).Scan(&share)
	return share, err
}

func scanMember(row Scanner) (store.Member, error) {
	var m store.Member
	var account, device []byte
	err := row.Scan(&account, &device, &m.Leaf, &m.Removed, &m.Key)
	m.Account, m.Device = ID[ident.AccountID](account), ID[ident.DeviceID](device)
	return m, err
}

// FindMember implements store.Reader.
func (t *Tx) FindMember(id ident.ConversationID, device ident.DeviceID) (store.Member, error) {
	m, err := scanMember(t.Row("findMember", id[:], device[:]))
	return m, err
}

// ListMembers implements store.Reader.
func (t *Tx) ListMembers(id ident.ConversationID) ([]store.Member, error) {
	return List(t, scanMember, "listMembers", id[:])
}

// ListMemberships implements store.Reader.
func (t *Tx) ListMemberships(device ident.DeviceID) ([]ident.ConversationID, error) {
	return List(t, scanID[ident.ConversationID], "listMemberships", device[:])
}

// ListRemovals implements store.Reader.
func (t *Tx) ListRemovals(id ident.ConversationID) ([]store.Member, error) {
	return List(t, scanMember, "listRemovals", id[:])
}

// FindGroupInfo implements store.Reader.
func (t *Tx) FindGroupInfo(id ident.ConversationID) ([]byte, error) {
	var info []byte
	err := t.Row("findGroupInfo", id[:]).Scan(&info)
	return info, err
}

// CreateConversation implements store.Tx.
func (t *Tx) CreateConversation(c store.Conversation, accounts []ident.AccountID) error {
	err := t.Do("createConversation", c.ID[:], int64(c.Kind), int64(c.Epoch), c.LastActive.UnixMilli(), int64(c.Suite),
		int64(c.LastSequence))
	if err != nil {
		return err
	}
	if c.Kind != wire.ConversationGroup {
		low, high := ordered(accounts[0], accounts[len(accounts)-1])
		if err := t.Do("createPair", low[:], high[:], c.ID[:]); err != nil {
			return err
		}
	}
	if err := t.AddConversationAccounts(c.ID, accounts); err != nil || c.Kind != wire.ConversationDirect {
		return err
	}
	return t.shutBlocked(accounts[0], accounts[len(accounts)-1])
}

// AddConversationAccounts implements store.Tx.
func (t *Tx) AddConversationAccounts(id ident.ConversationID, accounts []ident.AccountID) error {
	for _, account := range accounts {
		if err := t.AddAccount(id[:], account[:]); err != nil {
			return err
		}
		if err := t.DeleteJoinRequest(id, account); err != nil {
			return err
		}
	}
	return nil
}

// RemoveConversationAccounts implements store.Tx.
func (t *Tx) RemoveConversationAccounts(id ident.ConversationID, accounts []ident.AccountID) error {
	for _, account := range accounts {
		for _, name := range []string{"deleteConversationAccount", "deleteWriter", "removeMembers"} {
			if err := t.Do(name, id[:], account[:]); err != nil {
				return err
			}
		}
	}
	return t.Do("recountRemovals", id[:])
}

// ListWriters implements store.Reader.
func (t *Tx) ListWriters(id ident.ConversationID, after uint64, limit int) ([]ident.AccountID, error) {
	return List(t, scanID[ident.AccountID], "listWriters", id[:], int64(after), limit)
}

// NoteWriter notes who has written an entry of a conversation, for ListWriters.
func (t *Tx) NoteWriter(e *store.Entry, kind wire.ConversationKind) error {
	if kind != wire.ConversationGroup || e.Kind != wire.EntryApplication {
		return nil
	}
	return t.Do("putWriter", e.Conversation[:], e.SenderAccount[:], int64(e.Sequence))
}

// ResetGroup implements store.Tx.
func (t *Tx) ResetGroup(id ident.ConversationID, group []byte, suite uint16, after uint64) error {
	if err := t.Do("retireMembers", id[:]); err != nil {
		return err
	}
	return t.Do("resetGroup", id[:], group, int64(suite), int64(after))
}

// AdvanceEpoch implements store.Tx.
func (t *Tx) AdvanceEpoch(id ident.ConversationID, epoch uint64, groupInfo []byte, removed []ident.DeviceID, added []store.Member) error {
	for _, device := range removed {
		if err := t.Do("deleteMember", id[:], device[:]); err != nil {
			return err
		}
	}
	for _, m := range added {
		if err := t.Do("putMember", id[:], m.Device[:], m.Account[:], int64(m.Leaf)); err != nil {
			return err
		}
	}
	if err := t.Do("putGroupInfo", id[:], groupInfo); err != nil {
		return err
	}
	if err := t.Do("advanceEpoch", id[:], int64(epoch)); err != nil {
		return err
	}
	return t.Do("recountRemovals", id[:])
}
