package httpapi

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"parley/internal/relay"
	"parley/wire"
)

const (
	// pingPeriod is how long a silent connection is believed to be alive; it
	// stays below the idle time of common proxies and address translators.
	pingPeriod = 50 * time.Second
	// quietPeriod is how long a connection is silent before a goroutine with a
	// fresh stack waits for it.
	quietPeriod = time.Second
	// frameTime bounds how long the rest of a frame may take.
	frameTime = 30 * time.Second
	// writeTime is how long a device may take to read what it was sent, and writeSlack how much
	// longer it may be: setting the time anew for each write would cost a tenth of it.
	writeTime, writeSlack = 30 * time.Second, 15 * time.Second
	// readBuffer holds small frames whole, so that most take one system call;
	// each connection keeps one.
	readBuffer = 512
	// maxControl is the payload of a control frame (RFC 6455 section 5.5).
	maxControl = 125
	// skipLimit is the longest message that is read over to answer it; beyond,
	// the connection is closed.
	skipLimit = 16 << 20
)

// socketHandler upgrades requests and gives each connection to the relay.
type socketHandler struct {
	relay       *relay.Relay
	log         *slog.Logger
	behindProxy bool
}

// ServeHTTP implements http.Handler. It returns after the handshake: what
// belongs to the request can be freed while the connection lives on.
func (h *socketHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address := clientAddress(r, h.behindProxy)
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		// A proxy that keeps connections may go on with this one.
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "this address speaks WebSocket", http.StatusUpgradeRequired)
		return
	}
	conn, rw, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		h.log.Debug("websocket handshake failed", slog.Any("cause", err))
		if conn != nil { // it was answered, and is nobody's now
			_ = conn.Close()
		}
		return
	}
	var early []byte
	if n := rw.Reader.Buffered(); n > 0 {
		early, _ = rw.Reader.Peek(n)
		early = append([]byte(nil), early...)
	}
	s := newSocket(conn, early)
	s.session = h.relay.Open(s, address)
	if s.session == nil {
		s.closeWith(ws.StatusGoingAway)
		return
	}
	go s.serve()
}

// socket is one WebSocket connection.
type socket struct {
	conn    net.Conn
	in      *bufio.Reader
	session *relay.Session
	// writing guards conn for writes: frames come from the session's queue,
	// control frames from the reader.
	writing sync.Mutex
	// writeBy is when writes fail, as conn was told last.
	writeBy time.Time
	// asked is set when a ping waits for any sign of life.
	asked bool
}

var _ relay.Conn = (*socket)(nil)

func newSocket(conn net.Conn, early []byte) *socket {
	var from io.Reader = conn
	if len(early) > 0 {
		from = io.MultiReader(newOnce(early), conn)
	}
	return &socket{conn: conn, in: bufio.NewReaderSize(from, readBuffer)}
}

// once reads a byte string and lets go of it.
type once struct{ rest []byte }

func newOnce(b []byte) *once { return &once{b} }

func (o *once) Read(p []byte) (int, error) {
	if len(o.rest) == 0 {
		o.rest = nil
		return 0, io.EOF
	}
	n := copy(p, o.rest)
	o.rest = o.rest[n:]
	return n, nil
}

// serve reads until the connection ends, or falls silent: then it goes on in
// a goroutine of its own. Handling messages has made this one's stack grow,
// and Go does not shrink it below twice of what a new one has, which would be
// a quarter of all memory that a silent connection needs.
func (s *socket) serve() {
	err := s.wait()
	for err == nil {
		if err = s.receive(); err == nil && s.quiet() {
			go s.serve()
			return
		}
	}
	if !errors.Is(err, errEnded) {
		s.closeWith(closeStatus(err))
	}
	s.session.Close()
}

// receive gives the next message to the session.
func (s *socket) receive() error {
	message, err := s.next()
	if errors.Is(err, errSkipped) {
		s.session.RefuseLarge()
		return nil
	}
	if err != nil {
		return err
	}
	defer payloads.Put(message)
	if !s.session.Receive(*message) {
		return errEnded
	}
	return nil
}

