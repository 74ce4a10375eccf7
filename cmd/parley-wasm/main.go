//go:build js && wasm

// Command parley-wasm is the client core for browsers. It runs in a dedicated worker, which gives it, as the global
// parleyHost, what it needs:
//
//	config                 JSON of the type config
//	ready(call)            the core is open; call(method, paramsJSON, resolve, reject) runs a method
//	event(name, dataJSON)  something happened
//	failed(errorJSON)      the core could not be opened; the error has a code and a message
//	fatal()                the core panicked; the worker must be restarted
//
// The worker also supplies the imports of client/wasmsqlite. A panic outside a call or an event ends the program
// with status 2, which the worker treats like fatal.
package main

import (
	"context"
	"log/slog"
	"os"
	"syscall/js"
)

func main() {
	ctx := context.Background()
	b := &bridge{
		ctx:  ctx,
		host: js.Global().Get("parleyHost"),
		log:  slog.New(slog.NewTextHandler(os.Stderr, nil)),
		errs: os.Stderr,
	}
	defer b.guard()
	core, err := openCore(ctx, b.host.Get("config").String(), b.log)
	if err != nil {
		b.host.Call("failed", b.encodeError("open", err))
		return
	}
	b.core = core
	b.start()
	select {} // calls and events go on in their own goroutines
}
