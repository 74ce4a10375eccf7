package client

import (
	"sync"

	"parley/client/api"
	"parley/client/json"
)

// busLimit is how many events a subscriber may be behind; past it everything
// it missed is replaced by one reset event.
const busLimit = 4096

// bus hands events to subscribers, in order, each from its own goroutine.
type bus struct {
	mu          sync.Mutex
	subscribers map[*subscriber]struct{}
	closed      bool
	done        sync.WaitGroup
}

type busEvent struct {
	name string
	data json.RawMessage
}

type subscriber struct {
	mu    sync.Mutex
	queue []busEvent
	wake  chan struct{}
	stop  chan struct{}
}

func newBus() *bus { return &bus{subscribers: map[*subscriber]struct{}{}} }

func (b *bus) subscribe(f func(event string, data json.RawMessage)) (cancel func()) {
	s := &subscriber{wake: make(chan struct{}, 1), stop: make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return func() {}
	}
	b.subscribers[s] = struct{}{}
	b.done.Go(func() { s.run(f) })
	return func() { b.remove(s) }
}

// remove ends a subscription; a second time, or after close, it does nothing.
func (b *bus) remove(s *subscriber) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.subscribers[s]; ok {
		delete(b.subscribers, s)
		close(s.stop)
	}
}

func (b *bus) close() {
	b.mu.Lock()
	b.closed = true
	for s := range b.subscribers {
		close(s.stop)
	}
	clear(b.subscribers)
	b.mu.Unlock()
	b.done.Wait()
}

// publish queues an event for all; it never blocks.
func publish[D any](b *bus, e api.Event[D], data D) { b.publish(newEvent(e, data)) }

// newEvent is an event with its data as they are now.
func newEvent[D any](e api.Event[D], data D) busEvent { return encodeEvent(e.Name, data) }

func encodeEvent(name string, data any) busEvent {
	encoded, err := json.Marshal(data)
	if err != nil {
		panic("events always encode: " + err.Error())
	}
	return busEvent{name, encoded}
}

func (b *bus) publish(e busEvent) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.subscribers {
		s.add(e)
	}
}

func (s *subscriber) add(e busEvent) {
	s.mu.Lock()
	if len(s.queue) >= busLimit {
		s.queue = []busEvent{{api.OnReset.Name, json.RawMessage("{}")}}
	} else {
		s.queue = append(s.queue, e)
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *subscriber) run(f func(string, json.RawMessage)) {
	for {
		select {
		case <-s.stop:
			return
		case <-s.wake:
		}
		for _, e := range s.take() {
			select {
			case <-s.stop:
				return
			default:
				f(e.name, e.data)
			}
		}
	}
}

func (s *subscriber) take() []busEvent {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.queue
	s.queue = nil
	return taken
}
