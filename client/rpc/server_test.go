package rpc_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"parley/client/api"
	"parley/client/apitest"
	"parley/client/rpc"
)

// peer speaks raw lines with a server.
type peer struct {
	t     *testing.T
	core  *apitest.Core
	conn  net.Conn
	lines *bufio.Reader
	ended chan error
}

func newPeer(t *testing.T) *peer {
	t.Helper()
	near, far := net.Pipe()
	p := &peer{t: t, core: apitest.New(), conn: near, lines: bufio.NewReader(near), ended: make(chan error, 1)}
	server := &rpc.Server{Core: p.core, Log: slog.New(slog.DiscardHandler)}
	go func() { p.ended <- server.Serve(t.Context(), far) }()
	t.Cleanup(func() { near.Close() })
	return p
}

func (p *peer) write(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.conn, line+"\n"); err != nil {
		p.t.Fatal(err)
	}
}

// read returns the next line that is not an event.
func (p *peer) read() string {
	p.t.Helper()
	for {
		line, err := p.lines.ReadString('\n')
		if err != nil {
			p.t.Fatal(err)
		}
		if !strings.Contains(line, `"method":`) {
			return strings.TrimSpace(line)
		}
	}
}

func TestServer_MalformedInputIsAnsweredAndTheConnectionGoesOn(t *testing.T) {
	p := newPeer(t)
	for _, c := range []struct{ name, line, want string }{
		{"not JSON", `{"jsonrpc":`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,`},
		{"other version", `{"jsonrpc":"1.0","id":7,"method":"status"}`, `{"jsonrpc":"2.0","id":7,"error":{"code":-32600,`},
		{"no method", `{"jsonrpc":"2.0","id":"a"}`, `{"jsonrpc":"2.0","id":"a","error":{"code":-32600,`},
		{"id is an object", `{"jsonrpc":"2.0","id":{},"method":"status"}`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,`},
		{"positional parameters", `{"jsonrpc":"2.0","id":8,"method":"status","params":[1]}`, `{"jsonrpc":"2.0","id":8,"error":{"code":-32600,`},
		{"scalar", `42`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,`},
		{"empty batch", `[]`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,`},
		{"unknown method", `{"jsonrpc":"2.0","id":9,"method":"sing"}`, `{"jsonrpc":"2.0","id":9,"error":{"code":-32601,`},
		{"wrong parameters", `{"jsonrpc":"2.0","id":9,"method":"openChat","params":{"phone":1}}`, `{"jsonrpc":"2.0","id":9,"error":{"code":-32602,`},
		{"too long", `{"jsonrpc":"2.0","id":9,"method":"` + strings.Repeat("x", rpc.MaxRequest) + `"}`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,`},
		{"good", `{"jsonrpc":"2.0","id":10,"method":"newMessageId"}`, `{"jsonrpc":"2.0","id":10,"result":{"id":`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.write(c.line)
			if got := p.read(); !strings.HasPrefix(got, c.want) {
				t.Errorf("answer %s, want %s…", got, c.want)
			}
		})
	}
}

func TestServer_CoreErrorTravelsWhole(t *testing.T) {
	p := newPeer(t)
	p.write(`{"jsonrpc":"2.0","id":1,"method":"openChat","params":{"phone":"me"}}`)
	want := `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"This is not a phone number.`
	if got := p.read(); !strings.HasPrefix(got, want) || !strings.Contains(got, `"data":{"code":"phone_invalid"`) {
		t.Errorf("answer %s", got)
	}
}

func TestServer_BatchIsAnsweredAsOne(t *testing.T) {
	p := newPeer(t)
	p.write(`[{"jsonrpc":"2.0","id":1,"method":"status"},{"jsonrpc":"2.0","method":"status"},7,{"jsonrpc":"2.0","id":"b","method":"chats"}]`)
	var answers []struct{ ID json.RawMessage }
	if err := json.Unmarshal([]byte(p.read()), &answers); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, a := range answers {
		ids[string(a.ID)] = true
	}
	if len(answers) != 3 || !ids["1"] || !ids[`"b"`] || !ids["null"] {
		t.Errorf("answers to ids %v, want 1, \"b\" and null", ids)
	}
}

func TestServer_SlowCallHoldsNoOther(t *testing.T) {
	p := newPeer(t)
	p.core.SetOnline(false)
	p.write(`{"jsonrpc":"2.0","id":"slow","method":"sync"}`)
	p.write(`{"jsonrpc":"2.0","id":"quick","method":"status"}`)
	if got := p.read(); !strings.Contains(got, `"id":"quick"`) {
		t.Fatalf("first answer %s, want that of the quick call", got)
	}
	p.core.SetOnline(true)
	if got := p.read(); !strings.Contains(got, `"id":"slow","result"`) {
		t.Errorf("second answer %s", got)
	}
}

func TestServer_CancelEndsOneCall(t *testing.T) {
	p := newPeer(t)
	p.core.SetOnline(false)
	p.write(`{"jsonrpc":"2.0","id":5,"method":"sync"}`)
	p.write(`{"jsonrpc":"2.0","id":6,"method":"sync"}`)
	// The answer proves that both calls have been read; a cancel that came
	// before its call would be lost.
	p.write(`{"jsonrpc":"2.0","id":7,"method":"status"}`)
	p.read()
	p.write(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":5}}`)
	if got := p.read(); !strings.Contains(got, `"id":5,"error":{"code":-32800`) {
		t.Fatalf("answer %s, want the cancelled call", got)
	}
	p.core.SetOnline(true)
	if got := p.read(); !strings.Contains(got, `"id":6,"result"`) {
		t.Errorf("answer %s, want the other call's result", got)
	}
}

func TestServer_DisconnectCancelsCalls(t *testing.T) {
	p := newPeer(t)
	p.core.SetOnline(false)
	p.write(`{"jsonrpc":"2.0","id":1,"method":"sync"}`)
	p.write(`{"jsonrpc":"2.0","id":2,"method":"status"}`)
	p.read()
	p.conn.Close()
	// Serve waits for its calls: it returns only because sync was cancelled.
	if err := <-p.ended; err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

func TestServer_EventsKeepTheirOrder(t *testing.T) {
	p := newPeer(t)
	p.write(`{"jsonrpc":"2.0","id":1,"method":"status"}`)
	p.read()
	const n = 500
	for i := range n {
		p.core.Receive("+32470000002", strconv.Itoa(i))
	}
	for next := 0; next < n; {
		line, err := p.lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		var m struct {
			Method string
			Params struct{ Text string } // of a message
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		if m.Method != api.OnMessage.Name {
			continue
		}
		if m.Params.Text != strconv.Itoa(next) {
			t.Fatalf("event %q where %d was due", m.Params.Text, next)
		}
		next++
	}
}

func TestServer_SlowReaderIsToldToReadAgain(t *testing.T) {
	p := newPeer(t)
	p.write(`{"jsonrpc":"2.0","id":1,"method":"status"}`)
	p.read()
	for i := range rpc.MaxQueuedEvents {
		p.core.Receive("+32470000002", strconv.Itoa(i)) // two events each
	}
	p.write(`{"jsonrpc":"2.0","id":2,"method":"status"}`)
	resets, events := 0, 0
	for {
		line, err := p.lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, `"method":"reset"`) {
			resets++
		}
		if strings.Contains(line, `"id":2`) {
			break
		}
		events++
	}
	if resets == 0 || events > rpc.MaxQueuedEvents+200 {
		t.Errorf("%d resets among %d events", resets, events)
	}
}

func TestServeStdio_PipedCallsAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := apitest.New()
		core.SetOnline(false)
		in := strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"sync"}` + "\n" + `{"jsonrpc":"2.0","id":2,"method":"status"}`)
		var out bytes.Buffer
		done := make(chan error, 1)
		go func() { done <- server(core).ServeStdio(t.Context(), in, &out) }()
		synctest.Wait()
		core.SetOnline(true)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`"id":1,"result"`, `"id":2,"result"`} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("output misses %s:\n%s", want, out.String())
			}
		}
	})
}

func TestServeStdio_EndlessCallEndsAfterTheInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := apitest.New()
		core.SetOnline(false)
		var out bytes.Buffer
		err := server(core).ServeStdio(t.Context(), strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"sync"}`), &out)
		if err != nil || !strings.Contains(out.String(), `"id":1,"error":{"code":-32800`) {
			t.Errorf("error %v, output %s", err, out.String())
		}
	})
}

func server(core api.Core) *rpc.Server {
	return &rpc.Server{Core: core, Log: slog.New(slog.DiscardHandler)}
}

// Whatever a peer writes, every answer is a JSON-RPC message and a proper call
// after it is answered.
func FuzzServer(f *testing.F) {
	const proper = "the proper call"
	for _, seed := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"status"}`, `[{"jsonrpc":"2.0","id":1,"method":"chats"}]`, `{`, `[]`, `[[]]`, `null`,
		`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"last"}}`, "\n\n", "\x00", `{"id":1e400,"jsonrpc":"2.0","method":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		if bytes.Contains(input, []byte(proper)) {
			return // an answer to it would prove nothing
		}
		in := io.MultiReader(bytes.NewReader(input), strings.NewReader("\n"+`{"jsonrpc":"2.0","id":"`+proper+`","method":"newMessageId"}`))
		var out bytes.Buffer
		if err := server(apitest.New()).ServeStdio(context.Background(), in, &out); err != nil {
			t.Fatal(err)
		}
		answered := false
		for line := range strings.Lines(out.String()) {
			if !json.Valid([]byte(line)) {
				t.Fatalf("answer is not JSON: %q", line)
			}
			answered = answered || strings.HasPrefix(line, `{"jsonrpc":"2.0","id":"`+proper+`","result":{"id":"message`)
		}
		if !answered {
			t.Fatalf("the proper call was not answered:\n%s", out.String())
		}
	})
}