// quiet reports whether nothing comes for a while. An error of the connection
// is left to the next read.
func (s *socket) quiet() bool {
	if s.in.Buffered() > 0 || s.within(quietPeriod) != nil {
		return false
	}
	_, err := s.in.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// within gives the next reads a time to succeed.
func (s *socket) within(d time.Duration) error { return s.conn.SetReadDeadline(time.Now().Add(d)) }

// What ends a connection, or a message, beside errors of the network.
var (
	errEnded    = errors.New("the session is over")
	errSkipped  = errors.New("message too long")
	errProtocol = errors.New("websocket protocol violated")
	errKind     = errors.New("not a binary message")
	errTooLong  = errors.New("message far too long")
)

func closeStatus(err error) ws.StatusCode {
	switch {
	case errors.Is(err, errProtocol):
		return ws.StatusProtocolError
	case errors.Is(err, errKind):
		return ws.StatusUnsupportedData
	case errors.Is(err, errTooLong):
		return ws.StatusMessageTooBig
	}
	return ws.StatusNormalClosure
}

// payloads are buffers for messages; the relay copies what it keeps.
var payloads = sync.Pool{New: func() any { return new([]byte) }}

// keepPayload is the capacity up to which a buffer goes back to the pool.
const keepPayload = 64 << 10

// next returns the next message, which may have come in several frames, and
// answers control frames on the way. The caller puts the buffer back.
func (s *socket) next() (*[]byte, error) {
	message := payloads.Get().(*[]byte)
	if cap(*message) > keepPayload {
		*message = nil
	}
	*message = (*message)[:0]
	started := false
	for {
		h, err := s.header()
		if err != nil {
			return nil, err
		}
		if h.OpCode.IsControl() {
			if err := s.control(h); err != nil {
				return nil, err
			}
			continue
		}
		if err := checkData(h, started); err != nil {
			return nil, err
		}
		started = true
		if int64(len(*message))+h.Length > s.session.MaxFrame() {
			return nil, s.skip(h)
		}
		if *message, err = s.payload(h, *message); err != nil {
			return nil, err
		}
		if h.Fin {
			return message, nil
		}
	}
}

func checkData(h ws.Header, started bool) error {
	switch {
	case !h.Masked, h.Rsv != 0, started != (h.OpCode == ws.OpContinuation):
		return errProtocol
	case h.OpCode == ws.OpText:
		return errKind
	case h.OpCode != ws.OpBinary && h.OpCode != ws.OpContinuation:
		return errProtocol
	}
	return nil
}

// wait returns when something has come. A connection that is silent is asked
// for a sign of life once.
func (s *socket) wait() error {
	for s.in.Buffered() == 0 {
		if err := s.within(pingPeriod); err != nil {
			return err
		}
		_, err := s.in.Peek(1)
		if err == nil {
			break
		}
		if s.asked || !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		s.asked = true
		if err := s.write(ws.OpPing, nil); err != nil {
			return err
		}
	}
	s.asked = false
	return nil
}

// header waits for a frame and reads its header.
func (s *socket) header() (ws.Header, error) {
	if err := s.wait(); err != nil {
		return ws.Header{}, err
	}
	if s.in.Buffered() < ws.MaxHeaderSize {
		if err := s.within(frameTime); err != nil {
			return ws.Header{}, err
		}
	}
	h, err := ws.ReadHeader(s.in)
	if errors.Is(err, ws.ErrHeaderLengthMSB) {
		err = errProtocol
	}
	return h, err
}

// payload appends the unmasked payload of a frame.
func (s *socket) payload(h ws.Header, to []byte) ([]byte, error) {
	start := len(to)
	if need := start + int(h.Length); need <= cap(to) {
		to = to[:need]
	} else {
		to = append(to, make([]byte, h.Length)...)
	}
	if s.in.Buffered() < int(h.Length) {
		if err := s.within(frameTime); err != nil {
			return nil, err
		}
	}
	if _, err := io.ReadFull(s.in, to[start:]); err != nil {
		return nil, err
	}
	ws.Cipher(to[start:], h.Mask, 0)
	return to, nil
}

// skip reads over a message that is too long; it returns errSkipped, or why
// the connection ends.
func (s *socket) skip(h ws.Header) error {
	for total := h.Length; total <= skipLimit; total += h.Length {
		if err := s.within(frameTime); err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, s.in, h.Length); err != nil {
			return err
		}
		if h.Fin {
			return errSkipped
		}
		var err error
		if h, err = ws.ReadHeader(s.in); err != nil {
			return err
		}
		if h.OpCode != ws.OpContinuation {
			return errProtocol
		}
	}
	return errTooLong
}

