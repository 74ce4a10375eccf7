//go:build js && wasm

package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"syscall/js"

	"parley/client"
	"parley/client/api"
	"parley/client/json"
	"parley/client/store"
	"parley/wire"
)

// hostFiles are the files of the page's origin, which the host seals, keeps and moves
// (web/src/core/worker/media): the browser's own cryptography and network need no
// bytes in WebAssembly's memory.
type hostFiles struct{ b *bridge }

var _ client.Files = hostFiles{}

// fileJob is the type Transfer of the host.
type fileJob struct {
	ID         string `json:"id"`
	URL        string `json:"url,omitempty"`
	Token      string `json:"token,omitempty"`
	SealedSize int64  `json:"sealedSize,omitempty"`
	Hash       string `json:"hash,omitempty"`
}

// Seal implements client.Files: here the page's putFile does it.
func (hostFiles) Seal(context.Context, string) (*store.Media, error) {
	return nil, api.ErrFilesUnavailable
}

// Save implements client.Files: here the page saves.
func (hostFiles) Save(context.Context, *store.Media, string) error { return api.ErrFilesUnavailable }

// Upload implements client.Files.
func (f hostFiles) Upload(ctx context.Context, t client.FileTransfer) error {
	return f.run(ctx, "upload", jobOf(t), t.Progress)
}

// Download implements client.Files.
func (f hostFiles) Download(ctx context.Context, t client.FileTransfer) error {
	return f.run(ctx, "download", jobOf(t), t.Progress)
}

// Remove implements client.Files.
func (f hostFiles) Remove(ctx context.Context, id store.MediaID) error {
	return f.run(ctx, "remove", fileJob{ID: id.String()}, func(int64) {})
}

func jobOf(t client.FileTransfer) fileJob {
	return fileJob{
		ID: t.Media.ID.String(), URL: t.URL, Token: t.Token, SealedSize: t.SealedSize,
		Hash: base64.StdEncoding.EncodeToString(t.Media.Hash),
	}
}

// run calls files(what, jobJSON, progress, done) of the host, which always calls done
// with a code, empty if all went well; after "cancel" soon.
func (f hostFiles) run(ctx context.Context, what string, job fileJob, progress func(int64)) error {
	text, err := json.Marshal(job)
	if err != nil {
		return err
	}
	moved := make(chan int64, 1)
	ended := make(chan string, 1)
	onMoved := js.FuncOf(func(_ js.Value, args []js.Value) any {
		select {
		case moved <- int64(args[0].Float()):
		default: // the next one tells more
		}
		return nil
	})
	defer onMoved.Release()
	onDone := js.FuncOf(func(_ js.Value, args []js.Value) any {
		ended <- args[0].String()
		return nil
	})
	defer onDone.Release()
	f.b.host.Call("files", what, string(text), onMoved, onDone)
	cancelled := ctx.Done()
	for {
		select {
		case n := <-moved:
			progress(n)
		case <-cancelled:
			cancelled = nil
			f.b.host.Call("files", "cancel", string(text), js.Null(), js.Null())
		case code := <-ended:
			return errors.Join(filesError(code), ctx.Err())
		}
	}
}

// filesError is what a code of the host means to the core.
func filesError(code string) error {
	switch code {
	case "":
		return nil
	case "lost":
		return client.ErrFileLost
	case "full":
		return client.ErrFileFull
	case "damaged":
		return client.ErrFileDamaged
	case "token":
		return client.ErrFileToken
	case "unavailable":
		return api.ErrFilesUnavailable
	case "unknown":
		return wire.NewError(wire.ErrorMediaUnknown)
	case "relayFull":
		return wire.NewError(wire.ErrorStorageFull)
	}
	return fmt.Errorf("the browser could not move a file: %s", code)
}
