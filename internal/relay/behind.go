package relay

import (
	"context"
	"slices"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

const (
	// behindPage is how many accounts' feeds are read in one snapshot.
	behindPage = 256
	// behindRetry is how long a reading that failed waits for the next.
	behindRetry = 250 * time.Millisecond
)

// behind are the accounts of which devices here have not got what is in the feed: another relay
// has put it there.
type behind struct {
	accountSet
	// wake is signalled when there is one.
	wake chan struct{}
}

func (b *behind) add(account ident.AccountID) {
	b.mark(account)
	signal(b.wake)
}

// moved notes how far an account's feed has come.
func (r *Relay) moved(account ident.AccountID, position uint64) {
	o := r.hub.find(account)
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.head = max(o.head, position)
	if _, isBehind := o.slowestLocked(); isBehind {
		r.others.behind.add(account)
	}
}

// slowestLocked returns the earliest position of a session that gets pushes and has not got all.
func (o *online) slowestLocked() (after uint64, isBehind bool) {
	after = o.head
	for _, s := range o.sessions {
		if position, live := s.pushed(); live && position < after {
			after, isBehind = position, true
		}
	}
	return after, isBehind
}

// deliverBehind reads feeds and pushes what is in them, until the relay stops.
func (o *others) deliverBehind() {
	r := o.relay
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-o.behind.wake:
		}
		for page := range slices.Chunk(o.behind.take(), behindPage) {
			if err := r.pushFeeds(r.ctx, page); err != nil && r.ctx.Err() == nil {
				r.tellTrouble(r.log, "feeds cannot be read", err)
				for _, account := range page {
					o.behind.add(account)
				}
				_ = pause(r.ctx, behindRetry) // it ends with the relay
			}
		}
	}
}

// fed is what was read of an account's feed.
type fed struct {
	account ident.AccountID
	online  *online
	after   uint64
	entries []store.FeedEntry
}

// pushFeeds brings the sessions of accounts to the heads of their feeds.
func (r *Relay) pushFeeds(ctx context.Context, accounts []ident.AccountID) error {
	var all []fed
	for _, account := range accounts {
		o := r.hub.find(account)
		if o == nil {
			continue
		}
		o.mu.Lock()
		after, isBehind := o.slowestLocked()
		o.mu.Unlock()
		if isBehind {
			all = append(all, fed{account: account, online: o, after: after})
		}
	}
	if len(all) == 0 {
		return nil
	}
	var entries [][]store.FeedEntry
	err := r.store.View(ctx, func(reader store.Reader) (err error) {
		places := make([]store.Place, len(all))
		for i, f := range all {
			places[i] = store.Place{Account: f.account, Position: f.after}
		}
		entries, err = reader.(store.SharedReader).PullFeeds(places, wire.MaxPull, pushLimit)
		return err
	})
	if err != nil {
		return err
	}
	for i := range all {
		all[i].entries = entries[i]
		r.pushFed(&all[i])
	}
	return nil
}

// pushFed pushes what was read. If there was more than is read at a time, it is read next.
func (r *Relay) pushFed(f *fed) {
	f.online.mu.Lock()
	defer f.online.mu.Unlock()
	for i := range f.entries {
		var frame wire.Encoded
		e := &f.entries[i]
		for _, s := range f.online.sessions {
			position, live := s.pushed()
			// Who is between after and here has got what was read before this entry.
			if !live || position < f.after || position >= e.Position {
				continue
			}
			if frame.Len() == 0 {
				frame.Rest = encodeEvent(&wire.FeedEntries{Entries: []*wire.Entry{wireEntry(*e)}})
			}
			s.push(e.Position, frame, eventPause)
		}
	}
	if _, isBehind := f.online.slowestLocked(); isBehind && len(f.entries) > 0 {
		r.others.behind.add(f.account)
	}
}

// endForNow ends the sessions of a device whose connection is before a number; it may come back.
func (r *Relay) endForNow(account ident.AccountID, device ident.DeviceID, before uint64) {
	for _, s := range r.hub.sessionsOf(account) {
		// One that is entering is newer than what was said of the device so far.
		if number := s.connection.Load(); s.who.device == device && number > 0 && number < before {
			s.endForNow()
		}
	}
}

// endForNow ends the connection; the device may come back.
func (s *Session) endForNow() {
	s.end(&wire.Closing{RetryAfterMS: uint64(s.relay.settings.ReconnectAfter.Milliseconds())})
}
