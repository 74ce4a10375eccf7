//go:build js && wasm

// Package wsjs is the browser's WebSocket as the transport of package client: binary messages, whole.
//
// It promises that messages come in order and that the reason for the end reaches the reader. It bounds what waits
// unread: a browser cannot ask the peer to slow down, so a peer that sends more is cut off. A text message ends the
// connection. It does not reconnect, and does not limit single messages; its user does both.
package wsjs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall/js"
	"time"
)

const (
	// maxQueued bounds the bytes received and not yet read: a few of the protocol's largest frames.
	maxQueued = 8 << 20
	// maxMessages bounds the messages received and not yet read.
	maxMessages = 4096
	// maxBuffered is what the browser may hold unsent before Write waits; it tells its size but not when it shrinks.
	maxBuffered  = 1 << 20
	bufferedPoll = 5 * time.Millisecond
)

// Close codes of RFC 6455, section 7.4.1; 4000 and up are free for applications.
const (
	codeNormal      = 1000
	codeUnsupported = 4003 // browsers let pages send only 1000 and 3000–4999
	codeOverflow    = 4008
)

var (
	// ErrClosed is what Read and Write give after Close.
	ErrClosed = errors.New("wsjs: connection closed")
	// ErrOverflow ends a connection whose reader is far behind.
	ErrOverflow = errors.New("wsjs: too much received and not read")
	// ErrText ends a connection on which a text message came.
	ErrText = errors.New("wsjs: text message on a binary connection")
)

// CloseError is how the peer, or the loss of the network, ended the connection.
type CloseError struct {
	Code   int    // RFC 6455, section 7.4.1; 1006 when no close frame came, as when the server cannot be reached
	Reason string // the peer's words; may be empty
}

// Error describes the end.
func (e *CloseError) Error() string { return fmt.Sprintf("websocket closed: %d %s", e.Code, e.Reason) }

// Conn is an open WebSocket. One goroutine may read while another writes; Close may be called by any.
type Conn struct {
	socket js.Value
	opened chan struct{}
	done   chan struct{} // closed when err is set
	wake   chan struct{} // holds a token when the queue has grown

	mu     sync.Mutex
	queue  [][]byte
	queued int // bytes in queue
	err    error
	funcs  map[string]js.Func // event handlers; empty when detached
}

// Dial opens a WebSocket to a ws or wss URL. The browser does not say why one cannot be opened: that is a CloseError
// with code 1006.
func Dial(ctx context.Context, url string) (conn *Conn, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			jsErr, ok := r.(js.Error)
			if !ok {
				panic(r)
			}
			conn, err = nil, fmt.Errorf("open websocket: %w", jsErr)
		}
	}()
	c := &Conn{
		socket: js.Global().Get("WebSocket").New(url), // throws on a malformed URL
		opened: make(chan struct{}),
		done:   make(chan struct{}),
		wake:   make(chan struct{}, 1),
	}
	c.attach()
	select {
	case <-c.opened:
		return c, nil
	case <-c.done:
		return nil, fmt.Errorf("open websocket: %w", c.failure())
	case <-ctx.Done():
		c.finish(ctx.Err(), codeNormal)
		return nil, ctx.Err()
	}
}

// attach sets the event handlers. They never block: that would stop the browser's event loop.
func (c *Conn) attach() {
	c.socket.Set("binaryType", "arraybuffer")
	handlers := map[string]func(event js.Value){
		"onopen":    func(js.Value) { close(c.opened) },
		"onmessage": func(event js.Value) { c.receive(event.Get("data")) },
		"onclose": func(event js.Value) {
			c.finish(&CloseError{Code: event.Get("code").Int(), Reason: event.Get("reason").String()}, 0)
		},
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.funcs = map[string]js.Func{}
	for name, handle := range handlers {
		c.funcs[name] = js.FuncOf(func(_ js.Value, args []js.Value) any {
			handle(args[0])
			return nil
		})
		c.socket.Set(name, c.funcs[name])
	}
}

func (c *Conn) receive(data js.Value) {
	if data.Type() == js.TypeString {
		c.finish(ErrText, codeUnsupported)
		return
	}
	view := js.Global().Get("Uint8Array").New(data)
	message := make([]byte, view.Length())
	js.CopyBytesToGo(message, view)
	if !c.enqueue(message) {
		c.finish(ErrOverflow, codeOverflow)
		return
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Conn) enqueue(message []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) >= maxMessages || c.queued+len(message) > maxQueued {
		return false
	}
	c.queue = append(c.queue, message)
	c.queued += len(message)
	return true
}

// dequeue gives the oldest message, or why there will be none, or neither.
func (c *Conn) dequeue() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return nil, c.err
	}
	message := c.queue[0]
	c.queue[0] = nil
	c.queue = c.queue[1:]
	c.queued -= len(message)
	return message, nil
}

// Read waits for the next message. What came before the end of the connection is still given out.
func (c *Conn) Read(ctx context.Context) ([]byte, error) {
	for {
		message, err := c.dequeue()
		if message != nil || err != nil {
			return message, err
		}
		select {
		case <-c.wake:
		case <-c.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Write hands a message to the browser, waiting while much is unsent. A nil error does not mean that it arrived.
func (c *Conn) Write(ctx context.Context, message []byte) error {
	for c.failure() == nil && c.socket.Get("bufferedAmount").Int() > maxBuffered {
		select {
		case <-c.done:
		case <-time.After(bufferedPoll):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := errors.Join(ctx.Err(), c.failure()); err != nil {
		return err
	}
	data := js.Global().Get("Uint8Array").New(len(message))
	js.CopyBytesToJS(data, message)
	c.socket.Call("send", data)
	return nil
}

// Close ends the connection. What was not read is dropped; what was written is sent by the browser if it can.
func (c *Conn) Close() error {
	c.finish(ErrClosed, codeNormal)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue, c.queued, c.err = nil, 0, ErrClosed
	return nil
}

func (c *Conn) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// finish notes why the connection ended, the first time, detaches from the browser, and closes the socket with code
// unless that is 0.
func (c *Conn) finish(err error, code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	close(c.done)
	for name, f := range c.funcs {
		c.socket.Set(name, js.Null())
		f.Release()
	}
	c.funcs = nil
	if code != 0 {
		c.socket.Call("close", code)
	}
}
