package relay_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/httpapi"
	"parley/internal/media"
	"parley/internal/obs"
	"parley/internal/relay"
	"parley/internal/store"
	"parley/wire"
)

// fullableBlobs is a folder on a disk whose room the test says.
type fullableBlobs struct {
	media.Blobs
	free int64
	// full has a write fail after so many bytes; 0 is never.
	full int64
}

func (b *fullableBlobs) Free(context.Context) (int64, error) { return b.free, nil }

func (b *fullableBlobs) Append(ctx context.Context, id media.ID, offset int64, from io.Reader) (int64, error) {
	if b.full == 0 {
		return b.Blobs.Append(ctx, id, offset, from)
	}
	n, err := b.Blobs.Append(ctx, id, offset, io.LimitReader(from, b.full))
	return n, errors.Join(err, media.ErrFull)
}

// mediaFile is a file as a device has it: encrypted, with the id it chose.
type mediaFile struct {
	id   []byte
	data []byte
}

func newMediaFile(size int) *mediaFile {
	f := &mediaFile{id: newMessageID(), data: make([]byte, size)}
	for i := range f.data {
		f.data[i] = byte(rand.Uint32())
	}
	return f
}

func (f *mediaFile) announce() *wire.RequestMediaUpload {
	return &wire.RequestMediaUpload{MediaID: f.id, Size: uint64(len(f.data))}
}

func (f *mediaFile) finish() *wire.FinishMedia {
	hash, _ := wire.MediaHash(bytes.NewReader(f.data))
	return &wire.FinishMedia{MediaID: f.id, Hash: hash[:]}
}

func (f *mediaFile) path() string { return wire.MediaPath + "/" + media.ID(f.id).String() }

