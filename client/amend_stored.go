package client

import (
	"slices"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// amendmentBytes bounds the amendments that go with one message of history: edits may
// be as long as messages. The latest count.
const amendmentBytes = 64 << 10

// asStoredAmendment is an amendment as another device is given it.
func asStoredAmendment(a *store.Amendment) *content.StoredAmendment {
	return &content.StoredAmendment{
		MessageID: a.ID[:], Sequence: a.Sequence, SenderAccount: a.Sender[:], TimeMS: a.SentAt, Content: a.Content,
	}
}

// storedAmendment is an amendment in a chat as a sibling keeps it; ok tells whether it
// is one.
func (tx *tx) storedAmendment(chat *store.Chat, s *content.StoredAmendment) (a *store.Amendment, ok bool) {
	if s == nil || s.Sequence == 0 || len(s.Content) > maxContent {
		return nil, false
	}
	id, err := ident.IDFromBytes[ident.MessageID](s.MessageID)
	if err != nil {
		return nil, false
	}
	sender, err := ident.IDFromBytes[ident.AccountID](s.SenderAccount)
	if err != nil || chat.Kind == store.ChatDirect && sender != chat.Account && sender != tx.identity.Account {
		return nil, false
	}
	c, err := content.Decode[content.Content](s.Content)
	if err != nil {
		return nil, false
	}
	target, kind, ok := readAmendment(c)
	return &store.Amendment{
		ID: id, Target: target, Chat: chat.ID, Kind: kind, Sequence: s.Sequence, Sender: sender, SentAt: s.TimeMS, Content: s.Content,
	}, ok
}

// historySize is about how many bytes a message of history has with its amendments.
func (tx *tx) historySize(m *store.Message) (int, error) {
	size, err := tx.addAmendments(&content.StoredMessage{}, m)
	return storedSize(m) + min(size, amendmentBytes), err
}

// addAmendments adds to a message for another device what there is about it, and
// returns how many bytes that is.
func (tx *tx) addAmendments(to *content.StoredMessage, m *store.Message) (size int, err error) {
	if !m.Amended {
		return 0, nil
	}
	all, err := tx.FindAmendments(m.Chat, m.ID)
	if err != nil {
		return 0, err
	}
	for _, a := range slices.Backward(all) {
		if a.Sequence == 0 {
			continue
		}
		if size += len(a.Content) + 64; size > amendmentBytes {
			break
		}
		to.Amendments = append(to.Amendments, asStoredAmendment(a))
	}
	return size, nil
}

// takeAmendments takes what a sibling has about messages of a chat.
func (tx *tx) takeAmendments(chat *store.Chat, all []*content.StoredAmendment) error {
	targets := map[ident.MessageID]bool{}
	for _, s := range all {
		a, ok := tx.storedAmendment(chat, s)
		if !ok {
			continue
		}
		changed, err := tx.storeAmendment(a)
		if err != nil {
			return err
		}
		if changed {
			targets[a.Target] = true
		}
	}
	for target := range targets {
		if err := tx.settle(chat.ID, target); err != nil {
			return err
		}
	}
	return nil
}

// fillAmendments takes the amendments of an answer to a request for a gap. A contact may
// only bring what it wrote itself.
func (tx *tx) fillAmendments(chat *store.Chat, gap *store.Gap, all []*content.StoredAmendment, from ident.AccountID) error {
	for _, s := range all {
		if s == nil || s.Sequence < gap.First || s.Sequence > gap.Last {
			continue // not what was asked for
		}
		if from != tx.identity.Account {
			fits, err := tx.fitsPlaceholder(s.MessageID, s.Sequence, s.SenderAccount, from)
			if err != nil || !fits {
				return err
			}
		}
		if err := tx.takeAmendments(chat, []*content.StoredAmendment{s}); err != nil {
			return err
		}
	}
	return nil
}
