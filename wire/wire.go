// Package wire is the device protocol: the frames that pass between a device
// and its relay, their limits, error codes and versions. It does no I/O and
// knows nothing of what messages say.
//
// The schema is device.proto; docs/protocol.md tells the order of things.
package wire

//go:generate sh -c "go run -C ../tools ./wiregen -package wire ../wire/device.proto > device.gen.go"

import "fmt"

// Version is the protocol version this package speaks. A relay accepts
// MinVersion to Version; history:
//
//	1  the first: accounts, linking, self and direct conversations
const (
	Version    = 1
	MinVersion = 1
)

// SocketPath is where a relay serves the WebSocket.
const SocketPath = "/v1/socket"

// Encode returns the encoding of a frame.
func Encode(f *Frame) []byte { return f.AppendTo(make([]byte, 0, 256)) }

// Decode reads a frame. It returns ErrTooLarge for one above MaxFrame, and
// ErrMalformed for one that is not an encoded frame or has no body.
func Decode(b []byte) (*Frame, error) {
	if len(b) > MaxFrame {
		return nil, NewError(ErrorTooLarge)
	}
	f := new(Frame)
	if err := f.Unmarshal(b); err != nil {
		return nil, fmt.Errorf("%w: %w", NewError(ErrorMalformed), err)
	}
	if f.Body == nil {
		return nil, NewError(ErrorMalformed)
	}
	return f, nil
}

// AuthenticationContent is what a device signs with its device key to
// authenticate: it binds the relay, the connection's nonce and the device.
func AuthenticationContent(relayID, nonce, accountID, deviceID []byte) []byte {
	b := []byte("parley authentication v1\x00")
	for _, part := range [][]byte{relayID, nonce, accountID, deviceID} {
		b = append(b, byte(len(part)))
		b = append(b, part...)
	}
	return b
}
