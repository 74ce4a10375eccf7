package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"parley/internal/config"
	"parley/internal/media/s3/s3test"
	"parley/internal/relay/relaytest"
	"parley/wire"
)

// onS3 is a configuration with media in the bucket of a server.
func onS3(t testing.TB, server *s3test.Server) string {
	return unlimited(t, func(c *config.Config) {
		c.Media.Blobs, c.Media.MaxBytes, c.Media.AccountBytes = "s3", 1<<32, 1<<33
		c.S3 = config.S3{Endpoint: server.URL, Bucket: s3test.Bucket, Region: "us-east-1", Prefix: "chat/", PathStyle: true, Credentials: server.Credentials}
	})
}

// file is one that is made while it is read, the same each time.
type file struct {
	id   []byte
	size int64
	seed byte
}

func (f file) from(offset int64) io.Reader {
	all := rand.NewChaCha8([32]byte{f.seed})
	_, _ = io.CopyN(io.Discard, all, offset) // it has no end
	return io.LimitReader(all, f.size-offset)
}

// request asks for a file with a ticket, which must be granted.
func (f file) request(t testing.TB, relay *process, method string, ticket *wire.MediaTicket, body io.Reader, header ...string) (*http.Response, error) {
	t.Helper()
	address := relay.url + wire.MediaPath
	if method != http.MethodPost {
		address += fmt.Sprintf("/%x", f.id)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+ticket.Token)
	r.Header.Set("Tus-Resumable", "1.0.0")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err == nil {
		t.Cleanup(func() { _ = response.Body.Close() })
	}
	return response, err
}

func (f file) upload(t testing.TB, d *relaytest.Device) *wire.MediaTicket {
	t.Helper()
	ticket, err := relaytest.Call[*wire.MediaTicket](d, &wire.RequestMediaUpload{MediaID: f.id, Size: uint64(f.size)})
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

func (f file) patch(t testing.TB, relay *process, ticket *wire.MediaTicket, offset int64, body io.Reader) (*http.Response, error) {
	return f.request(t, relay, http.MethodPatch, ticket, body, "Upload-Offset", strconv.FormatInt(offset, 10), "Content-Type", "application/offset+octet-stream")
}

func (f file) hash(t testing.TB) [wire.MediaHashSize]byte {
	t.Helper()
	hash, err := wire.MediaHash(f.from(0))
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// finish has the relay check the file, and returns how to download it.
func (f file) finish(t testing.TB, d *relaytest.Device) *wire.MediaTicket {
	t.Helper()
	hash := f.hash(t)
	if _, err := relaytest.Call[*wire.Done](d, &wire.FinishMedia{MediaID: f.id, Hash: hash[:]}); err != nil {
		t.Fatal(err)
	}
	ticket, err := relaytest.Call[*wire.MediaTicket](d, &wire.RequestMediaDownload{MediaID: f.id})
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

// With media on S3 an upload goes on where it was after kill -9 of the relay; the relay
// checks the whole, and serves ranges of it. A backup says that it is without the files.
func TestUploadGoesOnOnS3AfterKill(t *testing.T) {
	server := s3test.Start(t)
	relay := startRelay(t, t.TempDir(), "--config", onS3(t, server))
	d := relay.register(t, "+32470123411")
	f := file{id: bytes.Repeat([]byte{7}, wire.IDSize), size: 41<<20 + 5, seed: 1}
	ticket := f.upload(t, d)
	if r, err := f.request(t, relay, http.MethodPost, ticket, nil, "Upload-Length", fmt.Sprint(f.size)); err != nil || r.StatusCode != http.StatusCreated {
		t.Fatal(r, err)
	}
	body, halves := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = f.patch(t, relay, ticket, 0, body) // it is cut off
	}()
	if _, err := io.CopyN(halves, f.from(0), 30<<20); err != nil {
		t.Fatal(err)
	}
	relay.kill()
	_ = halves.CloseWithError(io.ErrUnexpectedEOF)
	<-ended

	again := startRelay(t, relay.data, relay.config...)
	if err := d.Connect(again.dial(t)); err != nil {
		t.Fatal(err)
	}
	ticket = f.upload(t, d)
	head, err := f.request(t, again, http.MethodHead, ticket, nil)
	if err != nil {
		t.Fatal(err)
	}
	offset, err := strconv.ParseInt(head.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset == 0 || offset > 30<<20 || offset%(8<<20) != 0 {
		t.Fatalf("the upload goes on at %d, %v, %s", offset, err, head.Status)
	}
	if r, err := f.patch(t, again, ticket, offset, f.from(offset)); err != nil || r.StatusCode != http.StatusNoContent {
		t.Fatal(r, err)
	}
	ticket = f.finish(t, d)
	part, err := f.request(t, again, http.MethodGet, ticket, nil, "Range", "bytes=20000000-20000099")
	if err != nil || part.StatusCode != http.StatusPartialContent {
		t.Fatal(part, err)
	}
	got, _ := io.ReadAll(part.Body)
	want, _ := io.ReadAll(io.LimitReader(f.from(20_000_000), 100))
	if !bytes.Equal(got, want) {
		t.Error("a range is something else than was sent")
	}
	if entries, err := os.ReadDir(filepath.Join(relay.data, "media")); err == nil {
		t.Errorf("the data folder has media: %v", entries)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	status, out, stderr := command(t, append([]string{"admin", "backup", backup, "--data", relay.data}, relay.config...)...)
	if info, err := os.Stat(backup); status != exitDone || err != nil || info.Size() > 4<<20 || !strings.Contains(out, "not in it: they stay in the bucket "+s3test.Bucket) {
		t.Errorf("the backup ended with %d: %s %s", status, out, stderr)
	}
	again.kill() // its log is not written any more
	if text := relay.stderr.String() + again.stderr.String(); strings.Contains(text, s3test.SecretKey) {
		t.Errorf("the log has the secret key: %s", text)
	}
	server.Kill()
	status, _, stderr = command(t, append([]string{"serve", "--data", relay.data, "--listen", "127.0.0.1:0"}, relay.config...)...)
	if status == exitDone || !strings.Contains(stderr, "correct s3.endpoint, or see whether the server runs") {
		t.Errorf("a relay without its bucket ended with %d: %s", status, stderr)
	}
}
