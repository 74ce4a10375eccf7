package applock

import (
	"context"
	"errors"
	"slices"
	"sync"

	"parley/client/api"
	"parley/client/json"
)

// session is the inner core from opening to closing.
type session struct {
	core        Inner
	ctx         context.Context
	cancel      context.CancelFunc // ends calls under way
	calls       sync.WaitGroup
	unsubscribe func()
}

// errEnded: the app lock of a device that was given back was called.
var errEnded = errors.New("the device was closed")

// Call implements api.Core. Calls wait while the lock is turned on or off; those
// that were under way then are repeated, which does no harm.
func (c *Core) Call(ctx context.Context, method string, params json.RawMessage) (json.RawMessage, error) {
	if change := methods[method]; change != nil {
		if err := change(c, ctx, params); err != nil {
			return nil, c.present(method, err)
		}
		return encode(c.Status()), nil
	}
	for {
		s, err := c.enter(ctx)
		if err != nil {
			return nil, err
		}
		result, err := s.call(ctx, method, params)
		if err == nil || s.ctx.Err() == nil || ctx.Err() != nil {
			return result, err
		}
	}
}

// enter finds the inner core for a call, which must leave it by calls.Done.
func (c *Core) enter(ctx context.Context) (*session, error) {
	for {
		c.mu.Lock()
		s, changed, err := c.session, c.changed, c.failure
		switch {
		case c.closed:
			err = errEnded
		case s != nil:
			s.calls.Add(1)
			err = nil
		case c.locked:
			err = api.ErrLocked
		}
		c.mu.Unlock()
		if s != nil && err == nil || err != nil {
			return s, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *session) call(ctx context.Context, method string, params json.RawMessage) (json.RawMessage, error) {
	defer s.calls.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	return s.core.Call(ctx, method, params)
}

// begin opens the inner core on a database. The caller holds opMu, or nobody
// else knows c yet.
func (c *Core) begin(ctx context.Context, name string, key []byte) error {
	db, err := c.cfg.Files.Open(ctx, name, key)
	if err != nil {
		return err
	}
	core, err := c.cfg.Open(ctx, db)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	s := &session{core: core, unsubscribe: core.Subscribe(c.listeners.emit)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	c.set(s, false, nil)
	return nil
}

// end closes the inner core, if there is one, when its calls have ended. New
// calls wait until set is called. The caller holds opMu.
func (c *Core) end() error {
	c.mu.Lock()
	s := c.session
	c.session = nil
	c.mu.Unlock()
	if s == nil {
		return nil
	}
	s.cancel()
	s.unsubscribe()
	err := s.core.Close()
	s.calls.Wait()
	return err
}

// set says where calls go from now on.
func (c *Core) set(s *session, locked bool, failure error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session, c.locked, c.failure = s, locked, failure
	close(c.changed)
	c.changed = make(chan struct{})
}

// listeners are the subscribers. They get one event at a time.
type listeners struct {
	mu   sync.Mutex
	all  []*listener
	turn sync.Mutex
}

type listener struct {
	f func(event string, data json.RawMessage)
}

func (l *listeners) add(f func(event string, data json.RawMessage)) (cancel func()) {
	added := &listener{f}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(slices.Clone(l.all), added)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.all = slices.DeleteFunc(slices.Clone(l.all), func(other *listener) bool { return other == added })
	}
}

func (l *listeners) emit(event string, data json.RawMessage) {
	l.turn.Lock()
	defer l.turn.Unlock()
	l.mu.Lock()
	all := l.all
	l.mu.Unlock()
	for _, listener := range all {
		listener.f(event, data)
	}
}
