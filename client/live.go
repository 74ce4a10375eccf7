package client

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"parley/client/api"
	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// live is what is known now and never stored: the connection, who types, who
// is there. It has its own lock, which is taken last.
type live struct {
	mu *sync.Mutex
	// clockOffset is this clock minus the relay's, milliseconds.
	clockOffset *atomic.Int64
	// keyPackages is how many one-time key packages lie at the relay, of the cipher
	// suite that has the fewest; negative if unknown.
	keyPackages *atomic.Int64
	connection  api.Connection
	problem     *api.Error
	retryAt     int64
	changedCh   chan struct{} // closed and replaced whenever connection changes
	caughtUp    bool
	presence    map[ident.AccountID]presence
	typing      map[ident.ChatID]time.Time
	available   bool
}

type presence struct {
	available bool
	lastSeen  int64
}

func newLive() live {
	keyPackages := new(atomic.Int64)
	keyPackages.Store(-1)
	return live{
		mu: new(sync.Mutex), clockOffset: new(atomic.Int64), keyPackages: keyPackages, connection: api.ConnectionOffline,
		changedCh: make(chan struct{}),
		presence:  map[ident.AccountID]presence{}, typing: map[ident.ChatID]time.Time{},
	}
}

// begin says that the first attempt to connect is about to be made.
func (l *live) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.setLocked(api.ConnectionConnecting, nil, 0)
}

// forgetPresence forgets who is there: it is told anew.
func (l *live) forgetPresence() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.presence)
}

// loseSight forgets who is there and who types, which nobody tells without a
// connection, and returns the chats that showed it. When somebody was last seen
// stays true.
func (l *live) loseSight() []ident.ChatID {
	l.mu.Lock()
	defer l.mu.Unlock()
	chats := slices.Collect(maps.Keys(l.typing))
	clear(l.typing)
	for account, p := range l.presence {
		if p.available {
			chats = append(chats, ident.ChatWith(account))
			l.presence[account] = presence{lastSeen: p.lastSeen}
		}
	}
	return chats
}

func (l *live) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.presence)
	clear(l.typing)
	l.setLocked(api.ConnectionOffline, nil, 0)
}

// setLocked changes the connection and wakes those who wait for that.
func (l *live) setLocked(state api.Connection, problem *api.Error, retryAt int64) {
	l.connection, l.problem, l.retryAt = state, problem, retryAt
	close(l.changedCh)
	l.changedCh = make(chan struct{})
}

// connecting returns a channel that is closed at the next change if an attempt
// to connect is under way, else nil.
func (l *live) connecting() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.connection != api.ConnectionConnecting {
		return nil
	}
	return l.changedCh
}

func (c *Client) setClockOffset(ms int64) {
	old := c.live.clockOffset.Swap(ms)
	if clockWrong(old) != clockWrong(ms) {
		c.publishStatus()
	}
}

func clockWrong(offsetMS int64) bool {
	return max(offsetMS, -offsetMS) > wire.ClockTolerance.Milliseconds()
}

func (c *Client) setConnection(state api.Connection, problem *api.Error, retryAt int64) {
	c.live.mu.Lock()
	c.live.setLocked(state, problem, retryAt)
	c.live.mu.Unlock()
	c.publishStatus()
}

// setOffline tells people why there is no connection and when the next attempt is.
func (c *Client) setOffline(err error, wait time.Duration) {
	c.setCaughtUp(false)
	var problem *api.Error
	if !errors.As(c.present("connect", err), &problem) {
		problem = api.ErrRelayUnreachable
	}
	c.setConnection(api.ConnectionOffline, problem, c.cfg.Now().Add(wait).UnixMilli())
	for _, chat := range c.live.loseSight() {
		c.publishChat(chat)
	}
}

