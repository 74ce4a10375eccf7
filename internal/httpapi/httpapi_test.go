package httpapi_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/coder/websocket"

	"parley/internal/httpapi"
	"parley/internal/media"
	"parley/internal/notify"
	"parley/internal/obs"
	"parley/internal/relay"
	"parley/internal/store/sqlite"
	"parley/wire"
)

// server is a relay behind a real socket.
type server struct {
	*httptest.Server
	relay *relay.Relay
}

var appFiles = fstest.MapFS{
	"index.html":               {Data: []byte("<title>Parley</title>")},
	"index.html.br":            {Data: []byte("brotli of index")},
	"assets/main-1a2b3c.js":    {Data: []byte("export {}")},
	"assets/core-1a2b.wasm":    {Data: []byte("\x00asm")},
	"manifest.webmanifest":     {Data: []byte("{}")},
	"assets/core-1a2b.wasm.br": {Data: []byte("brotli of wasm")},
}

func serve(t *testing.T, healthy error) *server {
	t.Helper()
	st, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := media.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	log, metrics := slog.New(slog.DiscardHandler), new(obs.Registry)
	r, err := relay.New(t.Context(), relay.Parts{
		Store: st, Blobs: blobs, Sender: notify.NewConsole(io.Discard, time.Now), Settings: relay.DefaultSettings(), Log: log,
		Metrics: metrics, Now: time.Now, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	handler := httpapi.New(httpapi.Options{
		Relay: r, Metrics: metrics, Log: log, App: appFiles,
		Healthy: func(context.Context) error { return healthy },
	})
	s := &server{httptest.NewServer(handler), r}
	t.Cleanup(func() {
		s.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		r.Shutdown(ctx)
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *server) dial(t *testing.T) *websocket.Conn {
	t.Helper()
	c, _, err := websocket.Dial(t.Context(), s.URL+wire.SocketPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.SetReadLimit(wire.MaxFrame)
	t.Cleanup(func() { c.CloseNow() })
	return c
}

func encoded(id uint64, call wire.RequestCall) []byte {
	return wire.Encode(&wire.Frame{ID: id, Body: &wire.Request{Call: call}})
}

func read(t *testing.T, c *websocket.Conn) *wire.Frame {
	t.Helper()
	kind, b, err := c.Read(t.Context())
	if err != nil || kind != websocket.MessageBinary {
		t.Fatalf("reading a frame gave %v, %v", kind, err)
	}
	f, err := wire.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func ask(t *testing.T, c *websocket.Conn, id uint64, call wire.RequestCall) wire.ResponseResult {
	t.Helper()
	if err := c.Write(t.Context(), websocket.MessageBinary, encoded(id, call)); err != nil {
		t.Fatal(err)
	}
	f := read(t, c)
	response, ok := f.Body.(*wire.Response)
	if !ok || f.ID != id {
		t.Fatalf("request %d was answered by %+v", id, f)
	}
	return response.Result
}

func TestSocket(t *testing.T) {
	s := serve(t, nil)
	c := s.dial(t)
	hello, ok := ask(t, c, 1, &wire.Hello{Version: wire.Version}).(*wire.HelloResult)
	if !ok || len(hello.RelayID) != wire.IDSize || len(hello.Nonce) != wire.NonceSize {
		t.Fatalf("hello was answered by %+v", hello)
	}
	for id := uint64(2); id < 50; id++ {
		if _, ok := ask(t, c, id, &wire.Ping{}).(*wire.Done); !ok {
			t.Fatal("a ping was not answered")
		}
	}
	if err := c.Ping(pongReader(t, c)); err != nil {
		t.Errorf("the websocket ping was not answered: %v", err)
	}
}

// pongReader reads in the background, as Ping needs it.
func pongReader(t *testing.T, c *websocket.Conn) context.Context {
	return c.CloseRead(t.Context())
}

// A message above the limit is refused by name, and the connection goes on.
func TestOversizedMessage(t *testing.T) {
	s := serve(t, nil)
	c := s.dial(t)
	if err := c.Write(t.Context(), websocket.MessageBinary, make([]byte, wire.MaxEarlyFrame+1)); err != nil {
		t.Fatal(err)
	}
	e, ok := read(t, c).Body.(*wire.Response).Result.(*wire.Error)
	if !ok || e.Code != wire.ErrorTooLarge {
		t.Fatalf("the answer is %+v", e)
	}
	if _, ok := ask(t, c, 1, &wire.Ping{}).(*wire.Done); !ok {
		t.Error("the connection does not go on")
	}
	large := encoded(2, &wire.OpenLinkSlot{SealedOffer: make([]byte, wire.MaxEarlyFrame-100)})
	if err := c.Write(t.Context(), websocket.MessageBinary, large); err != nil {
		t.Fatal(err)
	}
	if e, ok := read(t, c).Body.(*wire.Response).Result.(*wire.Error); !ok || e.Code != wire.ErrorNotAuthenticated {
		t.Errorf("a message of the largest size was answered by %+v", e)
	}
}

// What is not the protocol ends the connection with the status that says why.
func TestProtocolViolations(t *testing.T) {
	s := serve(t, nil)
	masked := func(first byte, payload string) []byte {
		b := []byte{first, 0x80 | byte(len(payload)), 0, 0, 0, 0}
		return append(b, payload...)
	}
	for name, c := range map[string]struct {
		frames []byte
		want   uint16
	}{
		"text":                       {masked(0x81, "hello"), 1003},
		"unmasked":                   {append([]byte{0x82, 5}, "hello"...), 1002},
		"continuation of nothing":    {masked(0x80, "x"), 1002},
		"new message in a message":   {append(masked(0x02, "x"), masked(0x82, "y")...), 1002},
		"reserved bit":               {masked(0xC2, "x"), 1002},
		"unknown operation":          {masked(0x83, "x"), 1002},
		"fragmented ping":            {masked(0x09, "x"), 1002},
		"close":                      {masked(0x88, "\x03\xe8"), 1000},
		"message of many gigabytes":  {[]byte{0x82, 0xff, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0}, 1009},
		"message of negative length": {[]byte{0x82, 0xff, 0xff, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0}, 1002},
	} {
		t.Run(name, func(t *testing.T) {
			conn := rawDial(t, s)
			if _, err := conn.Write(c.frames); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(conn)
			if err != nil && !errors.Is(err, io.EOF) {
				t.Fatalf("%v", err)
			}
			want := []byte{0x88, 2, byte(c.want >> 8), byte(c.want)}
			if !bytes.HasSuffix(rest, want) {
				t.Errorf("the connection ended with % x, want % x", rest, want)
			}
		})
	}
}

// Messages in several frames, with a ping between them, are one message.
func TestFragments(t *testing.T) {
	s := serve(t, nil)
	conn := rawDial(t, s)
	m := encoded(9, &wire.Ping{})
	frame := func(first byte, payload []byte) []byte {
		return append([]byte{first, 0x80 | byte(len(payload)), 0, 0, 0, 0}, payload...)
	}
	b := frame(0x02, m[:1])
	b = append(b, frame(0x89, []byte("hi"))...)
	b = append(b, frame(0x00, m[1:2])...)
	b = append(b, frame(0x80, m[2:])...)
	if _, err := conn.Write(b); err != nil {
		t.Fatal(err)
	}
	answer := wire.Encode(&wire.Frame{ID: 9, Body: &wire.Response{Result: &wire.Done{}}})
	want := append([]byte{0x8a, 2, 'h', 'i', 0x82, byte(len(answer))}, answer...)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got % x (%v), want % x", got, err, want)
	}
}

// rawDial makes the handshake by hand.
func rawDial(t *testing.T, s *server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	request := "GET " + wire.SocketPath + " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	var head []byte
	for one := make([]byte, 1); !bytes.HasSuffix(head, []byte("\r\n\r\n")); head = append(head, one...) {
		if _, err := conn.Read(one); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101")) {
		t.Fatalf("the handshake was answered by %s", head)
	}
	return conn
}

func TestShutdownClosesSockets(t *testing.T) {
	s := serve(t, nil)
	c := s.dial(t)
	ask(t, c, 1, &wire.Hello{Version: wire.Version})
	s.relay.Shutdown(t.Context())
	if _, ok := read(t, c).Body.(*wire.Event).Happening.(*wire.Closing); !ok {
		t.Error("the device was not told")
	}
	if _, _, err := c.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Errorf("the connection ended with %v", err)
	}
}

func get(t *testing.T, s *server, path string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestHealthAndMetrics(t *testing.T) {
	s := serve(t, nil)
	if r, body := get(t, s, "/healthz"); r.StatusCode != http.StatusOK || body != "ok\n" {
		t.Errorf("health is %d %q", r.StatusCode, body)
	}
	ask(t, s.dial(t), 1, &wire.Ping{})
	_, body := get(t, s, "/metrics")
	for _, line := range []string{"# TYPE parley_requests_total counter\nparley_requests_total 1\n", "parley_connections 1\n"} {
		if !strings.Contains(body, line) {
			t.Errorf("the metrics lack %q:\n%s", line, body)
		}
	}
	if r, _ := get(t, serve(t, errors.New("no disk")), "/healthz"); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without a store health is %d", r.StatusCode)
	}
}

func TestApp(t *testing.T) {
	s := serve(t, nil)
	for _, c := range []struct {
		path, accept                  string
		status                        int
		kind, cache, encoding, prefix string
	}{
		{"/", "gzip, br", 200, "text/html; charset=utf-8", "no-cache", "br", "brotli of index"},
		{"/", "gzip, br;q=0", 200, "text/html; charset=utf-8", "no-cache", "", "<title>"},
		{"/", "gzip", 200, "text/html; charset=utf-8", "no-cache", "", "<title>"},
		{"/chats/7", "gzip", 200, "text/html; charset=utf-8", "no-cache", "", "<title>"},
		{"/assets/main-1a2b3c.js", "br", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "", "export"},
		{"/assets/core-1a2b.wasm", "br", 200, "application/wasm", "public, max-age=31536000, immutable", "br", "brotli of wasm"},
		{"/manifest.webmanifest", "", 200, "application/manifest+json", "no-cache", "", "{}"},
		{"/assets/gone-0000.js", "br", 404, "text/plain; charset=utf-8", "", "", ""},
		{"/index.html.br", "br", 404, "text/plain; charset=utf-8", "", "", ""},
		{"/../../etc/passwd", "", 200, "text/html; charset=utf-8", "no-cache", "", "<title>"},
	} {
		t.Run(c.path+" "+c.accept, func(t *testing.T) {
			r, body := get(t, s, c.path, "Accept-Encoding", c.accept)
			h := r.Header
			if r.StatusCode != c.status || h.Get("Content-Type") != c.kind || h.Get("Cache-Control") != c.cache ||
				h.Get("Content-Encoding") != c.encoding || !strings.HasPrefix(body, c.prefix) {
				t.Errorf("got %d %v %q", r.StatusCode, h, body)
			}
			policy := h.Get("Content-Security-Policy")
			if !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "'unsafe-eval'") ||
				h.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("the security headers are %v", h)
			}
		})
	}
}

// A request that is no handshake leaves nothing behind: a proxy that has taken
// the wish for a WebSocket out goes on with its connection, and one that was
// answered in the middle of a handshake is closed.
func TestSocket_NoHandshake(t *testing.T) {
	s := serve(t, nil)
	for name, c := range map[string]struct{ headers, status string }{
		"without upgrade": {"", "HTTP/1.1 426"},
		"without a key":   {"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n", "HTTP/1.1 400"},
	} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		io.WriteString(conn, "GET "+wire.SocketPath+" HTTP/1.1\r\nHost: x\r\n"+c.headers+"\r\n")
		io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		all, err := io.ReadAll(conn)
		if err != nil {
			t.Fatalf("%s: the connection hangs: %v, after %q", name, err, all)
		}
		if !strings.HasPrefix(string(all), c.status) {
			t.Errorf("%s: answered by %q", name, all)
		}
		if goesOn := strings.HasSuffix(string(all), "ok\n"); goesOn != (c.headers == "") {
			t.Errorf("%s: the connection goes on: %v, %q", name, goesOn, all)
		}
	}
}

// The app does not stand in the way of files, nor they in its.
func TestMedia_NeedsToken(t *testing.T) {
	s := serve(t, nil)
	for _, r := range []struct{ method, path string }{
		{http.MethodPost, ""}, {http.MethodGet, "/x"}, {http.MethodHead, "/x"}, {http.MethodPatch, "/x"}, {http.MethodDelete, "/x"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), r.method, s.URL+wire.MediaPath+r.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close() // it was not read
		if response.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s %s without a token: %s", r.method, r.path, response.Status)
		}
	}
}