// ask makes an HTTP request to the relay.
func (w *world) ask(method, path, token string, body io.Reader, header ...string) *httptest.ResponseRecorder {
	w.Helper()
	handler := httpapi.New(httpapi.Options{Relay: w.relay, Metrics: new(obs.Registry), Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(w.Context()) // as a server does
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, method, path, body)
	r.Header.Set("Tus-Resumable", "1.0.0")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	return answer
}

func (w *world) want(status int, answer *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	w.Helper()
	if answer.Code != status {
		w.Fatalf("answered %d %v %s, want %d", answer.Code, answer.Header(), answer.Body, status)
	}
	return answer
}

func (w *world) begin(f *mediaFile, token string) *httptest.ResponseRecorder {
	return w.ask(http.MethodPost, wire.MediaPath, token, nil, "Upload-Length", strconv.Itoa(len(f.data)))
}

func (w *world) patch(f *mediaFile, token string, offset int, body io.Reader) *httptest.ResponseRecorder {
	return w.ask(http.MethodPatch, f.path(), token, body,
		"Content-Type", "application/offset+octet-stream", "Upload-Offset", strconv.Itoa(offset))
}

// upload brings a whole file to the relay.
func (w *world) upload(d *device, f *mediaFile) {
	w.Helper()
	token := must[*wire.MediaTicket](d.peer, f.announce()).Token
	w.want(http.StatusCreated, w.begin(f, token))
	w.want(http.StatusNoContent, w.patch(f, token, 0, bytes.NewReader(f.data)))
	must[*wire.Done](d.peer, f.finish())
}

type cutReader struct{ from io.Reader }

func (c cutReader) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// M43, M98: an upload goes on where it broke off; nobody reads the file before it
// is complete; then every account that knows its id does, in ranges, too.
func TestM98_MediaUploadResumes(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register(somePhone), w.register("+32470123457")
	f := newMediaFile(3*wire.MediaPiece + 77)
	ticket := must[*wire.MediaTicket](alice.peer, f.announce())
	if ticket.Finished || ticket.Size != uint64(len(f.data)) || ticket.ExpiresInMS == 0 {
		t.Errorf("the ticket is %+v", ticket)
	}
	alice.peer.refused(wire.ErrorMediaIncomplete, f.finish())
	w.want(http.StatusNotFound, w.ask(http.MethodHead, f.path(), ticket.Token, nil))
	created := w.want(http.StatusCreated, w.begin(f, ticket.Token))
	if place := created.Header().Get("Location"); !strings.HasSuffix(place, f.path()) {
		t.Errorf("the file is at %q", place)
	}
	w.want(http.StatusCreated, w.begin(f, ticket.Token)) // its answer was lost
	const broke = 300_000
	w.patch(f, ticket.Token, 0, cutReader{bytes.NewReader(f.data[:broke])})
	alice.peer.refused(wire.ErrorMediaIncomplete, f.finish())
	bob.peer.refused(wire.ErrorMediaUnknown, &wire.RequestMediaDownload{MediaID: f.id})

	w.restartRelay()
	alice.reconnect()
	bob.reconnect()
	ticket = must[*wire.MediaTicket](alice.peer, f.announce())
	head := w.want(http.StatusOK, w.ask(http.MethodHead, f.path(), ticket.Token, nil))
	if got := head.Header().Get("Upload-Offset"); got != strconv.Itoa(broke) {
		t.Fatalf("the relay has %s bytes, want %d", got, broke)
	}
	w.want(http.StatusConflict, w.patch(f, ticket.Token, broke-1, bytes.NewReader(f.data[broke-1:])))
	w.want(http.StatusNoContent, w.patch(f, ticket.Token, broke, bytes.NewReader(f.data[broke:])))
	must[*wire.Done](alice.peer, f.finish())
	must[*wire.Done](alice.peer, f.finish())
	if again := must[*wire.MediaTicket](alice.peer, f.announce()); !again.Finished {
		t.Error("the relay does not say that it has the file")
	}

	down := must[*wire.MediaTicket](bob.peer, &wire.RequestMediaDownload{MediaID: f.id})
	whole := w.want(http.StatusOK, w.ask(http.MethodGet, f.path(), down.Token, nil))
	if !bytes.Equal(whole.Body.Bytes(), f.data) {
		t.Error("the file came back as another")
	}
	// Several ranges would be several requests where files lie in a bucket.
	w.want(http.StatusOK, w.ask(http.MethodGet, f.path(), down.Token, nil, "Range", "bytes=0-0,2-2"))
	part := w.want(http.StatusPartialContent, w.ask(http.MethodGet, f.path(), down.Token, nil, "Range", "bytes=1000-1099"))
	if !bytes.Equal(part.Body.Bytes(), f.data[1000:1100]) {
		t.Error("the range is another")
	}
	h := whole.Header()
	if h.Get("Content-Type") != "application/octet-stream" || h.Get("Content-Disposition") != "attachment" ||
		h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("the headers are %v", h)
	}
}

