package native

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"parley/client"
	"parley/wire"
)

// partial ends the name of a file that is being downloaded.
const partial = ".part"

// transferStall ends a connection over which nothing moves; the next try goes on.
const transferStall = time.Minute

// mediaClient has no time for a whole request: a file takes as long as it takes.
var mediaClient = &http.Client{Transport: &http.Transport{
	Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: transferStall, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute,
	// A token must not follow to another place.
	DisableCompression: true,
}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Upload implements client.Files by tus 1.0.
func (f mediaFiles) Upload(ctx context.Context, t client.FileTransfer) error {
	file, err := os.Open(f.path(t.Media.ID))
	if err != nil {
		return f.known(err)
	}
	defer func() { _ = file.Close() }() // it was only read
	if info, err := file.Stat(); err != nil || info.Size() != t.SealedSize {
		return errors.Join(client.ErrFileLost, err)
	}
	offset, err := uploadOffset(ctx, t)
	if err != nil || offset >= t.SealedSize {
		return err
	}
	t.Progress(offset)
	body := &movingReader{from: io.NewSectionReader(file, offset, t.SealedSize-offset), moved: offset, progress: t.Progress}
	r, err := ask(ctx, t, http.MethodPatch, t.Media.ID.String(), body, map[string]string{
		"Content-Type": "application/offset+octet-stream", "Upload-Offset": strconv.FormatInt(offset, 10),
	})
	if err != nil {
		return err
	}
	return finish(r, http.StatusNoContent)
}

// uploadOffset is how much the relay has of a file; an upload is begun if need be.
func uploadOffset(ctx context.Context, t client.FileTransfer) (int64, error) {
	r, err := ask(ctx, t, http.MethodHead, t.Media.ID.String(), nil, nil)
	if err != nil {
		return 0, err
	}
	if r.StatusCode == http.StatusNotFound {
		_ = r.Body.Close() // of a HEAD: empty
		r, err = ask(ctx, t, http.MethodPost, "", nil, map[string]string{"Upload-Length": strconv.FormatInt(t.SealedSize, 10)})
		if err != nil {
			return 0, err
		}
		return 0, finish(r, http.StatusCreated)
	}
	if err := finish(r, http.StatusOK); err != nil {
		return 0, err
	}
	offset, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 || offset > t.SealedSize {
		return 0, fmt.Errorf("the relay has %q bytes of %d", r.Header.Get("Upload-Offset"), t.SealedSize)
	}
	return offset, nil
}

// ask makes a request; the answer's body is to be closed.
func ask(ctx context.Context, t client.FileTransfer, method, id string, body io.Reader, header map[string]string) (*http.Response, error) {
	url := t.URL
	if id != "" {
		url += "/" + id
	}
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	if moving, ok := body.(*movingReader); ok {
		r.ContentLength = moving.from.(*io.SectionReader).Size()
	}
	r.Header.Set("Authorization", "Bearer "+t.Token)
	r.Header.Set("Tus-Resumable", "1.0.0")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	return mediaClient.Do(r)
}

// finish closes an answer and tells what it means if it is not the one wanted.
func finish(r *http.Response, want int) error {
	text, err := io.ReadAll(io.LimitReader(r.Body, 1<<10))
	err = errors.Join(err, r.Body.Close())
	if r.StatusCode == want {
		return nil
	}
	return refusal(r.StatusCode, string(text), err)
}

func refusal(status int, text string, err error) error {
	switch status {
	case http.StatusUnauthorized:
		return client.ErrFileToken
	case http.StatusNotFound:
		return wire.NewError(wire.ErrorMediaUnknown)
	case http.StatusInsufficientStorage:
		return wire.NewError(wire.ErrorStorageFull)
	}
	text, _, _ = strings.Cut(text, "\n")
	return errors.Join(fmt.Errorf("the relay answered %d %.100q", status, text), err)
}

// movingReader tells how far it is.
type movingReader struct {
	from     io.Reader
	moved    int64
	progress func(int64)
}

func (m *movingReader) Read(b []byte) (int, error) {
	n, err := m.from.Read(b)
	m.moved += int64(n)
	m.progress(m.moved)
	return n, err
}

// Download implements client.Files. What has come is kept, and gone on with.
func (f mediaFiles) Download(ctx context.Context, t client.FileTransfer) error {
	name := f.path(t.Media.ID)
	if err := f.downloadPart(ctx, t, name+partial); err != nil {
		return err
	}
	return os.Rename(name+partial, name)
}

// downloadPart fetches what is missing of a file and checks it.
func (f mediaFiles) downloadPart(ctx context.Context, t client.FileTransfer, name string) (err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return f.known(err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	had, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if had < t.SealedSize {
		if err := fetchRest(ctx, t, file, had); err != nil {
			return f.known(err)
		}
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	hash, err := wire.MediaHash(contextReader{ctx, file})
	if err != nil {
		return err
	}
	if !bytes.Equal(hash[:], t.Media.Hash) {
		return errors.Join(client.ErrFileDamaged, file.Truncate(0))
	}
	return f.known(file.Sync())
}

func fetchRest(ctx context.Context, t client.FileTransfer, file *os.File, had int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := ask(ctx, t, http.MethodGet, t.Media.ID.String(), nil, map[string]string{"Range": fmt.Sprintf("bytes=%d-", had)})
	if err != nil {
		return err
	}
	if r.StatusCode != http.StatusPartialContent {
		return finish(r, http.StatusPartialContent)
	}
	defer func() { _ = r.Body.Close() }() // an error has been told by reading
	stall := time.AfterFunc(transferStall, cancel)
	defer stall.Stop()
	from := &movingReader{from: io.LimitReader(r.Body, t.SealedSize-had), moved: had, progress: func(moved int64) {
		stall.Reset(transferStall)
		t.Progress(moved)
	}}
	n, err := io.Copy(file, from)
	if err == nil && had+n < t.SealedSize {
		err = io.ErrUnexpectedEOF
	}
	return err
}
