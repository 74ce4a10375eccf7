package relay

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// hub knows the open connections, and whose they are.
type hub struct {
	mu       sync.RWMutex
	sessions map[*Session]struct{}
	// nobodys counts the connections of each address that have not authenticated.
	nobodys  map[string]int
	accounts map[ident.AccountID]*online
	stopping bool
	// endings counts the removed devices whose sessions were looked for, before they are.
	endings atomic.Uint64
	// empty is closed when stopping and the last session is gone.
	empty chan struct{}
}

// online is an account with at least one authenticated session.
type online struct {
	mu       sync.Mutex
	sessions []*Session
	// head is the last position delivered since the account came online.
	head uint64
}

// add takes in a new connection; it reports false when the relay is stopping, or when there
// are as many as it may have, in all or of those at the same address that are nobody's.
func (h *hub) add(s *Session, most, nobodys int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopping || len(h.sessions) >= most || h.nobodys[s.address] >= nobodys {
		return false
	}
	if h.sessions == nil {
		h.sessions = make(map[*Session]struct{})
		h.nobodys = make(map[string]int)
		h.accounts = make(map[ident.AccountID]*online)
	}
	h.sessions[s] = struct{}{}
	h.nobodys[s.address]++
	return true
}

// identifiedLocked counts a connection among those of its address no more.
func (h *hub) identifiedLocked(s *Session) {
	if s.counted {
		return
	}
	s.counted = true
	if h.nobodys[s.address]--; h.nobodys[s.address] == 0 {
		delete(h.nobodys, s.address)
	}
}

// remove forgets a connection.
func (h *hub) remove(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leaveLocked(s)
	h.identifiedLocked(s)
	delete(h.sessions, s)
	if h.stopping && len(h.sessions) == 0 {
		h.closeEmptyLocked()
	}
}

func (h *hub) closeEmptyLocked() {
	select {
	case <-h.empty:
	default:
		close(h.empty)
	}
}

// join makes a session one of its account's, and returns the older session of
// the same device, if there is one.
func (h *hub) join(s *Session) (older *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.identifiedLocked(s)
	o := h.accounts[s.who.account]
	if o == nil {
		o = new(online)
		h.accounts[s.who.account] = o
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, other := range o.sessions {
		if other.who.device == s.who.device {
			older = other
		}
	}
	o.sessions = append(slices.Clone(o.sessions), s)
	return older
}

// leave takes a session out of its account.
func (h *hub) leave(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leaveLocked(s)
}

func (h *hub) leaveLocked(s *Session) {
	if s.who == nil {
		return
	}
	o := h.accounts[s.who.account]
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sessions = slices.DeleteFunc(slices.Clone(o.sessions), func(other *Session) bool { return other == s })
	if len(o.sessions) == 0 {
		delete(h.accounts, s.who.account)
	}
}

// find returns an account that is online, or nil.
func (h *hub) find(account ident.AccountID) *online {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.accounts[account]
}

// sessionsOf returns the sessions of an account; the caller must not change
// the list.
func (h *hub) sessionsOf(account ident.AccountID) []*Session {
	o := h.find(account)
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sessions
}

// connected returns which devices of an account are connected, and from where.
func (h *hub) connected(account ident.AccountID) map[ident.DeviceID]string {
	devices := make(map[ident.DeviceID]string)
	for _, s := range h.sessionsOf(account) {
		devices[s.who.device] = s.address
	}
	return devices
}

// authenticated returns all sessions that belong to a device.
func (h *hub) authenticated() []*Session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var all []*Session
	for _, o := range h.accounts {
		o.mu.Lock()
		all = append(all, o.sessions...)
		o.mu.Unlock()
	}
	return all
}

// tell sends an event to all sessions of an account but one.
func (h *hub) tell(account ident.AccountID, event wire.EventHappening, except *Session) {
	var frame []byte
	for _, s := range h.sessionsOf(account) {
		if s == except {
			continue
		}
		if frame == nil {
			frame = encodeEvent(event)
		}
		s.notify(frame)
	}
}

// count returns how many connections are open.
func (h *hub) count() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.sessions)
}

// countAccounts returns how many accounts are online.
func (h *hub) countAccounts() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.accounts)
}

// shutDown refuses new connections and calls each for those that are there.
func (h *hub) shutDown(each func(*Session)) {
	h.mu.Lock()
	h.stopping = true
	h.empty = make(chan struct{})
	if len(h.sessions) == 0 {
		h.closeEmptyLocked()
	}
	sessions := make([]*Session, 0, len(h.sessions))
	for s := range h.sessions {
		sessions = append(sessions, s)
	}
	h.mu.Unlock()
	for _, s := range sessions {
		each(s)
	}
}

// wait returns when the last connection is gone or ctx ends; only after shutDown.
func (h *hub) wait(ctx context.Context) {
	select {
	case <-h.empty:
	case <-ctx.Done():
	}
}

// appended is an entry that a transaction has appended, with its places.
type appended struct {
	entry  store.Entry
	kind   wire.ConversationKind
	places []store.Place
	// welcomed are the accounts that a group's Welcome is for.
	welcomed []ident.AccountID
}

// pushes are the frames that push an entry, with its Welcome and without; each is nil until
// it is needed.
type pushes struct {
	*appended
	with, without *wire.EntryFrame
}

// frame returns the frame for a place (see store.Reader.PullFeed).
func (p *pushes) frame(place store.Place) wire.Encoded {
	e, frame := p.entry, &p.with
	if p.kind == wire.ConversationGroup && e.Former == 0 && !slices.Contains(p.welcomed, place.Account) {
		e.Welcome, frame = nil, &p.without
	}
	if *frame == nil {
		shared := wire.NewEntryFrame(wireEntry(store.FeedEntry{Entry: e, Kind: p.kind}))
		*frame = &shared
	}
	return (*frame).At(place.Position)
}

// wakes reports whether the entry may be something that a person wants to hear of
// at once. Whether it is, only devices know.
func (a *appended) wakes(account ident.AccountID) bool {
	return a.entry.Kind == wire.EntryApplication && a.kind != wire.ConversationSelf && a.entry.SenderAccount != account
}

// deliver pushes appended entries to the devices that are online. It is called
// in the order of the transactions.
func (r *Relay) deliver(all ...appended) {
	for _, a := range all {
		r.counters.entries.Inc()
		p := &pushes{appended: &a}
		for _, place := range a.places {
			if o := r.hub.find(place.Account); o != nil {
				r.push(o, place, p)
			}
			if a.wakes(place.Account) {
				r.wakes.notify(place.Account, place.Position)
			}
		}
	}
}

func (r *Relay) push(o *online, place store.Place, p *pushes) {
	position := place.Position
	o.mu.Lock()
	defer o.mu.Unlock()
	o.head = max(o.head, position)
	var frame wire.Encoded
	for _, s := range o.sessions {
		switch last, live := s.pushed(); {
		case live && last+1 < position:
			r.others.behind.add(place.Account) // another relay has put something before it
			continue
		case !live || last+1 > position:
			continue
		}
		if frame.Len() == 0 {
			frame = p.frame(place)
		}
		s.push(position, frame, pauseFor(len(p.places)))
	}
}

func encodeEvent(event wire.EventHappening) []byte {
	return wire.Encode(&wire.Frame{Body: &wire.Event{Happening: event}})
}
