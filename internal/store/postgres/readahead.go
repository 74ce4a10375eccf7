package postgres

import (
	"parley/ident"
	"parley/internal/store"
	"parley/internal/store/sqlstore"
)

// readAhead makes a working set for the transactions of a batch from the first on, up to one that
// says nothing of what it does, if they have none yet.
func (t *tx) readAhead(batch []*sqlstore.Write, first int) error {
	if first < t.ahead || batch[first].Hint.Kind == 0 {
		return nil
	}
	t.settle()
	t.set, t.ahead = newWorkingSet(), first
	var r reading
	for t.ahead < len(batch) && batch[t.ahead].Hint.Kind != 0 {
		r.want(t.set, &batch[t.ahead].Hint)
		t.ahead++
	}
	if err := r.round(t); err != nil {
		return err
	}
	if r.next(t.set); r.isEmpty() {
		return nil
	}
	return r.round(t)
}

// reading is what a round trip asks for.
type reading struct {
	conversations [][]byte
	members       struct{ conversations, devices [][]byte }
	messages      struct{ conversations, messages [][]byte }
	shares        struct{ conversations, accounts [][]byte }
	acks          struct {
		devices   [][]byte
		positions []int64
	}
	accounts [][]byte
}

func (r *reading) isEmpty() bool { return len(r.accounts)+len(r.shares.accounts) == 0 }

// want asks for what a transaction needs first.
func (r *reading) want(s *workingSet, h *store.Hint) {
	switch h.Kind {
	case store.HintSend:
		r.wantConversation(s, h.Conversation)
		member := memberName{h.Conversation, h.Device}
		if _, known := s.members[member]; !known {
			s.members[member] = nil
			r.members.conversations = append(r.members.conversations, h.Conversation[:])
			r.members.devices = append(r.members.devices, h.Device[:])
		}
		message := messageName{h.Conversation, h.Message}
		if _, known := s.entries[message]; !known {
			s.entries[message] = nil
			r.messages.conversations = append(r.messages.conversations, h.Conversation[:])
			r.messages.messages = append(r.messages.messages, h.Message[:])
		}
	case store.HintAck:
		name := ackName{h.Device, h.Position}
		if _, known := s.news[name]; !known {
			s.devices[h.Device], s.news[name] = nil, nil
			r.acks.devices = append(r.acks.devices, h.Device[:])
			r.acks.positions = append(r.acks.positions, int64(h.Position))
		}
	case store.HintMark:
		r.wantShare(s, h.Conversation, h.Account)
	}
}

// wantConversation asks for a conversation with all of its shares.
func (r *reading) wantConversation(s *workingSet, id ident.ConversationID) {
	if c := s.conversation(id); !c.whole {
		c.whole = true
		r.conversations = append(r.conversations, c.ID[:])
	}
}

// wantShare asks for what an account has of a conversation, and for all shares unless it is
// a group.
func (r *reading) wantShare(s *workingSet, id ident.ConversationID, account ident.AccountID) {
	if _, _, known := s.share(id, account); known {
		return
	}
	name := shareName{id, account}
	s.conversation(id)
	s.shared[name] = struct{}{}
	r.shares.conversations = append(r.shares.conversations, name.conversation[:])
	r.shares.accounts = append(r.shares.accounts, name.account[:])
}

// next asks for what the first round trip has shown to be needed.
func (r *reading) next(s *workingSet) {
	whole := r.conversations
	*r = reading{}
	for name, news := range s.news {
		for _, n := range news {
			r.wantShare(s, n.conversation, s.devices[name.device].account.id)
		}
	}
	for _, id := range whole {
		c := s.conversations[ident.ConversationID(id)]
		c.open = true
		for _, one := range c.shares {
			if a := one.account; !a.asked {
				a.asked = true
				r.accounts = append(r.accounts, a.id[:])
			}
		}
	}
}

// round asks, and waits for the answers.
func (r *reading) round(t *tx) error {
	s := t.set
	if len(r.conversations) > 0 {
		t.ask(s.readConversation, "readConversations", r.conversations)
		t.ask(s.readShare, "readShares", r.conversations)
	}
	if len(r.members.devices) > 0 {
		t.ask(s.readMember, "readMembers", r.members.conversations, r.members.devices)
	}
	if len(r.messages.messages) > 0 {
		t.ask(s.readMessage, "readMessages", r.messages.conversations, r.messages.messages)
	}
	if len(r.shares.accounts) > 0 {
		t.ask(s.readOwnShare, "readOwnShares", r.shares.conversations, r.shares.accounts)
	}
	if len(r.acks.devices) > 0 {
		t.ask(s.readAck, "readAcks", r.acks.devices, r.acks.positions)
	}
	if len(r.accounts) > 0 {
		t.ask(s.readAccount, "readAccounts", r.accounts)
	}
	if err := t.roundTrip(); err != nil {
		t.failed = asStoreError(err)
		return t.failed
	}
	return nil
}
