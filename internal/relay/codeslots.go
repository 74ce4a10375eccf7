package relay

import (
	"bytes"
	"time"

	"parley/wire"
)

// exchange is what a slot with a code has more than others: two devices agree at
// it on the secret that a QR code would carry. The relay passes their shares on,
// the primary's first; whether they fit the commitment is for devices to judge.
type exchange struct {
	code       string
	commitment []byte
	// primaryShare and newShare are empty until they are there.
	primaryShare, newShare []byte
	// wordsDiffer is how it ended, if a person said so.
	wordsDiffer bool
}

// openCode gives a session a new slot with a code in place of its former one. It
// reports false, and does nothing, if another slot has the code.
func (l *slots) openCode(id slotID, opener *Session, code string, commitment []byte, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byCode[code] != nil {
		return false
	}
	sl := l.openLocked(id, opener, now.Add(wire.CodeSlotLifetime), now)
	sl.exchange = &exchange{code: code, commitment: commitment}
	l.byCode[code] = sl
	return true
}

// claimCode makes a primary the one at the slot of a code, which is good once.
// The same primary may ask again.
func (l *slots) claimCode(code string, who identity, now time.Time) (id slotID, commitment []byte, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl := l.byCode[code]
	if sl == nil {
		return slotID{}, nil, refuse(wire.ErrorLinkCodeUnknown)
	}
	if _, err := l.findLocked(sl.id, now); err != nil {
		return slotID{}, nil, err
	}
	if sl.state == slotOpen {
		sl.state, sl.claimant, sl.until = slotClaimed, who, now.Add(wire.LinkDecisionTime)
	}
	if sl.claimant != who {
		return slotID{}, nil, refuse(wire.ErrorLinkUsed)
	}
	return sl.id, sl.exchange.commitment, nil
}

// hasCode reports whether there is a slot with a code.
func (l *slots) hasCode(code string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byCode[code] != nil
}

// claimedCode reports whether a primary has claimed the slot of a code.
func (l *slots) claimedCode(code string, who identity) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl := l.byCode[code]
	return sl != nil && sl.state != slotOpen && sl.claimant == who
}

// sharePrimary takes the primary's share, once, and returns the new device's or
// nothing. The opener is nil if it knows.
func (l *slots) sharePrimary(id slotID, who identity, share []byte, now time.Time) (other []byte, opener *Session, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl, err := l.claimedLocked(id, who, now)
	switch {
	case err != nil:
		return nil, nil, err
	case sl.exchange == nil:
		return nil, nil, refuse(wire.ErrorMalformed)
	case len(sl.exchange.primaryShare) == 0:
		sl.exchange.primaryShare = share
		return nil, sl.opener, nil
	case !bytes.Equal(sl.exchange.primaryShare, share):
		// Who might try shares until the words are alike gets one try.
		return nil, nil, refuse(wire.ErrorLinkUsed)
	}
	return sl.exchange.newShare, nil, nil
}

// shareNew takes the new device's share, once and after the primary's, and
// returns that one.
func (l *slots) shareNew(id slotID, opener *Session, share []byte, now time.Time) (other []byte, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl, err := l.openedLocked(id, opener, now)
	if err != nil {
		return nil, err
	}
	x := sl.exchange
	if len(x.primaryShare) == 0 {
		return nil, refuse(wire.ErrorMalformed)
	}
	if len(x.newShare) > 0 && !bytes.Equal(x.newShare, share) {
		return nil, refuse(wire.ErrorLinkUsed)
	}
	x.newShare = share
	return x.primaryShare, nil
}

// offer takes the offer of a new device whose person has compared the words.
func (l *slots) offer(id slotID, opener *Session, sealed []byte, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl, err := l.openedLocked(id, opener, now)
	if err != nil {
		return err
	}
	if len(sl.exchange.newShare) == 0 || len(sl.offer) > 0 && !bytes.Equal(sl.offer, sealed) {
		return refuse(wire.ErrorMalformed)
	}
	sl.offer, sl.until = sealed, now.Add(wire.LinkDecisionTime)
	return nil
}

// decline ends a slot with a code for its opener.
func (l *slots) decline(id slotID, opener *Session, wordsDiffer bool, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	sl, err := l.openedLocked(id, opener, now)
	if err != nil {
		return err
	}
	sl.exchange.wordsDiffer = wordsDiffer
	l.overLocked(sl, slotUsed, now)
	return nil
}

// openedLocked returns the slot with a code that a session has opened.
func (l *slots) openedLocked(id slotID, opener *Session, now time.Time) (*slot, error) {
	sl, err := l.findLocked(id, now)
	if err != nil {
		return nil, err
	}
	if sl.opener != opener || sl.exchange == nil {
		return nil, refuse(wire.ErrorLinkUnknown)
	}
	return sl, nil
}
