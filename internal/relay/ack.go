package relay

import (
	"time"

	"parley/internal/store"
	"parley/wire"
)

// After one acknowledgement of a feed the next waits for those behind it: a device in a busy
// group says many times a second how far it is, and the last of them says all. It waits longer
// where the store has much to do, and not at all behind one that took longer than the longest
// pause: it has waited for that. Devices go on meanwhile; only their senders see the second tick
// later, and a program that ends when all is acknowledged ends later. One that is lost with the
// relay is said again.
const (
	ackPause     = 50 * time.Millisecond
	ackPauseMost = time.Second
	// ackTimes is the pause in times of what the last acknowledgement took.
	ackTimes = 4
)

// acks are a session's acknowledgements that are not on their way to the disk yet.
type acks struct {
	// last is when the last went to the store, and took how long it was on its way there.
	last time.Time
	took time.Duration
	// position is the highest that waits, for the requests.
	position uint64
	requests []uint64
}

// ack moves the device's cursor, and tells the senders if the device is the first of its
// account to have an entry.
func (s *Session) ack(id uint64, m *wire.Ack) {
	s.begin()
	switch wait, first := s.holdAck(id, m.Position); {
	case !first: // it goes with the one before it
	case wait > 0:
		time.AfterFunc(wait, s.flushAcks)
	default:
		s.flushAcks()
	}
}

// holdAck puts an acknowledgement to those that wait. first says that it is the only one, and
// wait how long it is to be held.
func (s *Session) holdAck(id, position uint64) (wait time.Duration, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &s.acks
	a.position = max(a.position, position)
	a.requests = append(a.requests, id)
	pause := min(max(ackTimes*a.took, ackPause), ackPauseMost)
	return pause - time.Since(a.last), len(a.requests) == 1
}

// flushAcks brings what waits to the disk and answers the requests.
func (s *Session) flushAcks() {
	s.mu.Lock()
	position, requests := s.acks.position, s.acks.requests
	began := time.Now()
	s.acks = acks{last: began, took: s.acks.took}
	s.mu.Unlock()
	var news []receiptNews
	hint := store.Hint{Kind: store.HintAck, Device: s.who.device, Position: position}
	s.relay.store.SubmitHinted(hint, func(tx store.Tx) (err error) {
		news, err = s.ackIn(tx, position)
		return err
	}, func(err error) {
		s.ackTook(time.Since(began))
		for _, id := range requests {
			s.finish(id, &wire.Done{}, err)
		}
		if err == nil {
			s.relay.dirty.mark(s.who.account)
			s.relay.wakes.acked(s.who.device, position)
			s.relay.announce(news)
		}
	})
}

func (s *Session) ackTook(took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acks.took = took
}

func (s *Session) ackIn(tx store.Tx, position uint64) ([]receiptNews, error) {
	receipts, err := tx.Ack(s.who.device, position, s.relay.now())
	if err != nil {
		return nil, missing(err, wire.ErrorDeviceRemoved)
	}
	news := make([]receiptNews, 0, len(receipts))
	for i := range receipts {
		accounts, err := hearers(tx, &receipts[i], receipts[i].Delivered)
		if err != nil {
			return nil, err
		}
		news = append(news, receiptNews{receipts[i], accounts})
	}
	notifyReceipts(tx, news)
	return news, nil
}
