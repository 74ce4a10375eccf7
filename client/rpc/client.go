package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"sync"

	"parley/client/api"
)

// Client is a core at the other end of a connection.
type Client struct {
	conn io.ReadWriteCloser
	out  *outgoing
	done chan struct{}

	mu          sync.Mutex
	lastID      uint64
	waiting     map[uint64]chan<- *message
	subscribers []*subscriber
	closed      bool
}

type subscriber struct {
	f func(event string, data json.RawMessage)
}

var _ api.Core = (*Client)(nil)

// NewClient speaks to the server at the other end of conn, which it owns.
func NewClient(conn io.ReadWriteCloser) *Client {
	c := &Client{conn: conn, out: newOutgoing(), done: make(chan struct{}), waiting: map[uint64]chan<- *message{}}
	go func() {
		_ = c.out.writeTo(conn)
		c.fail()
	}()
	go func() {
		c.read()
		c.fail()
	}()
	return c
}

// Call implements api.Core. It returns ErrClosed when the connection ends
// before the answer.
func (c *Client) Call(ctx context.Context, method string, params json.RawMessage) (json.RawMessage, error) {
	answer := make(chan *message, 1)
	id, err := c.request(method, params, answer)
	if err != nil {
		return nil, err
	}
	select {
	case m := <-answer:
		return result(m)
	case <-ctx.Done():
		c.cancelCall(id)
		return nil, ctx.Err()
	}
}

func result(m *message) (json.RawMessage, error) {
	switch {
	case m == nil:
		return nil, ErrClosed
	case m.Error != nil:
		return nil, decodeError(m.Error)
	}
	return m.Result, nil
}

// Subscribe implements api.Core: events that come from now on.
func (c *Client) Subscribe(f func(event string, data json.RawMessage)) (cancel func()) {
	s := &subscriber{f: f}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subscribers = append(slices.Clone(c.subscribers), s)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.subscribers = slices.DeleteFunc(slices.Clone(c.subscribers), func(other *subscriber) bool { return other == s })
	}
}

// Done is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// Close ends the connection; calls that wait return ErrClosed.
func (c *Client) Close() error {
	c.fail()
	return nil
}

func (c *Client) request(method string, params json.RawMessage, answer chan<- *message) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, ErrClosed
	}
	c.lastID++
	line := encode(&message{ID: idJSON(c.lastID), Method: method, Params: params})
	if len(line) > MaxRequest {
		return 0, api.ErrMessageTooLong
	}
	c.waiting[c.lastID] = answer
	c.out.answer(line)
	return c.lastID, nil
}

func (c *Client) cancelCall(id uint64) {
	c.mu.Lock()
	delete(c.waiting, id)
	c.mu.Unlock()
	params, _ := json.Marshal(cancelParams{ID: idJSON(id)})
	c.out.answer(encode(&message{Method: cancelMethod, Params: params}))
}

func idJSON(id uint64) json.RawMessage { return strconv.AppendUint(nil, id, 10) }

// read hands on what the server sends until the connection ends. What makes no
// sense is skipped: a later server may send more kinds.
func (c *Client) read() {
	lines := newLineReader(c.conn, MaxResponse)
	for {
		line, err := lines.next()
		if errors.Is(err, errLineTooLong) {
			continue
		}
		if err != nil {
			return
		}
		if m, ok := parseReply(line); ok {
			c.dispatch(m)
		}
	}
}

func (c *Client) dispatch(m *message) {
	c.mu.Lock()
	subscribers := c.subscribers
	c.mu.Unlock()
	if m.Method != "" {
		for _, s := range subscribers {
			s.f(m.Method, m.Params)
		}
		return
	}
	id, err := strconv.ParseUint(string(m.ID), 10, 64)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if answer, ok := c.waiting[id]; ok {
		delete(c.waiting, id)
		answer <- m
	}
}

// fail ends everything once.
func (c *Client) fail() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.out.close()
	_ = c.conn.Close()
	for _, answer := range c.waiting {
		answer <- nil
	}
	c.waiting = nil
	close(c.done)
}