// What a ticket does not allow is refused and changes nothing.
func TestM43_MediaTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice, bob := w.register(somePhone), w.register("+32470123457")
		f, other := newMediaFile(5000), newMediaFile(5000)
		w.upload(alice, f)
		up := must[*wire.MediaTicket](alice.peer, other.announce()).Token
		down := must[*wire.MediaTicket](bob.peer, &wire.RequestMediaDownload{MediaID: f.id}).Token
		for _, c := range []struct{ method, path, token string }{
			{http.MethodGet, f.path(), ""},
			{http.MethodGet, f.path(), "x"},
			{http.MethodGet, f.path(), down[:len(down)-2] + "AA"},
			{http.MethodGet, f.path(), up},
			{http.MethodGet, other.path(), down},
			{http.MethodGet, wire.MediaPath + "/..%2f..%2fetc", down},
		} {
			w.want(http.StatusUnauthorized, w.ask(c.method, c.path, c.token, nil))
		}
		for _, c := range []struct{ method, path, token string }{
			{http.MethodDelete, f.path(), down},
			{http.MethodPatch, f.path(), down},
			{http.MethodPost, wire.MediaPath, down},
			{http.MethodGet, wire.MediaPath, down},
			{http.MethodGet, other.path(), up},
			{http.MethodPut, other.path(), up},
		} {
			w.want(http.StatusMethodNotAllowed, w.ask(c.method, c.path, c.token, nil, "X-HTTP-Method-Override", "DELETE"))
		}
		w.want(http.StatusBadRequest, w.ask(http.MethodPost, wire.MediaPath, up, nil, "Upload-Length", "5001"))
		w.want(http.StatusCreated, w.begin(other, up))
		if n := w.patch(other, up, 0, bytes.NewReader(make([]byte, 6000))); n.Code < 400 && n.Header().Get("Upload-Offset") != "5000" {
			t.Errorf("more than announced was taken: %v", n)
		}
		w.want(http.StatusOK, w.ask(http.MethodGet, f.path(), down, nil))
		time.Sleep(11 * time.Minute)
		w.want(http.StatusUnauthorized, w.ask(http.MethodGet, f.path(), down, nil))
		w.want(http.StatusUnauthorized, w.ask(http.MethodHead, other.path(), up, nil))

		// Nobody else removes, finishes or takes over what an account has sent.
		must[*wire.Done](bob.peer, &wire.DeleteMedia{MediaID: f.id})
		bob.peer.refused(wire.ErrorMediaUnknown, other.finish())
		bob.peer.refused(wire.ErrorMalformed, f.announce())
		must[*wire.MediaTicket](bob.peer, &wire.RequestMediaDownload{MediaID: f.id})
		must[*wire.Done](alice.peer, &wire.DeleteMedia{MediaID: f.id})
		bob.peer.refused(wire.ErrorMediaUnknown, &wire.RequestMediaDownload{MediaID: f.id})
	})
}

// What does not arrive as it was sent is removed, and can be sent again.
func TestM43_DamagedMedia(t *testing.T) {
	w := newWorld(t)
	alice := w.register(somePhone)
	f := newMediaFile(wire.MediaPiece)
	token := must[*wire.MediaTicket](alice.peer, f.announce()).Token
	damaged := slices.Clone(f.data)
	damaged[len(damaged)-1] ^= 1
	w.want(http.StatusCreated, w.begin(f, token))
	w.want(http.StatusNoContent, w.patch(f, token, 0, bytes.NewReader(damaged)))
	alice.peer.refused(wire.ErrorMediaDamaged, f.finish())
	w.nothingLeft()
	w.upload(alice, f)
}

// nothingLeft checks that no file lies at the relay.
func (w *world) nothingLeft() {
	w.Helper()
	if left, err := w.blobs.List(w.Context(), media.ID{}, 10); err != nil || len(left) > 0 {
		w.Errorf("%d files are left (%v)", len(left), err)
	}
}

// What an operator has set is kept to, and who is refused learns the limit.
func TestM43_MediaLimits(t *testing.T) {
	w := newWorld(t, func(s *relay.Settings) { s.MediaBytes, s.MediaAccountBytes, s.MediaKeepFree = 1000, 1500, 100 })
	alice := w.register(somePhone)
	large, first, second := newMediaFile(1001), newMediaFile(1000), newMediaFile(501)
	if e := alice.peer.refused(wire.ErrorMediaTooLarge, large.announce()); e.LimitBytes != 1000 {
		t.Errorf("the limit is told as %d", e.LimitBytes)
	}
	must[*wire.MediaTicket](alice.peer, first.announce()) // counts from now on
	must[*wire.MediaTicket](alice.peer, first.announce())
	if e := alice.peer.refused(wire.ErrorMediaQuota, second.announce()); e.LimitBytes != 1500 {
		t.Errorf("the quota is told as %d", e.LimitBytes)
	}
	must[*wire.Done](alice.peer, &wire.DeleteMedia{MediaID: first.id})
	w.blobs.free = 600
	alice.peer.refused(wire.ErrorStorageFull, second.announce())
	w.blobs.free = 601
	w.upload(alice, second)
	for _, malformed := range []wire.RequestCall{
		&wire.RequestMediaUpload{MediaID: []byte("short"), Size: 1}, &wire.RequestMediaUpload{MediaID: newMessageID()},
		&wire.RequestMediaDownload{}, &wire.DeleteMedia{}, &wire.FinishMedia{MediaID: second.id, Hash: []byte("short")},
	} {
		alice.peer.refused(wire.ErrorMalformed, malformed)
	}
	none := newWorld(t, func(s *relay.Settings) { s.MediaBytes = 0 })
	none.register(somePhone).peer.refused(wire.ErrorMediaUnavailable, first.announce())
}

