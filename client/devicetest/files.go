package devicetest

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"parley/client"
	"parley/internal/relay"
	"parley/wire"
)

// movedFiles reach the relay where it is now: each of its starts has another address.
type movedFiles struct {
	client.Files
	d *Device
}

func (f movedFiles) Upload(ctx context.Context, t client.FileTransfer) error {
	t.URL = f.d.relay.URL() + wire.MediaPath
	return f.Files.Upload(ctx, t)
}

func (f movedFiles) Download(ctx context.Context, t client.FileTransfer) error {
	t.URL = f.d.relay.URL() + wire.MediaPath
	return f.Files.Download(ctx, t)
}

// SetLimits changes what the relay allows, from its next start on.
func (r *Relay) SetLimits(change func(*relay.Settings)) { r.change = change }

// MediaDir is where the relay's files lie.
func (r *Relay) MediaDir() string { return filepath.Join(r.dir, "media") }

// CutFiles has each request for a file break off after so many bytes; 0 lets all pass.
func (r *Relay) CutFiles(after int64) { r.cutAfter.Store(after) }

// cutFiles does what CutFiles says.
func (r *Relay) cutFiles(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		after := r.cutAfter.Load()
		if after == 0 || !strings.HasPrefix(req.URL.Path, wire.MediaPath) {
			h.ServeHTTP(w, req)
			return
		}
		req.Body = &cutBody{req.Body, after}
		h.ServeHTTP(&cutWriter{w, after}, req)
	})
}

type cutBody struct {
	io.ReadCloser
	left int64
}

func (b *cutBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

type cutWriter struct {
	http.ResponseWriter
	left int64
}

func (w *cutWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *cutWriter) Write(p []byte) (int, error) {
	if int64(len(p)) > w.left {
		_, _ = w.ResponseWriter.Write(p[:w.left]) // it ends in any case
		_ = http.NewResponseController(w.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	w.left -= int64(len(p))
	return w.ResponseWriter.Write(p)
}
