package postgres

import (
	"slices"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// appendEntry is AppendEntry on a working set; it is not ok if the conversation is not in it as a
// whole.
func (s *workingSet) appendEntry(e *store.Entry) (places []store.Place, ok bool) {
	c := s.conversations[e.Conversation]
	if c == nil || !c.found || !c.open {
		return nil, false
	}
	c.LastSequence++
	c.LastActive = time.UnixMilli(e.Time.UnixMilli())
	s.changeConversation(c)
	e.Sequence = c.LastSequence
	kept := *e
	s.addEntry(&kept)
	s.entries[messageName{e.Conversation, e.ID}] = &store.Entry{
		Conversation: e.Conversation, Sequence: e.Sequence, Kind: e.Kind, SenderAccount: e.SenderAccount, SenderDevice: e.SenderDevice,
		ID: e.ID, Epoch: e.Epoch, Time: c.LastActive, Former: e.Former,
	}
	if c.isGroup() && e.Kind == wire.EntryApplication {
		s.noteWriter(c.ID, e.SenderAccount, e.Sequence)
	}
	places = make([]store.Place, 0, len(c.shares))
	for _, one := range c.shares {
		if a := one.account; a.found && one.hears(e) {
			a.head++
			s.changeAccount(a)
			a.came = append(a.came, pointed{a.head, entryName{c.ID, int64(e.Sequence)}, a.id == e.SenderAccount})
			s.addPlace(a, &kept, one.size(e))
			places = append(places, store.Place{Account: a.id, Position: a.head})
		}
	}
	slices.SortFunc(places, func(a, b store.Place) int { return slices.Compare(a.Account[:], b.Account[:]) })
	return places, true
}

// hears reports whether an entry comes into the account's feed. A message does not come to an account that
// blocks its sender; what changes the group must.
func (s *share) hears(e *store.Entry) bool {
	return !s.shut || e.Kind != wire.EntryApplication || s.account.id == e.SenderAccount
}

// size is how many bytes an entry has for the account.
func (s *share) size(e *store.Entry) int {
	if s.conversation.isGroup() && e.Former == 0 && s.since != e.Sequence {
		return len(e.Message)
	}
	return len(e.Message) + len(e.Welcome)
}

// limit queues what is to be written before it gets too much for one statement.
func (t *tx) limit() {
	if t.set.bytes >= maxUnwritten {
		t.settle()
	}
}

// ack is Ack on a working set; it is not ok if that was not read for it.
func (s *workingSet) ack(id ident.DeviceID, position uint64, now time.Time) (receipts []store.Receipt, ok bool, err error) {
	news, known := s.news[ackName{id, position}]
	if !known {
		return nil, false, nil
	}
	d := s.devices[id]
	if d == nil {
		return nil, true, store.ErrNotFound
	}
	a := d.account
	upTo := min(position, a.head)
	if upTo <= d.cursor {
		return nil, true, nil
	}
	d.cursor = upTo
	s.changeDevice(d)
	if upTo <= a.delivered {
		return nil, true, nil
	}
	for _, p := range a.came {
		if !p.own && p.position <= upTo {
			news = append(slices.Clip(news), p.entry)
		}
	}
	a.delivered = upTo
	s.changeAccount(a)
	for _, n := range news {
		receipts = s.deliver(receipts, a, n, now)
	}
	return receipts, true, nil
}

// deliver moves the receipt of an account up to an entry.
func (s *workingSet) deliver(receipts []store.Receipt, a *account, n entryName, now time.Time) []store.Receipt {
	_, one, _ := s.share(n.conversation, a.id)
	if one == nil || one.delivered >= uint64(n.sequence) {
		return receipts
	}
	one.delivered, one.deliveredAt = uint64(n.sequence), now.UnixMilli()
	s.changeShare(one)
	for i := range receipts {
		if receipts[i].Conversation == n.conversation {
			receipts[i] = one.receipt()
			return receipts
		}
	}
	return append(receipts, one.receipt())
}

func (s *share) receipt() store.Receipt {
	return store.Receipt{
		Conversation: s.conversation.ID, Account: s.account.id, Delivered: s.delivered, Read: s.read,
		DeliveredAt: s.deliveredAt, ReadAt: s.readAt, Group: s.conversation.isGroup(),
	}
}

// markRead is MarkRead on a working set; it is not ok if that was not read for it.
func (s *workingSet) markRead(id ident.ConversationID, account ident.AccountID, sequence uint64, now time.Time) (*store.Receipt, bool) {
	c, one, known := s.share(id, account)
	if !known {
		return nil, false
	}
	upTo := min(sequence, c.LastSequence)
	if one == nil || one.read >= upTo {
		return nil, true
	}
	one.read, one.readAt = upTo, now.UnixMilli()
	if one.delivered < upTo {
		one.delivered, one.deliveredAt = upTo, one.readAt
	}
	s.changeShare(one)
	receipt := one.receipt()
	return &receipt, true
}
