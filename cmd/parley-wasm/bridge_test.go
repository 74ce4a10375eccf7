//go:build js && wasm

// These tests run in a browser: node web/test/gowasm.mjs ./cmd/parley-wasm
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall/js"
	"testing"

	"parley/client/api"
	"parley/client/json"
)

// scripted is a core whose answers a test chooses.
type scripted struct {
	call      func(method string, params json.RawMessage) (json.RawMessage, error)
	subscribe func(event string, data json.RawMessage)
}

func (s *scripted) Call(_ context.Context, method string, params json.RawMessage) (json.RawMessage, error) {
	return s.call(method, params)
}

func (s *scripted) Subscribe(f func(string, json.RawMessage)) func() {
	s.subscribe = f
	return func() { s.subscribe = nil }
}

// host plays the worker: what it is told comes as lines on told.
type host struct {
	call js.Value
	told chan string
	errs bytes.Buffer
}

// start puts a bridge over the core and gives the worker's view of it.
func start(t *testing.T, core *scripted) *host {
	h := &host{told: make(chan string, 10)}
	object := js.Global().Get("Object").New()
	method := func(name string, f func(args []js.Value)) {
		fn := js.FuncOf(func(_ js.Value, args []js.Value) any { f(args); return nil })
		t.Cleanup(fn.Release)
		object.Set(name, fn)
	}
	method("ready", func(args []js.Value) { h.call = args[0] })
	method("event", func(args []js.Value) { h.told <- "event " + args[0].String() + " " + args[1].String() })
	method("fatal", func([]js.Value) { h.told <- "fatal" })
	b := &bridge{ctx: t.Context(), core: core, host: object, log: console{&h.errs}, errs: &h.errs}
	t.Cleanup(b.start())
	return h
}

// invoke calls as JavaScript does and waits for what the worker is told.
func (h *host) invoke(t *testing.T, method, params string) string {
	outcome := func(kind string) js.Func {
		fn := js.FuncOf(func(_ js.Value, args []js.Value) any { h.told <- kind + " " + args[0].String(); return nil })
		t.Cleanup(fn.Release)
		return fn
	}
	h.call.Invoke(method, params, outcome("resolve"), outcome("reject"))
	return <-h.told
}

func TestCallResolvesWithTheResult(t *testing.T) {
	h := start(t, &scripted{call: func(method string, params json.RawMessage) (json.RawMessage, error) {
		return json.RawMessage(fmt.Sprintf(`{"method":%q,"params":%s}`, method, params)), nil
	}})
	if got := h.invoke(t, "send", `{"text":"é"}`); got != `resolve {"method":"send","params":{"text":"é"}}` {
		t.Errorf("got %s", got)
	}
}

func TestCodedErrorIsPassedOn(t *testing.T) {
	h := start(t, &scripted{call: func(string, json.RawMessage) (json.RawMessage, error) {
		return nil, fmt.Errorf("wrapped: %w", &api.Error{Code: "code_wrong", Message: "No.", TriesLeft: 2})
	}})
	if got := h.invoke(t, "register", `{}`); got != `reject {"code":"code_wrong","message":"No.","triesLeft":2}` {
		t.Errorf("got %s", got)
	}
}

func TestOtherErrorsShowNothingOfTheirText(t *testing.T) {
	h := start(t, &scripted{call: func(string, json.RawMessage) (json.RawMessage, error) {
		return nil, errors.New("secret words")
	}})
	if got := h.invoke(t, "send", `{}`); !strings.HasPrefix(got, `reject {"code":"internal"`) {
		t.Errorf("got %s", got)
	}
	if log := h.errs.String(); log == "" || strings.Contains(log, "secret words") {
		t.Errorf("log: %s", log)
	}
}

func TestPanicOfACallIsFatalAndTellsNoContent(t *testing.T) {
	h := start(t, &scripted{call: func(string, json.RawMessage) (json.RawMessage, error) { panic("secret words") }})
	if got := h.invoke(t, "send", `{}`); got != "fatal" {
		t.Errorf("got %s", got)
	}
	if log := h.errs.String(); !strings.Contains(log, "panic in the core: string") || strings.Contains(log, "secret words") {
		t.Errorf("log: %s", log)
	}
}

// A call that waits for something that only a later call brings must not hold the worker up.
func TestCallsRunBesideEachOther(t *testing.T) {
	opened := make(chan struct{})
	h := start(t, &scripted{call: func(method string, _ json.RawMessage) (json.RawMessage, error) {
		if method == "wait" {
			<-opened
		} else {
			close(opened)
		}
		return json.RawMessage(`"` + method + `"`), nil
	}})
	ignore := js.FuncOf(func(_ js.Value, args []js.Value) any { h.told <- args[0].String(); return nil })
	defer ignore.Release()
	h.call.Invoke("wait", "{}", ignore, ignore)
	h.call.Invoke("open", "{}", ignore, ignore)
	if got := []string{<-h.told, <-h.told}; !(got[0] == `"open"` || got[1] == `"open"`) {
		t.Errorf("got %q", got)
	}
}

func TestEventsComeInOrder(t *testing.T) {
	core := &scripted{}
	h := start(t, core)
	for _, data := range []string{`{"n":1}`, `{"n":2}`} {
		core.subscribe("message", json.RawMessage(data))
	}
	if got := []string{<-h.told, <-h.told}; got[0] != `event message {"n":1}` || got[1] != `event message {"n":2}` {
		t.Errorf("got %q", got)
	}
}
