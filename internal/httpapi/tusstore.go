package httpapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/tus/tusd/v2/pkg/handler"

	"parley/internal/media"
	"parley/internal/relay"
	"parley/wire"
)

// tusStore lets tus write the blobs of the relay. Which one, and how large it will
// be, says the grant of the request.
type tusStore struct{ *mediaHandler }

var (
	_ handler.DataStore           = tusStore{}
	_ handler.TerminaterDataStore = tusStore{}
)

// NewUpload implements handler.DataStore. An upload that was begun before stays as
// it is: its answer may have been lost.
func (s tusStore) NewUpload(ctx context.Context, _ handler.FileInfo) (handler.Upload, error) {
	u := tusUpload{s.mediaHandler, grantOf(ctx)}
	return u, u.known(s.relay.Blobs().Create(ctx, u.grant.ID))
}

// GetUpload implements handler.DataStore.
func (s tusStore) GetUpload(ctx context.Context, id string) (handler.Upload, error) {
	u := tusUpload{s.mediaHandler, grantOf(ctx)}
	if id != u.grant.ID.String() {
		return nil, handler.ErrNotFound
	}
	return u, nil
}

// AsTerminatableUpload implements handler.TerminaterDataStore.
func (tusStore) AsTerminatableUpload(upload handler.Upload) handler.TerminatableUpload {
	return upload.(tusUpload)
}

// tusUpload is one file that is being uploaded.
type tusUpload struct {
	*mediaHandler
	grant relay.MediaGrant
}

// WriteChunk implements handler.Upload. On a full disk nothing of the file is left.
func (u tusUpload) WriteChunk(ctx context.Context, offset int64, from io.Reader) (int64, error) {
	n, err := u.relay.Blobs().Append(ctx, u.grant.ID, offset, from)
	if errors.Is(err, media.ErrFull) {
		if gone := u.relay.RemoveMedia(context.WithoutCancel(ctx), u.grant); gone != nil {
			u.log.Error("media that did not fit cannot be removed", slog.Any("cause", gone))
		}
		return 0, u.known(err)
	}
	return n, u.known(err)
}

// GetInfo implements handler.Upload.
func (u tusUpload) GetInfo(ctx context.Context) (handler.FileInfo, error) {
	blob, err := u.relay.Blobs().Find(ctx, u.grant.ID)
	if err != nil {
		return handler.FileInfo{}, u.known(err)
	}
	return handler.FileInfo{ID: u.grant.ID.String(), Size: u.grant.Size, Offset: blob.Size, MetaData: handler.MetaData{}}, nil
}

// GetReader implements handler.Upload; what is not checked yet is not read.
func (tusUpload) GetReader(context.Context) (io.ReadCloser, error) {
	return nil, handler.ErrNotImplemented
}

// FinishUpload implements handler.Upload; the device calls FinishMedia next.
func (tusUpload) FinishUpload(context.Context) error { return nil }

// Terminate implements handler.TerminatableUpload.
func (u tusUpload) Terminate(ctx context.Context) error {
	return u.known(u.relay.RemoveMedia(ctx, u.grant))
}

// known gives errors the status that a device acts on. Causes are for the operator:
// they name folders.
func (u tusUpload) known(err error) error {
	refuse := func(code wire.ErrorCode, status int) error {
		return handler.NewError(code.String(), code.Sentence(), status)
	}
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case errors.Is(err, media.ErrNotFound):
		return handler.ErrNotFound
	case errors.Is(err, media.ErrOffset):
		return handler.ErrMismatchOffset
	case errors.Is(err, media.ErrFull):
		u.log.Error("media cannot be written", slog.Any("cause", err))
		return refuse(wire.ErrorStorageFull, http.StatusInsufficientStorage)
	}
	var named handler.Error
	if errors.As(err, &named) { // of the connection
		return named
	}
	u.log.Error("media cannot be written", slog.Any("cause", err))
	return refuse(wire.ErrorInternal, http.StatusInternalServerError)
}
