//go:build js && wasm

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"syscall/js"

	"parley/client/api"
	"parley/client/json"
)

// bridge is the core as a JavaScript object. See web/src/core/worker/host.ts for the other side.
type bridge struct {
	ctx  context.Context
	core api.Core
	host js.Value
	log  api.Log
	errs io.Writer // where stacks of panics go
}

// start hands the call function to the host and begins to pass events on.
func (b *bridge) start() (stop func()) {
	cancel := b.core.Subscribe(func(event string, data json.RawMessage) {
		defer b.guard()
		b.host.Call("event", event, string(data))
	})
	call := js.FuncOf(b.call)
	b.host.Call("ready", call)
	return func() {
		cancel()
		call.Release()
	}
}

// call is call(method, paramsJSON, resolve, reject) in JavaScript. It returns at once; later either resolve gets the
// result's JSON or reject gets that of an api.Error.
func (b *bridge) call(_ js.Value, args []js.Value) any {
	method, params := args[0].String(), json.RawMessage(args[1].String())
	resolve, reject := args[2], args[3]
	go func() {
		defer b.guard()
		result, err := b.core.Call(b.ctx, method, params)
		if err != nil {
			reject.Invoke(b.encodeError(method, err))
			return
		}
		resolve.Invoke(string(result))
	}()
	return nil
}

// encodeError gives what the person may see. Anything without a code is logged by type: its text may quote content.
func (b *bridge) encodeError(method string, err error) string {
	var coded *api.Error
	if !errors.As(err, &coded) {
		b.log.Error("call failed", "method", method, "error", fmt.Sprintf("%T", err))
		coded = api.ErrInternal
	}
	text, err := json.Marshal(coded)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// guard catches a panic of the core and tells the host, which restarts the worker: after a panic nothing in memory
// can be trusted, while what is on disk was written in transactions.
func (b *bridge) guard() {
	r := recover()
	if r == nil {
		return
	}
	// A panic's value may hold content; the runtime's own do not.
	what := fmt.Sprintf("%T", r)
	var fault runtime.Error
	if err, ok := r.(error); ok && errors.As(err, &fault) {
		what = fault.Error()
	}
	fmt.Fprintf(b.errs, "panic in the core: %s\n%s", what, debug.Stack())
	b.host.Call("fatal")
}
