package relay

import (
	"slices"
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
	// available are the sessions with a person in front of them, each with whom it tells.
	available map[ident.AccountID]map[*Session]audience
	lastSeen  map[ident.AccountID]sighting
	watchers  map[ident.AccountID]map[*Session]struct{}
	watched   map[*Session][]ident.AccountID
	// elsewhere is what other relays have said of accounts that are watched here.
	elsewhere map[ident.AccountID]map[store.RelayID]standing
}

// audience are the accounts that may know (X1); nil is everybody who shares a conversation.
type audience map[ident.AccountID]struct{}

func (a audience) has(account ident.AccountID) bool {
	_, in := a[account]
	return a == nil || in
}

// sighting is when an account's person was last there, and who may know.
type sighting struct {
	at time.Time
	by audience
}

// set notes whether a session's person is there, and tells the watchers whose view of
// the account changes by it.
func (p *presences) set(s *Session, available bool, to audience) {
	now := s.relay.now()
	account := s.who.account
	p.mu.Lock()
	before := p.viewsLocked(account)
	was, here := p.available[account][s]
	switch {
	case available:
		if p.available == nil {
			p.available = make(map[ident.AccountID]map[*Session]audience)
		}
		if p.available[account] == nil {
			p.available[account] = make(map[*Session]audience)
		}
		p.available[account][s] = to
	case here:
		delete(p.available[account], s)
		if len(p.available[account]) == 0 {
			delete(p.available, account)
		}
		if p.lastSeen == nil {
			p.lastSeen = make(map[ident.AccountID]sighting)
		}
		p.lastSeen[account] = sighting{now, was}
	}
	changed := p.changesLocked(account, before)
	p.mu.Unlock()
	tellPresence(changed)
	if available || here {
		s.relay.others.sayPresence(account)
	}
}

// presenceNews is what a watcher is told.
type presenceNews struct {
	watcher *Session
	view    *wire.PresenceEvent
}

// changesLocked returns whose view of an account is another than before.
func (p *presences) changesLocked(account ident.AccountID, before map[*Session]*wire.PresenceEvent) (changed []presenceNews) {
	for watcher, view := range p.viewsLocked(account) {
		if view.Available != before[watcher].Available {
			changed = append(changed, presenceNews{watcher, view})
		}
	}
	return changed
}

func tellPresence(news []presenceNews) {
	for _, n := range news {
		n.watcher.notify(encodeEvent(n.view))
	}
}

// viewsLocked is what each of an account's watchers may know.
func (p *presences) viewsLocked(account ident.AccountID) map[*Session]*wire.PresenceEvent {
	views := make(map[*Session]*wire.PresenceEvent, len(p.watchers[account]))
	for watcher := range p.watchers[account] {
		views[watcher] = p.viewLocked(account, watcher.who.account)
	}
	return views
}

// viewLocked is what one account may know of another.
func (p *presences) viewLocked(account, by ident.AccountID) *wire.PresenceEvent {
	event := &wire.PresenceEvent{AccountID: account[:]}
	for _, to := range p.available[account] {
		event.Available = event.Available || to.has(by)
	}
	if seen := p.lastSeen[account]; !seen.at.IsZero() && seen.by.has(by) {
		event.LastSeenMS = seen.at.UnixMilli()
	}
	for _, st := range p.elsewhere[account] {
		event.Available = event.Available || st.available && st.to.has(by)
		if !st.seen.at.IsZero() && st.seen.by.has(by) {
			event.LastSeenMS = max(event.LastSeenMS, st.seen.at.UnixMilli())
		}
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
		states = append(states, p.viewLocked(account, s.who.account))
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
		if len(p.watchers[account]) == 0 {
			delete(p.elsewhere, account)
		}
	}
	delete(p.watched, s)
}

// part has two accounts watch each other no more: they are told that nobody is there.
func (p *presences) part(a, b ident.AccountID) {
	var told []*Session
	var events []*wire.PresenceEvent
	p.mu.Lock()
	for _, pair := range [][2]ident.AccountID{{a, b}, {b, a}} {
		account, by := pair[0], pair[1]
		for watcher := range p.watchers[account] {
			if watcher.who.account != by {
				continue
			}
			outOf(p.watchers, account, watcher)
			p.watched[watcher] = slices.DeleteFunc(p.watched[watcher], func(id ident.AccountID) bool { return id == account })
			told, events = append(told, watcher), append(events, &wire.PresenceEvent{AccountID: account[:]})
		}
	}
	p.mu.Unlock()
	for i, watcher := range told {
		watcher.notify(encodeEvent(events[i]))
	}
}

// leave forgets a session.
func (p *presences) leave(s *Session) {
	if s.who == nil {
		return
	}
	p.mu.Lock()
	p.unwatchLocked(s)
	p.mu.Unlock()
	p.set(s, false, nil)
}

// sweep forgets when people were seen who have not been since a time.
func (p *presences) sweep(before time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for account, seen := range p.lastSeen {
		if seen.at.Before(before) {
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
	if len(m.AudienceIDs) > wire.MaxWatched {
		return nil, refuse(wire.ErrorTooLarge)
	}
	var to audience
	if m.Limited {
		to = make(audience, len(m.AudienceIDs))
	}
	for _, b := range m.AudienceIDs {
		id, err := ident.IDFromBytes[ident.AccountID](b)
		if err != nil || !m.Limited {
			return nil, refuse(wire.ErrorMalformed)
		}
		to[id] = struct{}{}
	}
	s.relay.presence.set(s, m.Available, to)
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
		heard, err := whoHears(r, accounts, s.who.account)
		accounts = heard
		return err
	})
	if err != nil {
		return nil, err
	}
	result := &wire.WatchPresenceResult{States: s.relay.presence.watch(s, accounts)}
	s.relay.others.askPresence(accounts)
	return result, nil
}

// setTyping passes on that somebody types; it is never stored.
func (s *Session) setTyping(m *wire.SetTyping) (*wire.Done, error) {
	id, err := ident.IDFromBytes[ident.ConversationID](m.ConversationID)
	if err != nil {
		return nil, refuse(wire.ErrorMalformed)
	}
	var accounts []ident.AccountID
	err = s.relay.store.View(s.relay.ctx, func(r store.Reader) (err error) {
		if accounts, err = s.accountsOf(r, id); err == nil && len(accounts) == 2 { // blocks concern chats of two
			accounts, err = whoHears(r, accounts, s.who.account)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	event := &wire.TypingEvent{ConversationID: m.ConversationID, AccountID: s.who.account[:], Active: m.Active}
	accounts = slices.DeleteFunc(accounts, func(id ident.AccountID) bool { return id == s.who.account })
	for _, account := range accounts {
		s.relay.hub.tell(account, event, nil)
	}
	s.relay.others.say(event, accounts)
	return &wire.Done{}, nil
}
