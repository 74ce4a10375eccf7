package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	"parley/internal/bus/natstest"
	"parley/internal/config"
	"parley/internal/media/s3/s3test"
	"parley/internal/store/postgres/postgrestest"
	"parley/wire"
)

// An upload that was begun at one relay goes on at another where it was, in a shared folder and in
// a bucket, and any relay serves the file.
func TestUploadGoesOnAtAnotherRelay(t *testing.T) {
	folder, bucket := t.TempDir(), s3test.Start(t)
	for name, blobs := range map[string]func(c *config.Config){
		"folder": func(c *config.Config) { c.Media.Folder = folder },
		"bucket": func(c *config.Config) {
			c.Media.Blobs = "s3"
			c.S3 = config.S3{Endpoint: bucket.URL, Bucket: s3test.Bucket, Region: "us-east-1", PathStyle: true, Credentials: bucket.Credentials}
		},
	} {
		t.Run(name, func(t *testing.T) { testUploadGoesOnAtAnotherRelay(t, blobs) })
	}
}

func testUploadGoesOnAtAnotherRelay(t *testing.T, blobs func(c *config.Config)) {
	first, second := shareDatabase(t, blobs)
	d := first.register(t, "+32470123411")
	f := file{id: bytes.Repeat([]byte{7}, wire.IDSize), size: 24<<20 + 5, seed: 1}
	ticket := f.upload(t, d)
	if r, err := f.request(t, first, http.MethodPost, ticket, nil, "Upload-Length", fmt.Sprint(f.size)); err != nil || r.StatusCode != http.StatusCreated {
		t.Fatal(r, err)
	}
	const half = 16 << 20
	if r, err := f.patch(t, first, ticket, 0, io.LimitReader(f.from(0), half)); err != nil || r.StatusCode != http.StatusNoContent {
		t.Fatal(r, err)
	}
	if err := d.Connect(second.dial(t)); err != nil {
		t.Fatal(err)
	}
	ticket = f.upload(t, d)
	head, err := f.request(t, second, http.MethodHead, ticket, nil)
	if err != nil || head.Header.Get("Upload-Offset") != fmt.Sprint(half) {
		t.Fatalf("the upload goes on at %s, %v, want %d", head.Header.Get("Upload-Offset"), err, half)
	}
	if r, err := f.patch(t, second, ticket, half, f.from(half)); err != nil || r.StatusCode != http.StatusNoContent {
		t.Fatal(r, err)
	}
	ticket = f.finish(t, d)
	for _, relay := range []*process{first, second} {
		whole, err := f.request(t, relay, http.MethodGet, ticket, nil)
		if err != nil || whole.StatusCode != http.StatusOK {
			t.Fatal(whole, err)
		}
		if hash, err := wire.MediaHash(whole.Body); err != nil || hash != f.hash(t) {
			t.Errorf("another file than was sent comes, or %v", err)
		}
	}
}

// shareDatabase starts two relays on one PostgreSQL database, with a NATS server between them.
func shareDatabase(t *testing.T, change func(c *config.Config)) (first, second *process) {
	t.Helper()
	nats, err := natstest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nats.Kill() }) // it ends with the test
	connection := postgrestest.Database(t)
	configured := unlimited(t, func(c *config.Config) {
		c.Storage.Store, c.Storage.Postgres = "postgres", connection
		c.Bus.Bus, c.Bus.NATS = "nats", nats.URL()
		change(c)
	})
	return startRelay(t, t.TempDir(), "--config", configured), startRelay(t, t.TempDir(), "--config", configured)
}
