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
	t.set, t.ahead = nil, first+1
	for t.ahead < len(batch) && batch[t.ahead].Hint.Kind != 0 {
		t.ahead++
	}
	if t.ahead == first+1 && batch[first].Hint.Kind != store.HintSend {
		return nil // alone it has two statements, and is cheaper without
	}
	t.set = newWorkingSet()
	r := reading{peers: t.peers}
	for _, w := range batch[first:t.ahead] {
		r.want(t.set, &w.Hint)
	}
	if err := r.round(t); err != nil {
		return err
	}
	if r.next(t.set); r.isEmpty() {
		return nil
	}
	return r.round(t)
}

// maxPeers bounds how many conversations peers remember.
const maxPeers = 1 << 14

// peers are the accounts of conversations of two, or of one, as far as they are remembered: likely ones to be
// read in the first round trip. Nothing depends on them.
type peers map[ident.ConversationID][]ident.AccountID

// learn remembers what a transaction has appended.
func (p peers) learn(id ident.ConversationID, places []store.Place) {
	if _, known := p[id]; known || len(places) > 2 {
		return
	}
	if len(p) >= maxPeers {
		clear(p)
	}
	for _, place := range places {
		p[id] = append(p[id], place.Account)
	}
}

// reading is what a round trip asks for.
type reading struct {
	peers         peers
	conversations [][]byte
	sends         struct{ conversations, devices, messages [][]byte }
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
		for _, account := range r.peers[h.Conversation] {
			r.wantAccount(s.account(account))
		}
		r.wantSend(s, h)
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

// wantSend asks for a message's sender, and whether it was sent before.
func (r *reading) wantSend(s *workingSet, h *store.Hint) {
	member, message := memberName{h.Conversation, h.Device}, messageName{h.Conversation, h.Message}
	_, memberKnown := s.members[member]
	_, messageKnown := s.entries[message]
	if memberKnown && messageKnown {
		return
	}
	s.members[member], s.entries[message] = nil, nil
	r.sends.conversations, r.sends.devices = append(r.sends.conversations, h.Conversation[:]), append(r.sends.devices, h.Device[:])
	r.sends.messages = append(r.sends.messages, h.Message[:])
}

// wantConversation asks for a conversation with all of its shares.
func (r *reading) wantConversation(s *workingSet, id ident.ConversationID) {
	if c := s.conversation(id); !c.whole {
		c.whole = true
		r.conversations = append(r.conversations, c.ID[:])
	}
}

// wantAccount asks for an account.
func (r *reading) wantAccount(a *account) {
	if !a.asked {
		a.asked = true
		r.accounts = append(r.accounts, a.id[:])
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
			r.wantAccount(one.account)
		}
	}
}

// round asks, and waits for the answers.
func (r *reading) round(t *tx) error {
	s := t.set
	if len(r.conversations) > 0 {
		t.ask(s.readShare, "readShares", r.conversations)
		t.ask(s.readSend, "readSends", r.sends.conversations, r.sends.devices, r.sends.messages)
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