// setProblem shows why something waits although the connection stands.
func (c *Client) setProblem(err error) {
	var known *api.Error
	var fromRelay *wire.Error
	switch {
	case errors.As(err, &known):
	case errors.Is(err, mls.ErrInvalidLeaf):
		known = errUnverified
	case hasCode(err, wire.ErrorStorageFull, wire.ErrorRateLimited, wire.ErrorInternal, wire.ErrorUnavailable):
		errors.As(err, &fromRelay)
		known = relayError(fromRelay)
	case c.isFull(err):
		known = api.ErrStorageFull
	case c.isStorage(err):
		known = api.ErrStorage
	default:
		return // mended by itself, or by the next commit
	}
	c.setConnection(api.ConnectionOnline, known, 0)
}

func (c *Client) setSession(s *session) {
	c.mu.Lock()
	c.session = s
	c.mu.Unlock()
	if s != nil {
		c.setConnection(api.ConnectionOnline, nil, 0)
	}
}

func (c *Client) setCaughtUp(caughtUp bool) {
	c.live.mu.Lock()
	changed := c.live.caughtUp != caughtUp
	if changed {
		c.live.caughtUp = caughtUp
		if caughtUp {
			c.live.problem = nil
		}
	}
	c.live.mu.Unlock()
	if changed {
		c.publishStatus()
	}
}

// connected is online, but while an attempt to connect is under way it waits
// for the outcome: a device that has just been started can be asked at once.
func (c *Client) connected(ctx context.Context) (*session, error) {
	for {
		changed := c.live.connecting()
		s, err := c.online()
		if err == nil || changed == nil {
			return s, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// online returns the session, or why there is none.
func (c *Client) online() (*session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.identity == nil || c.identity.LoggedOut:
		return nil, api.ErrNotRegistered
	case c.session == nil:
		return nil, api.ErrRelayUnreachable
	}
	return c.session, nil
}

// getStatus implements api.GetStatus.
func (c *Client) getStatus(ctx context.Context, _ api.None) (api.Status, error) {
	var s api.Status
	err := c.view(ctx, func(tx *tx) error {
		var err error
		s, err = tx.showStatus()
		return err
	})
	return s, err
}

func (t *tx) showStatus() (api.Status, error) {
	c := t.c
	s := api.Status{State: api.StateNew, Storage: c.cfg.Storage, Version: c.cfg.Version, ClockOffsetMS: c.clockOffset()}
	s.ClockWrong = clockWrong(s.ClockOffsetMS)
	c.live.mu.Lock()
	s.Connection, s.ConnectionProblem, s.RetryAt, s.CaughtUp = c.live.connection, c.live.problem, c.live.retryAt, c.live.caughtUp
	c.live.mu.Unlock()
	id := t.identity
	if id == nil {
		if c.linking() {
			s.State = api.StateLinking
		}
		return s, nil
	}
	s.State = api.StateReady
	if id.LoggedOut {
		s.State, s.LogoutReason, s.LogoutAfterMS = api.StateLoggedOut, id.LogoutReason, id.LogoutAfter
		if c.linking() {
			s.State = api.StateLinking
		}
		return s, nil
	}
	s.Relay, s.AccountID, s.Phone, s.Name = id.RelayURL, id.Account.String(), string(id.Phone), id.ProfileName
	s.DeviceID, s.Primary = id.Device.String(), id.Primary
	var err error
	if s.PictureAt, err = t.FindAppStateTime(ownPicture); err != nil {
		return s, err
	}
	names, err := t.FindDeviceNames()
	if err != nil {
		return s, err
	}
	s.DeviceName = names[id.Device].Name
	s.Outbox, err = t.CountOutgoing()
	return s, err
}

// publishStatus sends the status as it is now.
func (c *Client) publishStatus() {
	s, err := c.getStatus(context.WithoutCancel(c.ctx), api.None{})
	if err == nil {
		publish(c.bus, api.OnStatus, s)
	}
}

func (c *Client) publishReset() { publish(c.bus, api.OnReset, api.None{}) }
