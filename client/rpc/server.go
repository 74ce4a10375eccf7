package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"parley/client/api"
)

// Server answers calls with a core.
type Server struct {
	// Core answers; it must be usable from many goroutines.
	Core api.Core
	// Log gets the causes of internal errors; nothing of what calls contain.
	Log *slog.Logger
}

// Serve answers one peer until it closes the connection, ctx ends, or reading
// or writing fails; then it cancels what runs, waits for it and closes conn.
// The error is nil when the peer closed.
func (s *Server) Serve(ctx context.Context, conn io.ReadWriteCloser) error {
	return s.serve(ctx, conn, conn, conn.Close, 0)
}

// ServeStdio is Serve for a pair of standard streams. At the end of in, calls
// that run may take up to 30 seconds to finish, so that calls can be piped in.
// It does not close the streams.
func (s *Server) ServeStdio(ctx context.Context, in io.Reader, out io.Writer) error {
	return s.serve(ctx, in, out, func() error { return nil }, drainTime)
}

func (s *Server) serve(parent context.Context, r io.Reader, w io.Writer, closeConn func() error, drain time.Duration) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	c := &serverConn{
		core: s.Core, log: s.Log, out: newOutgoing(), ending: parent.Done(),
		slots: make(chan struct{}, MaxCalls), running: map[string]context.CancelFunc{},
	}
	unsubscribe := s.Core.Subscribe(c.out.event)
	defer unsubscribe()

	written := make(chan struct{})
	go func() {
		defer close(written)
		if err := c.out.writeTo(w); err != nil {
			s.Log.DebugContext(ctx, "write to the peer", slog.Any("error", err))
		}
		cancel()
	}()
	read := make(chan error, 1)
	go func() { read <- c.read(ctx, newLineReader(r, MaxRequest)) }()

	var err error
	select {
	case err = <-read:
		c.finish(ctx, drain)
	case <-ctx.Done():
	}
	cancel()
	// A reader that blocks in a standard stream stays behind until the process
	// ends; it starts no more calls.
	c.stop()
	c.out.close()
	if closeErr := closeConn(); err == nil && closeErr != nil {
		err = closeErr
	}
	select {
	case <-written:
	case <-parent.Done():
	}
	return err
}

// serverConn is one peer.
type serverConn struct {
	core  api.Core
	log   *slog.Logger
	out   *outgoing
	slots chan struct{}
	// ending is closed when the server ends of its own: calls it then cancels
	// get no answer, so that the client sees a lost connection.
	ending <-chan struct{}

	mu      sync.Mutex
	running map[string]context.CancelFunc // by id
	stopped bool
	calls   sync.WaitGroup
}

// read starts a call for each request until the input ends.
func (c *serverConn) read(ctx context.Context, lines *lineReader) error {
	for {
		line, err := lines.next()
		switch {
		case errors.Is(err, errLineTooLong):
			c.out.answer(encode(&message{ID: null, Error: errTooLarge}))
		case errors.Is(err, io.EOF), ctx.Err() != nil:
			return nil //nolint:nilerr // the end, whoever wanted it
		case err != nil:
			return err
		case len(line) > 0:
			c.handleLine(ctx, line)
		}
	}
}

func (c *serverConn) handleLine(ctx context.Context, line []byte) {
	parts, batch, failed := parseBatch(line)
	if failed != nil {
		c.out.answer(encode(&message{ID: null, Error: failed}))
		return
	}
	answers := &answers{batch: batch, left: len(parts), out: c.out}
	for _, part := range parts {
		c.handle(ctx, part, answers)
	}
}

func (c *serverConn) handle(ctx context.Context, raw json.RawMessage, to *answers) {
	request, failed := parseRequest(raw)
	switch {
	case failed != nil:
		to.add(&message{ID: request.ID, Error: failed})
	case request.Method == cancelMethod:
		c.cancelCall(request.Params)
		to.add(nil)
	default:
		c.start(ctx, request, to)
	}
}

// start runs a call in its own goroutine; it blocks while too many run.
func (c *serverConn) start(ctx context.Context, request *message, to *answers) {
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	if !c.begin(request.ID, cancel) {
		cancel()
		return
	}
	go func() {
		defer c.end(request.ID, cancel)
		answer := c.call(ctx, request)
		select {
		case <-c.ending:
		default:
			to.add(answer)
		}
	}()
}

// begin notes a call so that it can be cancelled; false once stopped.
func (c *serverConn) begin(id json.RawMessage, cancel context.CancelFunc) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return false
	}
	if id != nil {
		c.running[string(id)] = cancel
	}
	c.calls.Add(1)
	return true
}

func (c *serverConn) end(id json.RawMessage, cancel context.CancelFunc) {
	cancel()
	c.mu.Lock()
	delete(c.running, string(id))
	c.mu.Unlock()
	<-c.slots
	c.calls.Done()
}

// call returns the answer, or nil for a notification.
func (c *serverConn) call(ctx context.Context, request *message) *message {
	params := request.Params
	if len(params) == 0 || string(params) == "null" {
		params = json.RawMessage("{}")
	}
	result, err := c.core.Call(ctx, request.Method, params)
	var failed *wireError
	if err != nil {
		var known bool
		if failed, known = encodeError(err); !known {
			c.log.ErrorContext(ctx, "call failed", slog.String("method", request.Method), slog.Any("error", err))
		}
		result = nil
	} else {
		result = rawOrNull(result)
	}
	if request.notification() {
		return nil
	}
	return &message{ID: request.ID, Result: result, Error: failed}
}

func (c *serverConn) cancelCall(params json.RawMessage) {
	var p cancelParams
	if err := json.Unmarshal(params, &p); err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel, ok := c.running[string(p.ID)]; ok {
		cancel()
	}
}

// finish gives running calls time to end by themselves.
func (c *serverConn) finish(ctx context.Context, drain time.Duration) {
	if drain == 0 {
		return
	}
	done := make(chan struct{})
	go func() { c.calls.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(drain):
	case <-ctx.Done():
	}
}

// stop lets no call start any more and waits for those that run.
func (c *serverConn) stop() {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	c.calls.Wait()
}
