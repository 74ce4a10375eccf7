package relaytest

import (
	"context"

	"github.com/coder/websocket"

	"parley/wire"
)

// Socket is a Link over a real WebSocket.
type Socket struct {
	ctx  context.Context
	conn *websocket.Conn
}

// Dial connects to a relay at an http address, until ctx ends.
func Dial(ctx context.Context, url string) (Socket, error) {
	c, _, err := websocket.Dial(ctx, url+wire.SocketPath, nil)
	if err != nil {
		return Socket{}, err
	}
	c.SetReadLimit(wire.MaxFrame)
	return Socket{ctx, c}, nil
}

// Send implements Link.
func (s Socket) Send(b []byte) error { return s.conn.Write(s.ctx, websocket.MessageBinary, b) }

// Receive implements Link.
func (s Socket) Receive() ([]byte, error) {
	_, b, err := s.conn.Read(s.ctx)
	return b, err
}

// Close ends the connection without a word.
func (s Socket) Close() { _ = s.conn.CloseNow() }
