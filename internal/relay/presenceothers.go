package relay

import (
	"slices"
	"time"

	"parley/ident"
	"parley/internal/store"
)

// Who is there is in the memory of the relay that the devices are connected to. It tells the others
// each change; a relay keeps what they say of accounts that somebody watches here, and asks when
// somebody begins to. What is lost shows until the next change.

// standing is what another relay knows of an account.
type standing struct {
	available bool
	to        audience
	seen      sighting
}

// limited is added to the number of a notice whose accounts, behind the first, are all that may know.
const limited = 1

// standingLocked is what this relay knows of an account.
func (p *presences) standingLocked(account ident.AccountID) standing {
	st := standing{seen: p.lastSeen[account]}
	for _, to := range p.available[account] {
		switch {
		case !st.available:
			st.to = to
		case to == nil:
			st.to = nil
		case st.to != nil:
			both := make(audience, len(st.to)+len(to))
			for _, one := range []audience{st.to, to} {
				for id := range one {
					both[id] = struct{}{}
				}
			}
			st.to = both
		}
		st.available = true
	}
	return st
}

// sayPresence tells the other relays how an account stands here.
func (o *others) sayPresence(account ident.AccountID) {
	if o.journal == nil {
		return
	}
	p := &o.relay.presence
	p.mu.Lock()
	st := p.standingLocked(account)
	p.mu.Unlock()
	say := func(kind noticeKind, number uint64, to audience) {
		n := notice{kind: kind, number: number << 1, accounts: []ident.AccountID{account}, event: o.id[:]}
		if to != nil {
			n.number |= limited
			for id := range to {
				n.accounts = append(n.accounts, id)
			}
		}
		o.bus.Publish(subjectPresence, n.encode())
	}
	// In this order: watchers are told when somebody goes, and then since when.
	if !st.seen.at.IsZero() {
		say(noticeSeen, uint64(st.seen.at.UnixMilli()), st.seen.by)
	}
	available := uint64(0)
	if st.available {
		available = 1
	}
	say(noticeAvailable, available, st.to)
}

// askPresence has the other relays say how accounts stand.
func (o *others) askPresence(accounts []ident.AccountID) {
	if o.journal != nil && len(accounts) > 0 {
		o.bus.Publish(subjectPresence, (&notice{kind: noticeAsked, accounts: accounts}).encode())
	}
}

// hearPresence is told what others say and ask.
func (o *others) hearPresence(message []byte) {
	n, err := decodeNotice(message)
	if err != nil {
		return
	}
	p := &o.relay.presence
	if n.kind == noticeAsked {
		for _, account := range n.accounts {
			if p.knows(account) {
				o.sayPresence(account)
			}
		}
		return
	}
	if len(n.accounts) == 0 || len(n.event) != len(store.RelayID{}) {
		return
	}
	var to audience
	if n.number&limited != 0 {
		to = make(audience)
		for _, id := range n.accounts[1:] {
			to[id] = struct{}{}
		}
	}
	p.hear(n.accounts[0], store.RelayID(n.event), func(st *standing) {
		switch n.kind {
		case noticeSeen:
			st.seen = sighting{time.UnixMilli(int64(n.number >> 1)), to}
		case noticeAvailable:
			st.available, st.to = n.number>>1 == 1, to
		}
	})
}

// knows reports whether there is something to say of an account.
func (p *presences) knows(account ident.AccountID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.available[account]) > 0 || !p.lastSeen[account].at.IsZero()
}

// hear notes what a relay says of an account, if anybody here wants to know.
func (p *presences) hear(account ident.AccountID, relay store.RelayID, change func(*standing)) {
	p.mu.Lock()
	if len(p.watchers[account]) == 0 {
		p.mu.Unlock()
		return
	}
	before := p.viewsLocked(account)
	if p.elsewhere == nil {
		p.elsewhere = make(map[ident.AccountID]map[store.RelayID]standing)
	}
	if p.elsewhere[account] == nil {
		p.elsewhere[account] = make(map[store.RelayID]standing)
	}
	st := p.elsewhere[account][relay]
	change(&st)
	p.elsewhere[account][relay] = st
	changed := p.changesLocked(account, before)
	p.mu.Unlock()
	tellPresence(changed)
}

// keep forgets what relays have said that run no more.
func (p *presences) keep(running []store.RelayID) {
	p.mu.Lock()
	var changed []presenceNews
	for account, standings := range p.elsewhere {
		before := p.viewsLocked(account)
		for relay := range standings {
			if !slices.Contains(running, relay) {
				delete(standings, relay)
			}
		}
		changed = append(changed, p.changesLocked(account, before)...)
	}
	p.mu.Unlock()
	tellPresence(changed)
}
