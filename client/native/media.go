package native

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"parley/client"
	"parley/client/api"
	"parley/client/media"
	"parley/client/store"
)

// mediaFiles keeps sealed files in a folder beside the database, named by their ids.
// They are sealed before anything else, since sealing a file twice that has changed
// meanwhile would give its key away; and the app lock needs do nothing about them.
type mediaFiles struct{ dir string }

var _ client.Files = mediaFiles{}

// MediaFiles keeps sealed files in a folder below dir; see client.Files.
func MediaFiles(dir string) (client.Files, error) { return newMediaFiles(dir) }

// newMediaFiles makes the folder, for the user alone.
func newMediaFiles(dir string) (mediaFiles, error) {
	f := mediaFiles{filepath.Join(dir, "media")}
	return f, os.MkdirAll(f.dir, 0o700)
}

func (f mediaFiles) path(id store.MediaID) string { return filepath.Join(f.dir, id.String()) }

// Seal implements client.Files.
func (f mediaFiles) Seal(ctx context.Context, path string) (_ *store.Media, err error) {
	if !filepath.IsAbs(path) {
		return nil, api.ErrFileUnreadable
	}
	from, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", api.ErrFileUnreadable, err)
	}
	defer func() { _ = from.Close() }() // it was only read
	info, err := from.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(api.ErrFileUnreadable, err)
	}
	m := &store.Media{Key: make([]byte, media.KeySize), Size: info.Size(), Local: true, CreatedAt: time.Now().UnixMilli()}
	for _, b := range [][]byte{m.Key, m.ID[:]} {
		if _, err := rand.Read(b); err != nil {
			return nil, err
		}
	}
	to, err := os.OpenFile(f.path(m.ID), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, f.known(err)
	}
	m.Hash, err = media.Seal(to, contextReader{ctx, from}, m.Key, m.Size)
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		return nil, errors.Join(f.known(err), os.Remove(f.path(m.ID)))
	}
	return m, nil
}

// contextReader ends when its context does.
type contextReader struct {
	ctx  context.Context
	from io.Reader
}

func (r contextReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(b)
}

// known gives errors the names that the core acts on.
func (f mediaFiles) known(err error) error {
	switch {
	case isDiskFull(err):
		return errors.Join(client.ErrFileFull, api.ErrStorageFull)
	case errors.Is(err, media.ErrChanged):
		return api.ErrFileUnreadable
	case errors.Is(err, fs.ErrNotExist):
		return client.ErrFileLost
	}
	return err
}

// Save implements client.Files.
func (f mediaFiles) Save(ctx context.Context, m *store.Media, path string) error {
	if !filepath.IsAbs(path) {
		return api.ErrFileUnreadable
	}
	from, err := os.Open(f.path(m.ID))
	if err != nil {
		return f.known(err)
	}
	defer func() { _ = from.Close() }() // it was only read
	to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return api.ErrFileExists
	}
	if err != nil {
		return fmt.Errorf("%w (%w)", api.ErrFileUnreadable, err)
	}
	err = media.Open(contextWriter{ctx, to}, from, m.Key, m.Size)
	if err = errors.Join(err, to.Close()); err != nil {
		if errors.Is(err, media.ErrDamaged) {
			err = api.ErrFileDamaged
		}
		return errors.Join(f.known(err), os.Remove(path))
	}
	return nil
}

// contextWriter ends when its context does.
type contextWriter struct {
	ctx context.Context
	to  io.Writer
}

func (w contextWriter) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.to.Write(b)
}

// Remove implements client.Files.
func (f mediaFiles) Remove(_ context.Context, id store.MediaID) error {
	var failed error
	for _, name := range []string{f.path(id), f.path(id) + partial} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
