package httpapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"
	expslog "golang.org/x/exp/slog"

	"parley/internal/media"
	"parley/internal/relay"
	"parley/wire"
)

// mediaStall ends a download whose reader takes nothing for so long.
const mediaStall = time.Minute

// mediaHandler lets devices upload encrypted files by tus 1.0 (creation,
// termination) and download them, also in ranges. What each request may do says the
// token that the relay gave out on the socket; nothing here knows accounts.
// There are no headers for other origins: browsers reach it from the app alone.
type mediaHandler struct {
	relay *relay.Relay
	log   *slog.Logger
	tus   *handler.UnroutedHandler
	// uploads is tus with its checks of headers around.
	uploads http.Handler
}

func newMediaHandler(r *relay.Relay, log *slog.Logger) http.Handler {
	h := &mediaHandler{relay: r, log: log}
	composer := handler.NewStoreComposer()
	composer.UseCore(tusStore{h})
	composer.UseTerminater(tusStore{h})
	composer.UseLocker(memorylocker.New())
	var err error
	h.tus, err = handler.NewUnroutedHandler(handler.Config{
		StoreComposer: composer, BasePath: wire.MediaPath + "/", DisableDownload: true,
		Cors: &handler.CorsConfig{Disable: true},
		// It would log every request; what goes wrong is logged here.
		Logger: expslog.New(expslog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		panic(err) // the configuration above is wrong
	}
	h.uploads = h.tus.Middleware(http.HandlerFunc(h.upload))
	return h
}

// grantKey finds the grant of a request in its context.
type grantKey struct{}

// ServeHTTP implements http.Handler.
func (h *mediaHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setSecurityHeaders(w.Header())
	// Whatever a browser makes of it, it is a file to be saved, and never a page.
	w.Header().Set("Content-Disposition", "attachment")
	w.Header().Set("Cache-Control", "no-store")
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	grant, ok := h.relay.GrantMedia(token)
	if id := r.PathValue("id"); !ok || id != "" && id != grant.ID.String() {
		h.refuse(w, http.StatusUnauthorized, wire.ErrorNotAuthenticated)
		return
	}
	// Every request is what its method says; tus could take another one from a header.
	r.Header.Del("X-Http-Method-Override")
	r = r.WithContext(context.WithValue(r.Context(), grantKey{}, grant))
	if grant.Upload {
		h.uploads.ServeHTTP(w, r)
		return
	}
	h.download(w, r, grant)
}

// upload passes a request on to tus.
func (h *mediaHandler) upload(w http.ResponseWriter, r *http.Request) {
	grant := grantOf(r.Context())
	id := r.PathValue("id")
	onFile := id != ""
	// tus takes the whole path for the id.
	r = r.WithContext(r.Context())
	r.URL = &url.URL{Path: id}
	switch {
	case r.Method == http.MethodPost && !onFile:
		if r.Header.Get("Upload-Length") != strconv.FormatInt(grant.Size, 10) {
			h.refuse(w, http.StatusBadRequest, wire.ErrorMalformed) // another size than announced
			return
		}
		h.tus.PostFile(w, r)
	case r.Method == http.MethodHead && onFile:
		h.tus.HeadFile(w, r)
	case r.Method == http.MethodPatch && onFile:
		h.tus.PatchFile(w, r)
	case r.Method == http.MethodDelete && onFile:
		h.tus.DelFile(w, r)
	default:
		h.refuse(w, http.StatusMethodNotAllowed, wire.ErrorMalformed)
	}
}

// download serves a file, or ranges of it (RFC 9110 section 14).
func (h *mediaHandler) download(w http.ResponseWriter, r *http.Request, grant relay.MediaGrant) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || r.PathValue("id") == "" {
		h.refuse(w, http.StatusMethodNotAllowed, wire.ErrorMalformed)
		return
	}
	file, err := h.relay.Blobs().Open(r.Context(), grant.ID)
	if errors.Is(err, media.ErrNotFound) {
		h.refuse(w, http.StatusNotFound, wire.ErrorMediaUnknown)
		return
	}
	if err != nil {
		h.log.Error("media cannot be read", slog.Any("cause", err))
		h.refuse(w, http.StatusInternalServerError, wire.ErrorInternal)
		return
	}
	defer func() { _ = file.Close() }() // it was only read
	// One range: each could be a request to where the file lies (RFC 9110, section 14.2,
	// lets a server ignore the header).
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range")
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(&stallWriter{w, http.NewResponseController(w)}, r, "", time.Time{}, file)
}

// stallWriter ends a response that nobody reads; one that is slow goes on.
type stallWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w *stallWriter) Write(b []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(mediaStall)) // not every writer has one
	return w.ResponseWriter.Write(b)
}

// refuse answers with the name and the sentence of a code.
func (h *mediaHandler) refuse(w http.ResponseWriter, status int, code wire.ErrorCode) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, code.String()+": "+code.Sentence()+"\n") // an error means that the asker is gone
}

func grantOf(ctx context.Context) relay.MediaGrant {
	grant, _ := ctx.Value(grantKey{}).(relay.MediaGrant)
	return grant
}
