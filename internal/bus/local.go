package bus

import (
	"context"
	"slices"
	"sync"
)

// waiting is how many messages wait for one member; more are lost.
const waiting = 4096

// Local is a bus inside a process. A relay that is alone on its database is its only member, and
// says everything to nobody.
type Local struct {
	mu      sync.Mutex
	members []*member
}

// member implements Bus.
type member struct {
	local *Local
	queue chan func()
	over  chan struct{}
	// hears is for the first subscription, ends for Close.
	hears, ends sync.Once

	mu       sync.Mutex
	handlers map[string][]func([]byte)
	servers  map[string]func([]byte) []byte
}

var _ Bus = (*member)(nil)

// Join returns the place of another member.
func (l *Local) Join() Bus {
	m := &member{
		local: l, queue: make(chan func(), waiting), over: make(chan struct{}),
		handlers: make(map[string][]func([]byte)), servers: make(map[string]func([]byte) []byte),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.members = append(l.members, m)
	return m
}

// run calls what is to be called.
func (m *member) run() {
	for {
		select {
		case call := <-m.queue:
			call()
		case <-m.over:
			return
		}
	}
}

// others are the members but one.
func (l *Local) others(but *member) []*member {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.members), func(m *member) bool { return m == but })
}

func (m *member) isClosed() bool {
	select {
	case <-m.over:
		return true
	default:
		return false
	}
}

// Publish implements Bus.
func (m *member) Publish(subject string, message []byte) {
	if len(message) > MaxMessage || m.isClosed() {
		return
	}
	for _, other := range m.local.others(m) {
		other.mu.Lock()
		handlers := other.handlers[subject]
		other.mu.Unlock()
		for _, handle := range handlers {
			select {
			case other.queue <- func() { handle(message) }:
			default: // lost
			}
		}
	}
}

// Subscribe implements Bus.
func (m *member) Subscribe(subject string, handle func([]byte)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hears.Do(func() { go m.run() })
	m.handlers[subject] = append(slices.Clone(m.handlers[subject]), handle)
	return nil
}

// Request implements Bus.
func (m *member) Request(ctx context.Context, subject string, message []byte) ([]byte, error) {
	if len(message) > MaxMessage || m.isClosed() {
		return nil, ErrNoAnswer
	}
	var servers []func([]byte) []byte
	for _, other := range m.local.others(m) {
		other.mu.Lock()
		if answer := other.servers[subject]; answer != nil {
			servers = append(servers, answer)
		}
		other.mu.Unlock()
	}
	answers := make(chan []byte, len(servers))
	for _, answer := range servers {
		go func() { answers <- answer(message) }()
	}
	for range servers {
		select {
		case answer := <-answers:
			if answer != nil {
				return answer, nil
			}
		case <-ctx.Done():
			return nil, ErrNoAnswer
		}
	}
	return nil, ErrNoAnswer
}

// Serve implements Bus.
func (m *member) Serve(subject string, answer func([]byte) []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.servers[subject] = answer
	return nil
}

// Close implements Bus.
func (m *member) Close() {
	m.ends.Do(func() {
		close(m.over)
		m.local.mu.Lock()
		defer m.local.mu.Unlock()
		m.local.members = slices.DeleteFunc(m.local.members, func(other *member) bool { return other == m })
	})
}
