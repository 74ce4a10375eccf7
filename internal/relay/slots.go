package relay

import (
	"bytes"
	"sync"
	"time"

	"parley/wire"
)

// slotID names a linking slot.
type slotID [wire.IDSize]byte

// slotState is where a linking slot stands.
type slotState uint8

const (
	slotOpen    slotState = iota
	slotClaimed           // by the primary of an account, whose person decides
	slotUsed              // accepted or rejected
	slotExpired           // too old, or its opener is gone
)

// slot is a place where a new device waits for a primary.
type slot struct {
	id     slotID
	offer  []byte
	opener *Session
	state  slotState
	// until is when the present state ends.
	until time.Time
	// claimant is who claimed it.
	claimant identity
	// certificate is of the device that was added; nil if it was rejected.
	certificate []byte
	// exchange is nil at a slot whose secret is in a QR code.
	exchange *exchange
}

// slots are the linking slots; they are in memory, for the connections that
// they are bound to do not outlive the process.
type slots struct {
	mu       sync.Mutex
	byID     map[slotID]*slot
	byOpener map[*Session]*slot
	byCode   map[string]*slot
}

// open gives a session a new slot in place of its former one.
func (l *slots) open(id slotID, opener *Session, offer []byte, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.openLocked(id, opener, now.Add(wire.LinkSlotLifetime), now).offer = offer
}

func (l *slots) openLocked(id slotID, opener *Session, until, now time.Time) *slot {
	if l.byID == nil {
		l.byID, l.byOpener, l.byCode = make(map[slotID]*slot), make(map[*Session]*slot), make(map[string]*slot)
	}
	l.leaveLocked(opener, now)
	sl := &slot{id: id, opener: opener, until: until}
	l.byID[id], l.byOpener[opener] = sl, sl
	return sl
}

// leave ends the slot of a session.
func (l *slots) leave(opener *Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leaveLocked(opener, opener.relay.now())
}

func (l *slots) leaveLocked(opener *Session, now time.Time) {
	if sl := l.byOpener[opener]; sl != nil {
		state := slotExpired
		if sl.state == slotUsed {
			state = slotUsed
		}
		l.overLocked(sl, state, now)
	}
}

// overLocked leaves of a slot only its name, who had claimed it and how it ended.
func (l *slots) overLocked(sl *slot, state slotState, now time.Time) {
	delete(l.byOpener, sl.opener)
	sl.state, sl.until = state, now.Add(slotMemory)
	sl.offer, sl.opener = nil, nil
	if sl.exchange != nil {
		sl.exchange = &exchange{code: sl.exchange.code, wordsDiffer: sl.exchange.wordsDiffer}
	}
}

// has reports whether a session's slot is still good.
func (l *slots) has(opener *Session, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl := l.byOpener[opener]
	return sl != nil && !now.After(sl.until)
}

// claim hands the offer of an open slot to a primary. The same primary may ask
// again until it has decided; the opener is nil then, for it knows.
func (l *slots) claim(id slotID, who identity, now time.Time) (offer []byte, opener *Session, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl, err := l.findLocked(id, now)
	if err != nil {
		return nil, nil, err
	}
	if sl.state == slotClaimed && sl.claimant == who {
		return sl.offer, nil, sl.waits()
	}
	if sl.exchange != nil && sl.state == slotOpen {
		return nil, nil, refuse(wire.ErrorLinkUnknown) // it is found by its code alone
	}
	if sl.state != slotOpen {
		return nil, nil, refuse(wire.ErrorLinkUsed)
	}
	sl.state, sl.claimant, sl.until = slotClaimed, who, now.Add(wire.LinkDecisionTime)
	return sl.offer, sl.opener, nil
}

// claimed reports whether a primary has claimed a slot.
func (l *slots) claimed(id slotID, who identity) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl := l.byID[id]
	return sl != nil && sl.state != slotOpen && sl.claimant == who
}

// waits returns LINK_WAITING while there is no offer to decide on.
func (sl *slot) waits() error {
	if len(sl.offer) > 0 {
		return nil
	}
	e := refuse(wire.ErrorLinkWaiting)
	e.RetryAfterMS = uint64(wire.LinkPoll.Milliseconds())
	return e
}

// check returns whether a slot that the primary has claimed waits for its
// decision and has its opener still.
func (l *slots) check(id slotID, who identity, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl, err := l.claimedLocked(id, who, now)
	if err != nil {
		return err
	}
	return sl.waits()
}

// finish ends a slot that the primary has claimed, with the certificate of the
// device that was added or nil, and returns its opener.
func (l *slots) finish(id slotID, who identity, certificate []byte, now time.Time) (*Session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl, err := l.claimedLocked(id, who, now)
	if err != nil {
		return nil, err
	}
	opener := sl.opener
	l.overLocked(sl, slotUsed, now)
	sl.certificate = certificate
	return opener, nil
}

// finished reports whether the primary has ended a slot in this very way.
func (l *slots) finished(id slotID, who identity, certificate []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl := l.byID[id]
	return sl != nil && sl.state == slotUsed && sl.claimant == who && bytes.Equal(sl.certificate, certificate)
}

func (l *slots) claimedLocked(id slotID, who identity, now time.Time) (*slot, error) {
	sl, err := l.findLocked(id, now)
	if err != nil {
		return nil, err
	}
	if sl.state != slotClaimed || sl.claimant != who {
		return nil, refuse(wire.ErrorLinkUnknown)
	}
	if sl.opener.gone() {
		return nil, refuse(wire.ErrorLinkExpired)
	}
	return sl, nil
}

// findLocked returns a slot that is not over.
func (l *slots) findLocked(id slotID, now time.Time) (*slot, error) {
	sl := l.byID[id]
	if sl == nil {
		return nil, refuse(wire.ErrorLinkUnknown)
	}
	if now.After(sl.until) && sl.opener != nil {
		l.overLocked(sl, slotExpired, now)
	}
	switch sl.state {
	case slotUsed:
		if sl.exchange != nil && sl.exchange.wordsDiffer {
			return nil, refuse(wire.ErrorLinkWordsDiffer)
		}
		return nil, refuse(wire.ErrorLinkUsed)
	case slotExpired:
		return nil, refuse(wire.ErrorLinkExpired)
	}
	return sl, nil
}

// sweep forgets slots that were over long ago.
func (l *slots) sweep(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, sl := range l.byID {
		switch {
		case !now.After(sl.until):
		case sl.opener != nil:
			l.overLocked(sl, slotExpired, now)
		default:
			delete(l.byID, id)
			if sl.exchange != nil {
				delete(l.byCode, sl.exchange.code)
			}
		}
	}
}