// A disk that is full during an upload gives a clear answer and keeps nothing.
func TestM43_FullDisk(t *testing.T) {
	w := newWorld(t)
	alice := w.register(somePhone)
	f := newMediaFile(100_000)
	token := must[*wire.MediaTicket](alice.peer, f.announce()).Token
	w.want(http.StatusCreated, w.begin(f, token))
	w.blobs.full = 40_000
	answer := w.want(http.StatusInsufficientStorage, w.patch(f, token, 0, bytes.NewReader(f.data)))
	if !strings.HasPrefix(answer.Body.String(), "storage_full: ") {
		t.Errorf("the answer is %q", answer.Body)
	}
	w.nothingLeft()
	alice.peer.refused(wire.ErrorMediaUnknown, f.finish())
	w.blobs.full = 0
	w.upload(alice, f)
}

// Files go some time after their last use, uploads that were given up sooner, and
// what nothing is known of at once.
func TestM43_MediaExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		alice := w.register(somePhone)
		fetched, unused, begun := newMediaFile(100), newMediaFile(100), newMediaFile(100)
		w.upload(alice, fetched)
		w.upload(alice, unused)
		w.want(http.StatusCreated, w.begin(begun, must[*wire.MediaTicket](alice.peer, begun.announce()).Token))
		orphan := media.ID{1}
		if err := w.blobs.Create(t.Context(), orphan); err != nil {
			t.Fatal(err)
		}
		const day = 24 * time.Hour
		began := time.Now()
		time.Sleep(6 * day)
		must[*wire.MediaTicket](alice.peer, &wire.RequestMediaDownload{MediaID: fetched.id})
		has := func(want bool, id []byte) {
			t.Helper()
			_, err := w.blobs.Find(t.Context(), media.ID(id))
			known := w.store.View(t.Context(), func(r store.Reader) error { _, err := r.FindMedia(store.MediaID(id)); return err })
			if (err == nil) != want || (known == nil) != want {
				t.Errorf("the file is there: %v, known: %v, want %v", err, known, want)
			}
		}
		sweep := func(at time.Time) {
			t.Helper()
			if err := w.relay.Sweep(t.Context(), at); err != nil {
				t.Fatal(err)
			}
		}
		sweep(began.Add(7*day - time.Minute))
		has(true, begun.id)
		plan, err := relay.PlanRetention(t.Context(), w.store, w.settings, began.Add(7*day+time.Minute))
		if err != nil || len(plan) != 1 || plan[0].String() != "delete 1 files: unused for 30 days, or never uploaded completely" {
			t.Errorf("planned %v, %v", plan, err)
		}
		sweep(began.Add(7*day + time.Minute))
		has(false, begun.id)
		sweep(began.Add(30*day - time.Minute))
		has(true, unused.id)
		sweep(began.Add(30*day + time.Minute))
		has(false, unused.id)
		has(true, fetched.id)
		sweep(began.Add(36*day + time.Minute))
		has(false, fetched.id)
		// The file's own clock is the real one.
		sweep(time.Now().AddDate(100, 0, 0))
		w.nothingLeft()
	})
}
