//go:build js && wasm

// Command parley-wasm is the client core for browsers. It runs in a dedicated worker, which gives it, as the global
// parleyHost, what it needs:
//
//	config                 JSON of the type config
//	ready(call)            the core is open; call(method, paramsJSON, resolve, reject) runs a method
//	event(name, dataJSON)  something happened
//	failed(errorJSON)      the core could not be opened; the error has a code and a message
//	fatal()                the core panicked; the worker must be restarted
//	deflate(bytes, limit, done), inflate(bytes, limit, done)
//	                       compress and expand (RFC 1951); done(bytes), or done(null) if that fails or gives more than limit
//	files(what, jobJSON, progress, done)
//	                       seals, keeps and moves files: upload, download, remove or cancel; see hostFiles
//
// The worker also supplies the imports of client/wasmsqlite. A panic outside a call or an event ends the program
// with status 2, which the worker treats like fatal.
package main

import (
	"context"
	"os"
	"syscall/js"
)

func main() {
	ctx := context.Background()
	b := &bridge{
		ctx:  ctx,
		host: js.Global().Get("parleyHost"),
		log:  console{os.Stderr},
		errs: os.Stderr,
	}
	defer b.guard()
	core, err := b.openCore(ctx, b.host.Get("config").String())
	if err != nil {
		b.host.Call("failed", b.encodeError("open", err))
		return
	}
	b.core = core
	b.start()
	select {} // calls and events go on in their own goroutines
}
