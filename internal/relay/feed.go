package relay

import (
	"parley/internal/store"
	"parley/wire"
)

func (s *Session) pull(id uint64, m *wire.Pull) {
	result, err := s.readFeed(m)
	if err != nil {
		s.answer(id, nil, err)
		return
	}
	s.goLive(id, result)
}

func (s *Session) readFeed(m *wire.Pull) (*wire.PullResult, error) {
	limit := int(min(m.Limit, wire.MaxPull))
	if limit == 0 {
		limit = wire.MaxPull
	}
	result := new(wire.PullResult)
	err := s.relay.store.ViewBriefly(s.relay.ctx, func(r store.Reader) error {
		account, err := r.FindAccount(s.who.account)
		if err != nil {
			return err
		}
		entries, err := r.PullFeed(s.who.account, m.After, limit, pullBytes)
		if err != nil {
			return err
		}
		result.Head, result.Next = account.Head, account.Head
		for _, e := range entries {
			result.Entries = append(result.Entries, wireEntry(e))
			result.Next = e.Position
		}
		return nil
	})
	return result, err
}

// wireEntry returns an entry as devices see it. It keeps no reference to e.
func wireEntry(e store.FeedEntry) *wire.Entry {
	w := &wire.Entry{
		Position: e.Position, ConversationID: e.Conversation[:], Sequence: e.Sequence, Kind: e.Entry.Kind,
		MessageID: e.ID[:], Epoch: e.Epoch, TimeMS: e.Time.UnixMilli(), Message: e.Message, Welcome: e.Welcome,
		ConversationKind: e.Kind, FormerSequence: e.Former,
	}
	if !e.SenderAccount.IsZero() {
		w.SenderAccount = e.SenderAccount[:]
	}
	if !e.SenderDevice.IsZero() {
		w.SenderDevice = e.SenderDevice[:]
	}
	return w
}
