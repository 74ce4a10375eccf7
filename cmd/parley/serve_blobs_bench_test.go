//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	"parley/internal/media/s3/s3test"
	"parley/wire"
)

// BenchmarkBlobs measures what a file of 2 GiB costs the relay with media in a folder and in
// a bucket: uploaded, checked and downloaded. before-MiB and peak-MiB are its memory.
func BenchmarkBlobs(b *testing.B) {
	b.Run("dir", func(b *testing.B) { benchmarkBlobs(b, unlimited(b)) })
	b.Run("s3", func(b *testing.B) { benchmarkBlobs(b, onS3(b, s3test.Start(b))) })
}

func benchmarkBlobs(b *testing.B, config string) {
	for b.Loop() {
		relay := startRelay(b, b.TempDir(), "--config", config)
		d := relay.register(b, "+32470123412")
		f := file{id: bytes.Repeat([]byte{8}, wire.IDSize), size: 2 << 30, seed: 2}
		before, cpu := memoryBytes(b, relay.Process.Pid, "VmRSS"), cpuMillis(b, relay.Process.Pid)
		ticket := f.upload(b, d)
		if r, err := f.request(b, relay, http.MethodPost, ticket, nil, "Upload-Length", fmt.Sprint(f.size)); err != nil || r.StatusCode != http.StatusCreated {
			b.Fatal(r, err)
		}
		if r, err := f.patch(b, relay, ticket, 0, f.from(0)); err != nil || r.StatusCode != http.StatusNoContent {
			b.Fatal(r, err)
		}
		all, err := f.request(b, relay, http.MethodGet, f.finish(b, d), nil)
		if err != nil || all.StatusCode != http.StatusOK {
			b.Fatal(all, err)
		}
		if n, err := io.Copy(io.Discard, all.Body); n != f.size || err != nil {
			b.Fatalf("%d bytes came, %v", n, err)
		}
		b.ReportMetric(before/(1<<20), "before-MiB")
		b.ReportMetric(memoryBytes(b, relay.Process.Pid, "VmHWM")/(1<<20), "peak-MiB")
		b.ReportMetric((cpuMillis(b, relay.Process.Pid)-cpu)/1000, "cpu-s")
		relay.kill()
	}
}
