package postgres

import (
	"slices"

	"parley/ident"
	"parley/internal/store"
	"parley/internal/store/sqlstore"
	"parley/wire"
)

// pointer is a row of a feed.
type pointer struct {
	position     int64
	conversation []byte
	sequence     int64
	size         int
}

func scanPointer(row sqlstore.Scanner) (p pointer, err error) {
	err = row.Scan(&p.position, &p.conversation, &p.sequence, &p.size)
	return p, err
}

// PullFeed implements store.Reader. It reads what is found by the account first, and by the
// conversations then.
func (t *tx) PullFeed(account ident.AccountID, after uint64, limit, maxBytes int) ([]store.FeedEntry, error) {
	feed, err := sqlstore.List(t, scanPointer, "listFeed", account[:], int64(after), limit)
	if err != nil || len(feed) == 0 {
		return nil, err
	}
	var positions, sequences []int64
	var conversations [][]byte
	for i, size := 0, 0; i < len(feed); i++ {
		if size += feed[i].size; size > maxBytes && i > 0 {
			break
		}
		positions, sequences = append(positions, feed[i].position), append(sequences, feed[i].sequence)
		conversations = append(conversations, feed[i].conversation)
	}
	return sqlstore.List(t, sqlstore.ScanFeedEntry, "readEntries", account[:], positions, conversations, sequences)
}

// AppendEntry implements store.Tx.
func (t *tx) AppendEntry(e *store.Entry) ([]store.Place, error) {
	if t.set != nil {
		if places, ok := t.set.appendEntry(e); ok {
			t.wrote = true
			t.peers.learn(e.Conversation, places)
			t.limit()
			return places, nil
		}
	}
	var sequence, kind int64
	ms := e.Time.UnixMilli()
	if err := t.Change("nextSequence", e.Conversation[:], ms).Scan(&sequence, &kind); err != nil {
		return nil, err
	}
	e.Sequence = uint64(sequence)
	account, device := senderColumns(e)
	err := t.Do("createEntry", e.Conversation[:], sequence, int64(e.Kind), account, device, e.ID[:],
		int64(e.Epoch), ms, e.Message, e.Welcome, int64(e.Former))
	if err != nil {
		return nil, err
	}
	if err := t.NoteWriter(e, wire.ConversationKind(kind)); err != nil {
		return nil, err
	}
	return t.addToFeeds(e, wire.ConversationKind(kind))
}

// senderColumns returns the sender of an entry; the relay itself is NULL, and so is the device where it tells
// of an account.
func senderColumns(e *store.Entry) (account, device []byte) {
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
func (t *tx) addToFeeds(e *store.Entry, kind wire.ConversationKind) ([]store.Place, error) {
	everybody := e.Kind != wire.EntryApplication
	var accounts [][]byte
	var sizes []int
	_, err := sqlstore.List(t, func(row sqlstore.Scanner) (none struct{}, err error) {
		var account []byte
		var since int64
		if err = row.Scan(&account, &since); err != nil {
			return none, err
		}
		size := len(e.Message)
		if kind != wire.ConversationGroup || e.Former > 0 || uint64(since) == e.Sequence {
			size += len(e.Welcome)
		}
		accounts, sizes = append(accounts, account), append(sizes, size)
		return none, nil
	}, "listHearers", e.Conversation[:], e.SenderAccount[:], everybody)
	if err != nil {
		return nil, err
	}
	sender, _ := senderColumns(e)
	places, err := sqlstore.List(t, sqlstore.ScanPlace, "addToFeeds", accounts, sizes, e.Conversation[:], int64(e.Sequence), sender, e.Time.UnixMilli())
	slices.SortFunc(places, func(a, b store.Place) int { return slices.Compare(a.Account[:], b.Account[:]) })
	return places, err
}
