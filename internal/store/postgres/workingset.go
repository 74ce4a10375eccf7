package postgres

import (
	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// workingSet is what several transactions one after the other work on: rows that were read for all
// of them, with what they have changed since. The turn keeps others from changing these
// rows meanwhile. Changes are written when something is read that is not here, and before the commit;
// a statement that changes something on its own ends the set.
//
// What was looked for and is not there is known as well.
type workingSet struct {
	conversations map[ident.ConversationID]*conversation
	members       map[memberName]*store.Member // nil: none
	entries       map[messageName]*store.Entry // nil: none
	accounts      map[ident.AccountID]*account
	devices       map[ident.DeviceID]*device // nil: none, or removed
	// news is what acknowledgements are about.
	news map[ackName][]entryName
	// shared are the shares that were looked for one by one.
	shared map[shareName]struct{}
	unwritten
}

type (
	memberName struct {
		conversation ident.ConversationID
		device       ident.DeviceID
	}
	messageName struct {
		conversation ident.ConversationID
		message      ident.MessageID
	}
	shareName struct {
		conversation ident.ConversationID
		account      ident.AccountID
	}
	ackName struct {
		device   ident.DeviceID
		position uint64
	}
)

// conversation is a row of conversations, with rows of conversation_accounts.
type conversation struct {
	store.Conversation
	// found: it exists; whole: all of its shares are here; open: the accounts of all of them are.
	found, whole, open bool
	shares             map[ident.AccountID]*share
	changed            bool
}

// share is a row of conversation_accounts.
type share struct {
	conversation        *conversation
	account             *account
	since               uint64
	shut                bool
	delivered, read     uint64
	deliveredAt, readAt int64 // Unix milliseconds
	changed             bool
}

// account is a row of accounts.
type account struct {
	id ident.AccountID
	// asked: its row was looked for; found: it is there.
	asked, found    bool
	head, delivered uint64
	// came are the places of its feed that came to it in this set.
	came    []pointed
	changed bool
}

// pointed is a place in a feed, with the entry that it points to.
type pointed struct {
	position uint64
	entry    entryName
	own      bool
}

// device is what is known of a device.
type device struct {
	id      ident.DeviceID
	account *account
	cursor  uint64
	changed bool
}

func newWorkingSet() *workingSet {
	return &workingSet{
		conversations: make(map[ident.ConversationID]*conversation), members: make(map[memberName]*store.Member),
		entries: make(map[messageName]*store.Entry), accounts: make(map[ident.AccountID]*account),
		devices: make(map[ident.DeviceID]*device), news: make(map[ackName][]entryName), shared: make(map[shareName]struct{}),
	}
}

// account returns the one account of an id.
func (s *workingSet) account(id ident.AccountID) *account {
	a := s.accounts[id]
	if a == nil {
		a = &account{id: id}
		s.accounts[id] = a
	}
	return a
}

// conversation returns the one conversation of an id.
func (s *workingSet) conversation(id ident.ConversationID) *conversation {
	c := s.conversations[id]
	if c == nil {
		c = &conversation{Conversation: store.Conversation{ID: id}, shares: make(map[ident.AccountID]*share)}
		s.conversations[id] = c
	}
	return c
}

// share returns what an account has of a conversation, nil if it is not in it. It is not ok if
// nobody has looked.
func (s *workingSet) share(id ident.ConversationID, account ident.AccountID) (c *conversation, one *share, ok bool) {
	if c = s.conversations[id]; c == nil {
		return nil, nil, false
	}
	if one = c.shares[account]; one != nil || c.whole {
		return c, one, true
	}
	_, ok = s.shared[shareName{id, account}]
	return c, nil, ok
}

// FindConversation implements store.Reader.
func (t *tx) FindConversation(id ident.ConversationID) (store.Conversation, error) {
	if t.set != nil {
		if c := t.set.conversations[id]; c != nil {
			if !c.found {
				return store.Conversation{}, store.ErrNotFound
			}
			return c.Conversation, nil
		}
	}
	return t.Tx.FindConversation(id)
}

// FindMember implements store.Reader.
func (t *tx) FindMember(id ident.ConversationID, device ident.DeviceID) (store.Member, error) {
	if t.set != nil {
		if m, ok := t.set.members[memberName{id, device}]; ok {
			if m == nil {
				return store.Member{}, store.ErrNotFound
			}
			return *m, nil
		}
	}
	return t.Tx.FindMember(id, device)
}

// FindEntryByMessage implements store.Reader.
func (t *tx) FindEntryByMessage(id ident.ConversationID, message ident.MessageID) (store.Entry, error) {
	if t.set != nil {
		if e, ok := t.set.entries[messageName{id, message}]; ok {
			if e == nil {
				return store.Entry{}, store.ErrNotFound
			}
			return *e, nil
		}
	}
	return t.Tx.FindEntryByMessage(id, message)
}

// ListConversationAccounts implements store.Reader.
func (t *tx) ListConversationAccounts(id ident.ConversationID) ([]ident.AccountID, error) {
	if t.set != nil {
		if c := t.set.conversations[id]; c != nil && c.whole {
			accounts := make([]ident.AccountID, 0, len(c.shares))
			for account := range c.shares {
				accounts = append(accounts, account)
			}
			return accounts, nil
		}
	}
	return t.Tx.ListConversationAccounts(id)
}

// isGroup reports whether it is a group.
func (c *conversation) isGroup() bool { return c.Kind == wire.ConversationGroup }
