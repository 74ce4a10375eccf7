//go:build js && wasm

package main

import (
	"context"
	"errors"
	"syscall/js"
)

// errCompression: the browser could not compress, or what it should expand is damaged or too large.
var errCompression = errors.New("the browser's compression failed")

// deflate implements client.Config.Deflate with the browser's CompressionStream.
func (b *bridge) deflate(ctx context.Context, data []byte) ([]byte, error) {
	return b.transform(ctx, "deflate", data, 0)
}

// inflate implements client.Config.Inflate.
func (b *bridge) inflate(ctx context.Context, data []byte, limit int) ([]byte, error) {
	return b.transform(ctx, "inflate", data, limit)
}

// transform calls name(bytes, limit, done) of the host, which calls done with the result, or with null.
func (b *bridge) transform(ctx context.Context, name string, data []byte, limit int) ([]byte, error) {
	in := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(in, data)
	result := make(chan js.Value, 1)
	done := js.FuncOf(func(_ js.Value, args []js.Value) any {
		result <- args[0]
		return nil
	})
	defer done.Release()
	b.host.Call(name, in, limit, done)
	// The host always answers, so that done is not released before: it does not wait for anybody.
	out := <-result
	if out.IsNull() {
		return nil, errors.Join(errCompression, ctx.Err())
	}
	bytes := make([]byte, out.Get("length").Int())
	js.CopyBytesToGo(bytes, out)
	return bytes, nil
}