// control answers a ping, lets a pong pass, and ends the connection at a close.
func (s *socket) control(h ws.Header) error {
	if h.Length > maxControl || !h.Fin || !h.Masked {
		return errProtocol
	}
	payload, err := s.payload(h, nil)
	if err != nil {
		return err
	}
	switch h.OpCode {
	case ws.OpPing:
		return s.write(ws.OpPong, payload)
	case ws.OpPong:
		return nil
	}
	return io.EOF
}

// write sends one control frame.
func (s *socket) write(op ws.OpCode, payload []byte) error {
	b := append(appendHeader(nil, op, len(payload)), payload...)
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.giveTimeLocked(); err != nil {
		return err
	}
	_, err := s.conn.Write(b)
	return err
}

// appendHeader appends the header of an unmasked, unfragmented frame.
func appendHeader(b []byte, op ws.OpCode, length int) []byte {
	b = append(b, 0x80|byte(op))
	switch {
	case length < 126:
		return append(b, byte(length))
	case length < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 126), uint16(length))
	}
	return binary.BigEndian.AppendUint64(append(b, 127), uint64(length))
}

// writeBuffers gather small frames into one system call.
var writeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, gather); return &b }}

const (
	// gather is the size of a write buffer.
	gather = 32 << 10
	// apart is from where on a frame is not copied into it.
	apart = 4 << 10
)

// WriteFrames implements relay.Conn.
func (s *socket) WriteFrames(frames []wire.Encoded) error {
	buffer := writeBuffers.Get().(*[]byte)
	defer writeBuffers.Put(buffer)
	s.writing.Lock()
	defer s.writing.Unlock()
	b := (*buffer)[:0]
	for _, f := range frames {
		size := f.Len()
		if len(b)+size+ws.MaxHeaderSize > gather && len(b) > 0 {
			if err := s.flushLocked(b); err != nil {
				return err
			}
			b = b[:0]
		}
		b = appendHeader(b, ws.OpBinary, size)
		if size > apart {
			if err := s.flushLocked(b, f.Head, f.Rest); err != nil {
				return err
			}
			b = b[:0]
			continue
		}
		b = f.AppendTo(b)
	}
	if len(b) == 0 {
		return nil
	}
	return s.flushLocked(b)
}

// giveTimeLocked gives the next write its time.
func (s *socket) giveTimeLocked() error {
	now := time.Now()
	if s.writeBy.Sub(now) >= writeTime {
		return nil
	}
	s.writeBy = now.Add(writeTime + writeSlack)
	return s.conn.SetWriteDeadline(s.writeBy)
}

func (s *socket) flushLocked(parts ...[]byte) error {
	if err := s.giveTimeLocked(); err != nil {
		return err
	}
	if len(parts) == 1 {
		_, err := s.conn.Write(parts[0])
		return err
	}
	buffers := net.Buffers(parts)
	_, err := buffers.WriteTo(s.conn)
	return err
}

// Close implements relay.Conn.
func (s *socket) Close() {
	s.closeWith(ws.StatusNormalClosure)
}

// closeWith says why and closes; what the other side makes of it is no matter.
func (s *socket) closeWith(status ws.StatusCode) {
	if s.writing.TryLock() {
		b := binary.BigEndian.AppendUint16(appendHeader(nil, ws.OpClose, 2), uint16(status))
		if s.conn.SetWriteDeadline(time.Now().Add(time.Second)) == nil {
			_, _ = s.conn.Write(b)
		}
		s.writing.Unlock()
	}
	_ = s.conn.Close() // it is given up in any case
}
