package sim

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"parley/wire"
)

// errBroken is what an end of a connection sees that does not carry any more.
var errBroken = errors.New("the connection broke")

// silence is how long the relay's end believes in a silent connection, as
// internal/httpapi does.
const silence = 100 * time.Second

// network carries frames late, and loses connections: both ends notice, or one,
// or none; with what is on its way, or without.
type network struct {
	mu     sync.Mutex
	random *rand.Rand
	calm   bool
	breaks int
	conns  map[*connection]struct{}
}

func newNetwork(seed uint64) *network {
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // decides what goes wrong, guards nothing
	return &network{random: random, conns: map[*connection]struct{}{}}
}

// setCalm ends or begins the loss of connections.
func (n *network) setCalm(calm bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calm = calm
}

func (n *network) broken() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.breaks
}

// connect joins a device to the relay.
func (n *network) connect(name string) *connection {
	c := &connection{network: n, name: name, up: newLink(), down: newLink()}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conns[c] = struct{}{}
	return c
}

func (n *network) forget(c *connection) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.conns, c)
}

// each calls f for the connections of a device, or with "" for all.
func (n *network) each(name string, f func(*connection)) {
	n.mu.Lock()
	var found []*connection
	for c := range n.conns {
		if name == "" || c.name == name {
			found = append(found, c)
		}
	}
	n.mu.Unlock()
	for _, c := range found {
		f(c)
	}
}

// carries reports whether a device has a connection that carries frames both ways.
func (n *network) carries(name string) (carries bool) {
	n.each(name, func(c *connection) { carries = carries || c.up.carries() && c.down.carries() })
	return carries
}

// Frames come late by up to slow, some by up to slowest; one in lossy breaks its
// connection.
const (
	slow    = 150 * time.Millisecond
	slowest = 8 * time.Second
	late    = 60
	lossy   = 150
)

// fate is what becomes of a frame.
func (n *network) fate() (delay time.Duration, loss int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delay = time.Duration(1 + n.random.Int64N(int64(slow)))
	roll, kind := n.random.IntN(lossy), 1+n.random.IntN(4)
	if slowly := n.random.IntN(late) == 0; slowly && !n.calm {
		delay += time.Duration(n.random.Int64N(int64(slowest)))
	}
	if n.calm || roll > 0 {
		return delay, 0
	}
	n.breaks++
	return delay, kind
}

// connection is a pair of links.
type connection struct {
	network  *network
	name     string
	up, down *link
}

// carry puts a frame on a link, or breaks the connection in its place.
func (c *connection) carry(l *link, frame []byte) error {
	delay, loss := c.network.fate()
	switch loss {
	case 1: // both ends notice; what was on its way is lost
		c.cut()
	case 2: // what was on its way arrives; the other direction is lost
		l.end()
		c.other(l).cut()
	case 3: // nobody notices
		c.vanish()
	case 4: // this direction is lost, and nobody notices
		l.vanish()
	}
	return l.put(frame, delay)
}

func (c *connection) other(l *link) *link {
	if l == c.up {
		return c.down
	}
	return c.up
}

func (c *connection) cut() {
	c.up.cut()
	c.down.cut()
	c.network.forget(c)
}

// vanish has everything disappear from now on without a sign.
func (c *connection) vanish() {
	c.up.vanish()
	c.down.vanish()
}

// deviceEnd implements client.Conn.
type deviceEnd struct{ *connection }

func (e deviceEnd) Read(ctx context.Context) ([]byte, error) { return e.down.take(ctx, 0) }

func (e deviceEnd) Write(_ context.Context, frame []byte) error { return e.carry(e.up, frame) }

func (e deviceEnd) Close() error {
	e.up.end()
	e.down.cut()
	return nil
}

// relayEnd implements relay.Conn.
type relayEnd struct{ *connection }

func (e relayEnd) WriteFrames(frames []wire.Encoded) error {
	for _, f := range frames {
		if err := e.carry(e.down, f.AppendTo(nil)); err != nil {
			return err
		}
	}
	return nil
}

func (e relayEnd) Close() {
	e.down.end()
	e.up.cut()
	e.network.forget(e.connection)
}

// link is one direction: frames arrive in order.
type link struct {
	mu     sync.Mutex
	frames []frame
	// ended: nothing follows; isCut: nothing arrives; vanished: nothing is put.
	ended, isCut, vanished bool
	changed                chan struct{}
}

type frame struct {
	bytes []byte
	due   time.Time
}

func newLink() *link { return &link{changed: make(chan struct{}, 1)} }

func (l *link) put(b []byte, delay time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.isCut || l.ended:
		return errBroken
	case l.vanished:
		return nil
	}
	due := time.Now().Add(delay)
	if n := len(l.frames); n > 0 && l.frames[n-1].due.After(due) {
		due = l.frames[n-1].due
	}
	l.frames = append(l.frames, frame{append([]byte(nil), b...), due})
	l.signal()
	return nil
}

func (l *link) signal() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

func (l *link) end()    { l.set(func() { l.ended = true }) }
func (l *link) cut()    { l.set(func() { l.isCut = true }) }
func (l *link) vanish() { l.set(func() { l.vanished, l.frames = true, nil }) }

func (l *link) carries() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.ended && !l.isCut && !l.vanished
}

func (l *link) set(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f(); l.ended && l.vanished {
		l.ended = false // the end does not arrive, either
	}
	l.signal()
}

// take waits for the next frame, with a patience other than 0 for that long.
func (l *link) take(ctx context.Context, patience time.Duration) ([]byte, error) {
	until := time.Now().Add(patience)
	for {
		b, wait, err := l.next()
		if b != nil || err != nil {
			return b, err
		}
		if patience > 0 && time.Until(until) <= 0 {
			return nil, errBroken
		}
		if patience > 0 && (wait < 0 || wait > time.Until(until)) {
			wait = time.Until(until)
		}
		var timer <-chan time.Time
		if wait >= 0 {
			timer = time.After(wait)
		}
		select {
		case <-timer:
		case <-l.changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// next returns a frame that has arrived, else how long until one will,
// negative if none is on its way.
func (l *link) next() ([]byte, time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.isCut, l.ended && len(l.frames) == 0:
		return nil, 0, errBroken
	case len(l.frames) == 0:
		return nil, -1, nil
	}
	if wait := time.Until(l.frames[0].due); wait > 0 {
		return nil, wait, nil
	}
	b := l.frames[0].bytes
	l.frames = l.frames[1:]
	return b, 0, nil
}
