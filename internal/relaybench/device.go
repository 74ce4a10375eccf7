package relaybench

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"parley/wire"
)

// device is one connection to the relay.
type device struct {
	*account
	conn  net.Conn
	in    io.Reader
	hello *wire.HelloResult
	// What the relay told at signing in.
	feedCursor     uint64
	externalSender []byte

	mu      sync.Mutex
	lastID  uint64
	waiting map[uint64]func(wire.ResponseResult)
	err     error
	// entries is told of what is pushed, and of nil when it is to be pulled.
	entries func([]*wire.Entry)
}

// errClosed is the error of requests on a connection that has ended.
var errClosed = errors.New("the relay closed the connection")

// connect dials and says hello.
func (b *bench) connect(ctx context.Context, a *account) (*device, error) {
	address := strings.Replace(b.urlFor(a), "http", "ws", 1) + wire.SocketPath
	dialer := ws.Dialer{TLSConfig: &tls.Config{RootCAs: b.Roots, MinVersion: tls.VersionTLS13}}
	conn, early, _, err := dialer.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	d := &device{account: a, conn: conn, in: conn, waiting: map[uint64]func(wire.ResponseResult){}}
	if early != nil {
		d.in = io.MultiReader(early, conn)
	}
	// A small buffer: there are thousands of these.
	d.in = bufio.NewReaderSize(d.in, 1024)
	go d.read()
	d.hello, err = request[*wire.HelloResult](ctx, d, &wire.Hello{Version: wire.Version, Software: "parley-bench"})
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *device) close() {
	if d != nil {
		_ = d.conn.Close() // it is given up in any case
	}
}

// start sends a request; answered is called with its result from the reading
// goroutine, or with nil when the connection ends.
func (d *device) start(call wire.RequestCall, answered func(wire.ResponseResult)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return d.err
	}
	d.lastID++
	d.waiting[d.lastID] = answered
	frame := wire.Encode(&wire.Frame{ID: d.lastID, Body: &wire.Request{Call: call}})
	return wsutil.WriteClientBinary(d.conn, frame)
}

// request calls the relay and waits for the result.
func request[R wire.ResponseResult](ctx context.Context, d *device, call wire.RequestCall) (R, error) {
	var none R
	answer := make(chan wire.ResponseResult, 1)
	if err := d.start(call, func(r wire.ResponseResult) { answer <- r }); err != nil {
		return none, err
	}
	select {
	case r := <-answer:
		return resultOf[R](r)
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

func resultOf[R wire.ResponseResult](r wire.ResponseResult) (R, error) {
	var none R
	switch r := r.(type) {
	case nil:
		return none, errClosed
	case *wire.Error:
		return none, r
	case R:
		return r, nil
	}
	return none, fmt.Errorf("unexpected answer %T", r)
}

func (d *device) read() {
	for {
		message, err := wsutil.ReadServerBinary(struct {
			io.Reader
			io.Writer
		}{d.in, d.conn})
		if err == nil {
			err = d.take(message)
		}
		if err != nil {
			d.fail()
			return
		}
	}
}

func (d *device) take(message []byte) error {
	frame, err := wire.Decode(message)
	if err != nil {
		return err
	}
	switch body := frame.Body.(type) {
	case *wire.Response:
		d.mu.Lock()
		answered := d.waiting[frame.ID]
		delete(d.waiting, frame.ID)
		d.mu.Unlock()
		if answered != nil {
			answered(body.Result)
		}
	case *wire.Event:
		return d.happened(body)
	}
	return nil
}

// happened takes an event. Where the relay has stopped pushing, the reader
// pulls.
func (d *device) happened(e *wire.Event) error {
	d.mu.Lock()
	entries := d.entries
	d.mu.Unlock()
	switch h := e.Happening.(type) {
	case *wire.FeedEntries:
		if entries != nil {
			entries(h.Entries)
		}
	case *wire.FeedWakeup:
		if entries != nil {
			entries(nil)
		}
	case *wire.LoggedOut:
		return errClosed
	}
	return nil
}

func (d *device) fail() {
	d.mu.Lock()
	d.err = errClosed
	waiting := d.waiting
	d.waiting = nil
	d.mu.Unlock()
	d.close()
	for _, answered := range waiting {
		answered(nil)
	}
}
