// Package home lets several processes use one device at a time. A device keeps
// its data in a folder, its home; only one process can have the core on it
// open. The first one does: it holds the lock, opens the core and serves it on
// a Unix socket in the home. Those that come while it runs work through that
// socket. When it ends, even by kill -9, one of them takes its place; calls
// under way are repeated there, and subscribers get the event "reset". If none
// can open the core, each goes on trying: until it works calls fail with the
// reason, and subscribers get one "reset", so that they call and learn of it.
//
//	HOME/core.lock    held by the process that has the core open; never removed
//	HOME/core.sock    the socket, for the user alone
//	HOME/core.socket  where the socket is instead, if the path would be too long
//
// The folder belongs to one user, who may do everything; the package keeps all
// others out by its mode and does not authenticate beyond that.
package home

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"parley/client/api"
	"parley/client/rpc"
)

// ErrBusy says that another process holds the home and does not answer.
var ErrBusy = &api.Error{
	Code:    "home_busy",
	Message: "Another Parley program is using this folder and does not answer. End it, then try again.",
}

// attachTime is how long the process that holds the home may take to answer;
// opening a large database for the first time after an update is the longest.
const attachTime = 20 * time.Second

// After a failure to take another process's place, the wait before the next
// attempt doubles from firstRetry to lastRetry.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 30 * time.Second
)

// Core is a core that this process has opened.
type Core interface {
	api.Core
	Close() error
}

// Config says what to attach to.
type Config struct {
	// Dir is the home; it is made if need be.
	Dir string
	// Open opens the core in this process. It is called when this process is
	// the first one, at once or later.
	Open func(ctx context.Context) (Core, error)
	Log  *slog.Logger
}

// Home is a device's core, in this process or in another one.
type Home struct {
	cfg    Config
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu          sync.Mutex
	current     attachment    // nil while looking for a new one
	changed     chan struct{} // closed when current or failure changes
	failure     error         // why the last attempt found none
	subscribers []*subscriber

	// emitMu makes events come one after the other.
	emitMu sync.Mutex
}

type subscriber struct {
	f func(event string, data json.RawMessage)
}

var _ Core = (*Home)(nil)

// attachment is the core as it is reached at the moment.
type attachment interface {
	api.Core
	// gone is closed when the core cannot be reached this way any more.
	gone() <-chan struct{}
	close() error
}

// Attach reaches the core of a home. The context bounds attaching only; Close
// ends the use.
func Attach(ctx context.Context, cfg Config) (*Home, error) {
	if err := prepare(cfg.Dir); err != nil {
		return nil, err
	}
	h := &Home{cfg: cfg, changed: make(chan struct{})}
	first, err := h.attach(ctx)
	if err != nil {
		return nil, err
	}
	h.current = first
	cancelFirst := first.Subscribe(h.emit)
	ctx, h.cancel = context.WithCancel(context.WithoutCancel(ctx))
	h.done.Go(func() { h.stay(ctx, first, cancelFirst) })
	return h, nil
}

// Close gives the home back. If this process has the core open, it closes it,
// and another process that works through it takes its place.
func (h *Home) Close() error {
	h.cancel()
	h.done.Wait()
	return nil
}

// Call implements api.Core. It repeats the call if the process that had the
// core open has ended meanwhile.
func (h *Home) Call(ctx context.Context, method string, params json.RawMessage) (json.RawMessage, error) {
	params, err := h.repeatable(ctx, method, params)
	if err != nil {
		return nil, err
	}
	for {
		a, err := h.reach(ctx)
		if err != nil {
			return nil, err
		}
		result, err := a.Call(ctx, method, params)
		if !errors.Is(err, rpc.ErrClosed) {
			return result, err
		}
		h.forget(a)
	}
}

// Subscribe implements api.Core.
func (h *Home) Subscribe(f func(event string, data json.RawMessage)) (cancel func()) {
	s := &subscriber{f}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.subscribers = append(slices.Clone(h.subscribers), s)
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.subscribers = slices.DeleteFunc(slices.Clone(h.subscribers), func(other *subscriber) bool { return other == s })
	}
}

// repeatable gives a message an id, so that repeating the call does not send
// it twice.
func (h *Home) repeatable(ctx context.Context, method string, params json.RawMessage) (json.RawMessage, error) {
	if method != api.Send.Name {
		return params, nil
	}
	var send api.SendParams
	if err := json.Unmarshal(params, &send); err != nil {
		return nil, api.ErrBadParams
	}
	if send.ID != "" {
		return params, nil
	}
	id, err := api.Call(ctx, h, api.NewMessageID, api.None{})
	if err != nil {
		return nil, err
	}
	send.ID = id.ID
	return json.Marshal(send)
}

// reach waits until the core can be reached.
func (h *Home) reach(ctx context.Context) (attachment, error) {
	for {
		h.mu.Lock()
		a, err, changed := h.current, h.failure, h.changed
		h.mu.Unlock()
		if a != nil || err != nil {
			return a, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// forget has calls wait for the next attachment.
func (h *Home) forget(a attachment) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.current == a {
		h.setLocked(nil, nil)
	}
}

func (h *Home) setLocked(a attachment, failure error) {
	h.current, h.failure = a, failure
	close(h.changed)
	h.changed = make(chan struct{})
}

// stay keeps the home attached until ctx ends.
func (h *Home) stay(ctx context.Context, a attachment, unsubscribe func()) {
	for a != nil {
		select {
		case <-a.gone():
		case <-ctx.Done():
		}
		h.forget(a)
		unsubscribe()
		if err := a.close(); err != nil {
			h.cfg.Log.Error("close core", slog.Any("error", err))
		}
		if a = h.attachAgain(ctx); a != nil {
			h.emit(api.OnReset.Name, json.RawMessage("{}"))
			unsubscribe = a.Subscribe(h.emit)
		}
	}
}

// attachAgain tries until the core is reached; it returns nil when ctx ends.
// After a failure calls fail with its reason, and a reset has those who only
// listen call and learn of it.
func (h *Home) attachAgain(ctx context.Context) attachment {
	told := false
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		next, err := h.attach(ctx)
		h.mu.Lock()
		h.setLocked(next, err)
		h.mu.Unlock()
		if err == nil || ctx.Err() != nil {
			return next
		}
		h.cfg.Log.Error("open core again", slog.Any("error", err))
		if !told {
			h.emit(api.OnReset.Name, json.RawMessage("{}"))
			told = true
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// emit hands an event to all subscribers.
func (h *Home) emit(event string, data json.RawMessage) {
	h.emitMu.Lock()
	defer h.emitMu.Unlock()
	h.mu.Lock()
	subscribers := h.subscribers
	h.mu.Unlock()
	for _, s := range subscribers {
		s.f(event, data)
	}
}

// attach opens the core, or reaches the process that has.
func (h *Home) attach(ctx context.Context) (attachment, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, attachTime, ErrBusy)
	defer cancel()
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		owner, err := h.open(ctx)
		if err != nil {
			return nil, err
		}
		if owner != nil {
			return owner, nil
		}
		guest, err := visit(h.cfg.Dir)
		if err == nil {
			return guest, nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}
