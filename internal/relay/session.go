package relay

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"parley/ident"
	"parley/wire"
)

// Conn is the connection of a session, as its adapter gives it.
type Conn interface {
	// WriteFrames writes frames in order; it is called by one goroutine at a
	// time and may block for a bounded time. After an error the connection is
	// not used any more.
	WriteFrames(frames []wire.Encoded) error
	// Close ends the connection, so that its reader ends too. It may be called
	// more than once and at any time.
	Close()
}

// stage is how far a connection has come.
type stage uint8

const (
	stageFresh         stage = iota // nothing said yet
	stageGreeted                    // Hello done
	stageAuthenticated              // a device of an account
)

// identity is who is at the other end, after authentication.
type identity struct {
	account ident.AccountID
	device  ident.DeviceID
	primary bool
}

// Session is one connection to the relay.
type Session struct {
	relay   *Relay
	conn    Conn
	number  uint64
	address string

	// Of the goroutine that calls Receive.
	stage stage
	nonce []byte
	calls bucket

	// who is set once, when the session joins the hub.
	who *identity
	// counted is of the hub: the connection is not among the nobody's of its address.
	counted bool
	// connection is the number of the connection among those of the device, on relays that
	// share a database; 0 before it is on disk.
	connection atomic.Uint64
	// elsewhere is set for one that stands for a session of another relay, for one call.
	elsewhere bool

	mu sync.Mutex
	// changed is signalled when the queue shrinks or the session ends.
	changed sync.Cond
	out     []wire.Encoded
	// waiting counts the bytes in out and those being written.
	waiting  int
	inFlight int
	// position is the feed position last pushed; entries are pushed only while
	// live, which is from when the device has pulled everything.
	position uint64
	acks     acks
	draining bool
	// later is set while events wait to be written, and told is when the last were or will be.
	later  *time.Timer
	told   time.Time
	live   bool
	ending bool // no more frames; close when out is empty
	closed bool // the connection is gone
	idle   *time.Timer
}

// Open takes in a new connection from an address, which is an IP without port.
// It returns nil when the relay is stopping or has too many; the adapter then closes the
// connection. The adapter calls Receive for each message and Close at the end.
func (r *Relay) Open(conn Conn, address string) *Session {
	s := &Session{relay: r, conn: conn, number: r.lastConn.Add(1), address: address}
	s.changed.L = &s.mu
	if !r.hub.add(s, r.settings.Connections, r.settings.ConnectionsPerAddress) {
		r.counters.turnedAway.Inc()
		return nil
	}
	s.mu.Lock()
	s.idle = time.AfterFunc(r.settings.IdleTimeout, s.closeIdle)
	s.mu.Unlock()
	return s
}

// log returns the relay's logger with the number of the connection.
func (s *Session) log() *slog.Logger {
	return s.relay.log.With(slog.Uint64("connection", s.number))
}

// closeIdle ends a connection that did not authenticate in time, unless a new
// device waits at its linking slot.
func (s *Session) closeIdle() {
	waits := s.relay.slots.has(s, s.relay.now())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idle == nil {
		return
	}
	if waits {
		s.idle.Reset(s.relay.settings.IdleTimeout)
		return
	}
	s.endLocked(encodeEvent(&wire.Closing{}))
}

// stopIdleTimer is called at authentication.
func (s *Session) stopIdleTimer() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idle != nil {
		s.idle.Stop()
		s.idle = nil
	}
}

// Receive takes one message from the device and reports whether the session
// goes on. It blocks while the device has too much unread or unwritten.
func (s *Session) Receive(message []byte) bool {
	if !s.waitForRoom() {
		return false
	}
	s.relay.counters.requests.Inc()
	frame, err := wire.Decode(message)
	if err != nil {
		s.answer(0, nil, err)
		return true
	}
	request, ok := frame.Body.(*wire.Request)
	if !ok || frame.ID == 0 || request.Call == nil {
		s.answer(frame.ID, nil, refuse(wire.ErrorMalformed))
		return true
	}
	if wait := s.calls.take(s.relay.now(), s.relay.settings.CallsPerSecond, s.relay.settings.CallBurst); wait > 0 {
		s.answer(frame.ID, nil, refuseUntil(wait))
		return true
	}
	s.handle(frame.ID, request.Call)
	return true
}

// MaxFrame is how long the next message may be, bytes. The goroutine that calls Receive
// may call it.
func (s *Session) MaxFrame() int64 {
	if s.stage == stageAuthenticated {
		return wire.MaxFrame
	}
	return wire.MaxEarlyFrame
}

// RefuseLarge answers a message that the adapter did not read because it is
// above MaxFrame.
func (s *Session) RefuseLarge() { s.answer(0, nil, refuse(wire.ErrorTooLarge)) }

// gone reports whether nothing more reaches the device.
func (s *Session) gone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed || s.ending
}

// Close forgets the session: its connection is gone.
func (s *Session) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.out = nil
	if s.idle != nil {
		s.idle.Stop()
		s.idle = nil
	}
	s.changed.Broadcast()
	s.mu.Unlock()
	s.conn.Close()
	s.relay.slots.leave(s)
	s.relay.presence.leave(s)
	if s.who != nil {
		// Before it leaves the hub: retention must find it in one of the two.
		s.relay.touches.leave(s)
	}
	s.relay.hub.remove(s)
}
