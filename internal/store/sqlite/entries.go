package sqlite

import (
	"errors"

	"parley/ident"
	"parley/internal/store"
	"parley/internal/store/sqlstore"
	"parley/wire"
)

// PullFeed implements store.Reader.
func (t *tx) PullFeed(account ident.AccountID, after uint64, limit, maxBytes int) ([]store.FeedEntry, error) {
	var entries []store.FeedEntry
	size := 0
	err := t.Each(func(row sqlstore.Scanner) error {
		e, err := sqlstore.ScanFeedEntry(row)
		if err != nil {
			return err
		}
		if size += len(e.Message) + len(e.Welcome); size > maxBytes && len(entries) > 0 {
			return errEnough
		}
		entries = append(entries, e)
		return nil
	}, "pullFeed", account[:], int64(after), limit)
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return entries, nil
}

// errEnough ends a reading before its last row.
var errEnough = errors.New("no more rows are wanted")

// FindConversation implements store.Reader.
func (t *tx) FindConversation(id ident.ConversationID) (store.Conversation, error) {
	if t.batch == nil {
		return t.Tx.FindConversation(id)
	}
	c, err := t.conversation(id)
	if err != nil {
		return store.Conversation{}, err
	}
	return c.Conversation, nil
}

// conversation returns a conversation of the batch.
func (t *tx) conversation(id ident.ConversationID) (*conversation, error) {
	if c, ok := t.batch.conversations[id]; ok {
		return c, nil
	}
	found, err := t.Tx.FindConversation(id)
	if err != nil {
		return nil, err
	}
	c := &conversation{Conversation: found}
	t.batch.conversations[id] = c
	return c, nil
}

// FindMember implements store.Reader.
func (t *tx) FindMember(id ident.ConversationID, device ident.DeviceID) (store.Member, error) {
	if t.batch == nil {
		return t.Tx.FindMember(id, device)
	}
	name := membership{id, device}
	if m, ok := t.batch.members[name]; ok {
		return m, nil
	}
	m, err := t.Tx.FindMember(id, device)
	if err == nil {
		t.batch.members[name] = m
	}
	return m, err
}

// AppendEntry implements store.Tx.
func (t *tx) AppendEntry(e *store.Entry) ([]store.Place, error) {
	c, err := t.conversation(e.Conversation)
	if err != nil {
		return nil, err
	}
	if err := t.readHearers(c); err != nil {
		return nil, err
	}
	e.Sequence = c.LastSequence + 1
	account, device := senderColumns(e)
	result, err := t.exec("createEntry", e.Conversation[:], int64(e.Sequence), int64(e.Kind), account, device, e.ID[:],
		int64(e.Epoch), e.Time.UnixMilli(), e.Message, e.Welcome, int64(e.Former))
	if err != nil {
		return nil, err
	}
	row, err := result.LastInsertId()
	if err != nil {
		return nil, err
	}
	if err := t.NoteWriter(e, c.Kind); err != nil {
		return nil, err
	}
	t.batch.move(c, e)
	return t.addToFeeds(c, e, row), nil
}

// readHearers reads the accounts of a conversation, and the heads of their feeds, once.
func (t *tx) readHearers(c *conversation) (err error) {
	if c.hearers != nil {
		return nil
	}
	c.hearers, err = sqlstore.List(t, func(row sqlstore.Scanner) (h hearer, err error) {
		var account []byte
		var last int64
		err = row.Scan(&account, &h.shut, &last)
		h.account = sqlstore.ID[ident.AccountID](account)
		h.head = t.batch.headOf(h.account, last)
		return h, err
	}, "listHearers", c.ID[:])
	return err
}

// senderColumns returns the sender of an entry; the relay itself is empty, and so is the device where it tells
// of an account.
func senderColumns(e *store.Entry) (account, device []byte) {
	account, device = []byte{}, []byte{}
	if !e.SenderAccount.IsZero() {
		account = e.SenderAccount[:]
	}
	if !e.SenderDevice.IsZero() {
		device = e.SenderDevice[:]
	}
	return account, device
}

// addToFeeds points the feeds of a conversation's accounts to an entry. A message does
// not come to an account that blocks its sender; what changes the group must.
func (t *tx) addToFeeds(c *conversation, e *store.Entry, row int64) []store.Place {
	everybody := e.Kind != wire.EntryApplication
	places := make([]store.Place, 0, len(c.hearers))
	for _, h := range c.hearers {
		if h.shut && !everybody && h.account != e.SenderAccount {
			continue
		}
		h.head.last++
		t.batch.feed = append(t.batch.feed, feedRow{h.account, h.head.last, row})
		places = append(places, store.Place{Account: h.account, Position: uint64(h.head.last)})
	}
	return places
}
