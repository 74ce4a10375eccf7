package relay

import (
	"sync"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// presences knows who looks at the app, and who wants to know. Nothing of it
// is stored.
type presences struct {
	mu sync.Mutex
	// available are the sessions with a person in front of them.
	available map[ident.AccountID]map[*Session]struct{}
	lastSeen  map[ident.AccountID]time.Time
	watchers  map[ident.AccountID]map[*Session]struct{}
	watched   map[*Session][]ident.AccountID
}

// set notes whether a session's person is there, and tells the watchers if the
// account's presence changes by it.
func (p *presences) set(s *Session, available bool) {
	now := s.relay.now()
	account := s.who.account
	p.mu.Lock()
	before := len(p.available[account]) > 0
	if available {
		p.available = into(p.available, account, s)
	} else {
		outOf(p.available, account, s)
	}
	after := len(p.available[account]) > 0
	if before && !after {
		if p.lastSeen == nil {
			p.lastSeen = make(map[ident.AccountID]time.Time)
		}
		p.lastSeen[account] = now
	}
	event := p.stateLocked(account)
	var watchers []*Session
	if before != after {
		for watcher := range p.watchers[account] {
			watchers = append(watchers, watcher)
		}
	}
	p.mu.Unlock()
	tellAll(watchers, event)
}

func tellAll(sessions []*Session, event wire.EventHappening) {
	if len(sessions) == 0 {
		return
	}
	frame := encodeEvent(event)
	for _, s := range sessions {
		s.notify(frame)
	}
}

func (p *presences) stateLocked(account ident.AccountID) *wire.PresenceEvent {
	event := &wire.PresenceEvent{AccountID: account[:], Available: len(p.available[account]) > 0}
	if seen := p.lastSeen[account]; !seen.IsZero() {
		event.LastSeenMS = seen.UnixMilli()
	}
	return event
}

// watch replaces the accounts that a session watches and returns their states.
func (p *presences) watch(s *Session, accounts []ident.AccountID) []*wire.PresenceEvent {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unwatchLocked(s)
	var states []*wire.PresenceEvent
	for _, account := range accounts {
		p.watchers = into(p.watchers, account, s)
		states = append(states, p.stateLocked(account))
	}
	if len(accounts) > 0 {
		if p.watched == nil {
			p.watched = make(map[*Session][]ident.AccountID)
		}
		p.watched[s] = accounts
	}
	return states
}

func (p *presences) unwatchLocked(s *Session) {
	for _, account := range p.watched[s] {
		outOf(p.watchers, account, s)
	}
	delete(p.watched, s)
}

// leave forgets a session.
func (p *presences) leave(s *Session) {
	if s.who == nil {
		return
	}
	p.mu.Lock()
	p.unwatchLocked(s)
	_, here := p.available[s.who.account][s]
	p.mu.Unlock()
	if here {
		p.set(s, false)
	}
}

// sweep forgets when people were seen who have not been since a time.
func (p *presences) sweep(before time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for account, seen := range p.lastSeen {
		if seen.Before(before) {
			delete(p.lastSeen, account)
		}
	}
}

// into adds a session to one of several sets; outOf takes it out.
func into(sets map[ident.AccountID]map[*Session]struct{}, account ident.AccountID, s *Session) map[ident.AccountID]map[*Session]struct{} {
	if sets == nil {
		sets = make(map[ident.AccountID]map[*Session]struct{})
	}
	if sets[account] == nil {
		sets[account] = make(map[*Session]struct{})
	}
	sets[account][s] = struct{}{}
	return sets
}

func outOf(sets map[ident.AccountID]map[*Session]struct{}, account ident.AccountID, s *Session) {
	delete(sets[account], s)
	if len(sets[account]) == 0 {
		delete(sets, account)
	}
}

func (s *Session) setPresence(m *wire.SetPresence) (*wire.Done, error) {
	s.relay.presence.set(s, m.Available)
	return &wire.Done{}, nil
}

func (s *Session) watchPresence(m *wire.WatchPresence) (*wire.WatchPresenceResult, error) {
	if len(m.AccountIDs) > wire.MaxWatched {
		return nil, refuse(wire.ErrorTooLarge)
	}
	accounts := make([]ident.AccountID, 0, len(m.AccountIDs))
	err := s.relay.store.View(s.relay.ctx, func(r store.Reader) error {
		for _, b := range m.AccountIDs {
			id, err := ident.IDFromBytes[ident.AccountID](b)
			if err != nil {
				return refuse(wire.ErrorMalformed)
			}
			if err := s.mayKnow(r, id); err != nil {
				return err
			}
			accounts = append(accounts, id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &wire.WatchPresenceResult{States: s.relay.presence.watch(s, accounts)}, nil
}

// setTyping passes on that somebody types; it is never stored.
func (s *Session) setTyping(m *wire.SetTyping) (*wire.Done, error) {
	id, err := ident.IDFromBytes[ident.ConversationID](m.ConversationID)
	if err != nil {
		return nil, refuse(wire.ErrorMalformed)
	}
	var accounts []ident.AccountID
	err = s.relay.store.View(s.relay.ctx, func(r store.Reader) (err error) {
		accounts, err = s.accountsOf(r, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	event := &wire.TypingEvent{ConversationID: m.ConversationID, AccountID: s.who.account[:], Active: m.Active}
	for _, account := range accounts {
		if account != s.who.account {
			s.relay.hub.tell(account, event, nil)
		}
	}
	return &wire.Done{}, nil
}
