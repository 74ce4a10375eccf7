package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"parley/client/api"
	"parley/wire"
	"parley/wire/relayurl"
)

// errConnection is wrapped by every error that means: the connection is gone
// or could not be made.
var errConnection = errors.New("no connection to the relay")

// Times of a connection.
const (
	dialTimeout    = 20 * time.Second
	requestTimeout = 30 * time.Second
	// pingInterval notices a dead connection; browsers cannot see WebSocket pings.
	pingInterval = 25 * time.Second
	// pingTimeout is short: the relay answers pings without touching the disk.
	pingTimeout = 10 * time.Second
)

// sessionQueue is how many pushed events may wait for the worker; past it feed
// entries are dropped here and pulled later.
const sessionQueue = 256

// session is one connection to a relay after Hello.
type session struct {
	conn   Conn
	hello  *wire.HelloResult
	events chan *wire.Event
	// closed is closed when the connection has ended; err says why.
	closed chan struct{}

	writeMu sync.Mutex
	mu      sync.Mutex
	nextID  uint64
	waiting map[uint64]chan *wire.Response
	err     error
	// missed: pushed entries were dropped; pull.
	missed bool
}

// socketURL turns the URL of a relay into that of its WebSocket.
func socketURL(relay string) (string, error) {
	u, err := relayurl.Parse(strings.TrimSuffix(strings.TrimSpace(relay), "/"))
	if err != nil {
		return "", api.ErrRelayURL
	}
	return u.WebSocket(wire.SocketPath), nil
}

// connect dials the relay and says hello. The clock is measured on the way.
func (c *Client) connect(ctx context.Context, relay string) (*session, error) {
	address, err := socketURL(relay)
	if err != nil {
		return nil, err
	}
	dialCtx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := c.cfg.Dial(dialCtx, address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errConnection, err)
	}
	s := &session{
		conn: conn, events: make(chan *wire.Event, sessionQueue),
		closed: make(chan struct{}), waiting: map[uint64]chan *wire.Response{},
	}
	if !c.spawn(func() { s.read(c.ctx) }) {
		return nil, errors.Join(errConnection, conn.Close())
	}
	if err := c.sayHello(dialCtx, s); err != nil {
		s.close(err)
		return nil, err
	}
	return s, nil
}

func (c *Client) sayHello(ctx context.Context, s *session) error {
	before := c.cfg.Now()
	hello, err := request[*wire.HelloResult](ctx, s, &wire.Hello{Version: wire.Version, Software: c.software()})
	if err != nil {
		return err
	}
	s.hello = hello
	c.setClockOffset(clockOffset(before, c.cfg.Now(), hello.TimeMS))
	return nil
}

// clockOffset is by how much the clock is ahead of the relay's, milliseconds, which
// told its time somewhere between two moments. If the clock may be right, it is taken
// for right: most are, and the middle of a slow answer is worse than they.
func clockOffset(before, after time.Time, relayMS int64) int64 {
	least, most := before.UnixMilli()-relayMS, after.UnixMilli()-relayMS
	if least <= 0 && most >= 0 {
		return 0
	}
	return least + (most-least)/2
}

func (c *Client) software() string {
	name := "parley/" + c.cfg.Version
	return name[:min(len(name), wire.MaxSoftware)]
}

// request calls the relay and returns the result of type R, or a *wire.Error.
func request[R wire.ResponseResult](ctx context.Context, s *session, call wire.RequestCall) (R, error) {
	var none R
	result, err := s.call(ctx, call)
	if err != nil {
		return none, err
	}
	if e, ok := result.(*wire.Error); ok {
		return none, e
	}
	r, ok := result.(R)
	if !ok {
		return none, wire.NewError(wire.ErrorMalformed)
	}
	return r, nil
}

func (s *session) call(ctx context.Context, call wire.RequestCall) (wire.ResponseResult, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	answer := make(chan *wire.Response, 1)
	s.mu.Lock()
	s.nextID++
	id := s.nextID
	s.waiting[id] = answer
	s.mu.Unlock()
	defer s.forget(id)
	frame := wire.Encode(&wire.Frame{ID: id, Body: &wire.Request{Call: call}})
	s.writeMu.Lock()
	err := s.conn.Write(ctx, frame)
	s.writeMu.Unlock()
	if err != nil {
		s.close(err)
		return nil, fmt.Errorf("%w: %w", errConnection, err)
	}
	select {
	case r := <-answer:
		return r.Result, nil
	case <-s.closed:
		return nil, fmt.Errorf("%w: %w", errConnection, s.reason())
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", errConnection, ctx.Err())
	}
}

func (s *session) forget(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, id)
}

// read takes frames until the connection ends.
func (s *session) read(ctx context.Context) {
	for {
		message, err := s.conn.Read(ctx)
		if err != nil {
			s.close(fmt.Errorf("%w: %w", errConnection, err))
			return
		}
		frame, err := wire.Decode(message)
		if err != nil {
			s.close(fmt.Errorf("%w: %w", errConnection, err))
			return
		}
		switch body := frame.Body.(type) {
		case *wire.Response:
			s.answer(frame.ID, body)
		case *wire.Event:
			s.queue(body)
		}
	}
}

func (s *session) answer(id uint64, r *wire.Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer, ok := s.waiting[id]; ok && r.Result != nil {
		answer <- r
		delete(s.waiting, id)
	}
}

func (s *session) queue(e *wire.Event) {
	if e.Happening == nil {
		return
	}
	if out, ok := e.Happening.(*wire.LoggedOut); ok {
		s.close(&loggedOutError{out.Reason, int64(out.AfterMS)})
		return
	}
	select {
	case s.events <- e:
	default:
		s.mu.Lock()
		s.missed = true
		s.mu.Unlock()
	}
}

// takeMissed reports whether entries must be pulled, and forgets it.
func (s *session) takeMissed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	missed := s.missed
	s.missed = false
	return missed
}

// close ends the connection; the first reason counts.
func (s *session) close(reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	s.err = reason
	close(s.closed)
	_ = s.conn.Close() // it is given up in any case
}

func (s *session) reason() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// loggedOutError says that the relay told this device to leave.
type loggedOutError struct {
	reason wire.LogoutReason
	// after is the silence that was allowed, milliseconds.
	after int64
}

func (e *loggedOutError) Error() string { return "the relay logged this device out" }
