package rpc

import (
	"encoding/json"
	"io"
	"sync"

	"parley/client/api"
)

// outgoing is the queue of lines to one peer. Adding never blocks; answers are
// bounded by MaxCalls, events by MaxQueuedEvents.
type outgoing struct {
	mu     sync.Mutex
	wake   sync.Cond
	lines  []outgoingLine
	events int
	closed bool
}

type outgoingLine struct {
	bytes []byte
	event bool
}

func newOutgoing() *outgoing {
	o := &outgoing{}
	o.wake.L = &o.mu
	return o
}

// answer queues a line that must not be lost.
func (o *outgoing) answer(line []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.addLocked(outgoingLine{bytes: line})
}

// event queues an event; where the peer does not keep up, the queued ones give
// way to a single reset.
func (o *outgoing) event(name string, data json.RawMessage) {
	line := encode(&message{Method: name, Params: eventParams(data)})
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.events >= MaxQueuedEvents {
		o.dropEventsLocked()
		o.events++
		o.addLocked(outgoingLine{bytes: resetLine, event: true})
	}
	o.events++
	o.addLocked(outgoingLine{bytes: line, event: true})
}

var resetLine = encode(&message{Method: api.OnReset.Name, Params: json.RawMessage("{}")})

// eventParams makes the data an object, as JSON-RPC wants parameters to be.
func eventParams(data json.RawMessage) json.RawMessage {
	if len(data) == 0 || data[0] != '{' {
		return json.RawMessage("{}")
	}
	return data
}

func (o *outgoing) addLocked(line outgoingLine) {
	if !o.closed {
		o.lines = append(o.lines, line)
		o.wake.Signal()
	}
}

func (o *outgoing) dropEventsLocked() {
	kept := o.lines[:0]
	for _, line := range o.lines {
		if !line.event {
			kept = append(kept, line)
		}
	}
	clear(o.lines[len(kept):])
	o.lines, o.events = kept, 0
}

// close makes writeTo return once the queue is written.
func (o *outgoing) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.wake.Broadcast()
}

// writeTo writes what is queued until close, or until writing fails.
func (o *outgoing) writeTo(w io.Writer) error {
	for {
		lines := o.take()
		if lines == nil {
			return nil
		}
		for _, line := range lines {
			if _, err := w.Write(line.bytes); err != nil {
				return err
			}
		}
	}
}

// take waits for lines and returns them; nil after close. It takes few at a
// time, so that what is taken does not escape the bound on events for long.
func (o *outgoing) take() []outgoingLine {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.lines) == 0 {
		if o.closed {
			return nil
		}
		o.wake.Wait()
	}
	n := min(len(o.lines), 64)
	lines := append([]outgoingLine{}, o.lines[:n]...)
	o.lines = append(o.lines[:0], o.lines[n:]...)
	for _, line := range lines {
		if line.event {
			o.events--
		}
	}
	return lines
}
