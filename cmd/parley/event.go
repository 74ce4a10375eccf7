package main

import (
	"context"
	"encoding/json"
	"sync"

	"parley/client/api"
)

// maxQueued bounds the events that wait to be printed where standard output is
// slow; past it they give way to one reset.
const maxQueued = 1 << 14

// event is an event of the core as it came.
type event struct {
	name string
	data json.RawMessage
}

// eventQueue takes events without blocking and gives them in order.
type eventQueue struct {
	mu     sync.Mutex
	events []event
	ready  chan struct{}
}

func newEventQueue() *eventQueue { return &eventQueue{ready: make(chan struct{}, 1)} }

// add is for api.Core.Subscribe.
func (q *eventQueue) add(name string, data json.RawMessage) {
	q.mu.Lock()
	if len(q.events) >= maxQueued {
		q.events = []event{{api.OnReset.Name, json.RawMessage("{}")}}
	}
	q.events = append(q.events, event{name, data})
	q.mu.Unlock()
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// next waits for an event; its error is the cause of the end of ctx.
func (q *eventQueue) next(ctx context.Context) (event, error) {
	for {
		if e, ok := q.take(); ok {
			return e, nil
		}
		select {
		case <-q.ready:
		case <-ctx.Done():
			return event{}, context.Cause(ctx)
		}
	}
}

// take returns an event if one waits.
func (q *eventQueue) take() (event, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.events) == 0 {
		return event{}, false
	}
	e := q.events[0]
	q.events = q.events[1:]
	return e, true
}

// waiting reports whether an event waits.
func (q *eventQueue) waiting() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.events) > 0
}
