// Package s3test starts S3 servers for tests: real ones (test/s3server), each in a temporary
// folder. The Go command builds them from a module of their own.
package s3test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"parley/internal/media/s3"
)

// What the server takes.
const (
	AccessKey = "parley-access"
	SecretKey = "parley-secret-key" //nolint:gosec // of servers that live as long as a test
	Bucket    = "media"
)

// startTime bounds how long a server may take to start.
const startTime = 30 * time.Second

// Server is a running server with an empty bucket.
type Server struct {
	// URL is where it listens, as http://HOST:PORT; Dir is the folder of its objects.
	URL, Dir string
	// Credentials is a file with the keys in the format of AWS.
	Credentials string

	address, binary, data string
	stdin                 io.Closer
	cmd                   *exec.Cmd
}

// Start builds and starts a server, and makes a bucket. It ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	dir := t.TempDir()
	s := &Server{binary: build(t), data: filepath.Join(dir, "data"), Credentials: filepath.Join(dir, "credentials")}
	s.Dir = filepath.Join(s.data, "objects")
	text := "[default]\naws_access_key_id = " + AccessKey + "\naws_secret_access_key = " + SecretKey + "\n"
	if err := os.WriteFile(s.Credentials, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.client(t).MakeBucket(t.Context(), Bucket, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	return s
}

// build returns the path of the server, which the Go command keeps in its cache.
func build(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	tool := exec.Command("go", "tool", "-n", "s3server")
	tool.Dir = filepath.Join(filepath.Dir(here), "../../../../test/s3server")
	tool.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false") // without those of the race detector
	var stderr strings.Builder
	tool.Stderr = &stderr
	path, err := tool.Output()
	if err != nil {
		t.Fatalf("build the S3 server: %v\n%s", err, stderr.String())
	}
	return strings.TrimSpace(string(path))
}

// Restart starts the server, at the address that it had, if it has run before.
func (s *Server) Restart(ctx context.Context) error {
	if s.address == "" {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		s.address = free.Addr().String()
		s.URL = "http://" + s.address
		if err := free.Close(); err != nil {
			return err
		}
	}
	s.cmd = exec.Command(s.binary, s.address, s.data, AccessKey, SecretKey) //nolint:gosec // our own program
	s.cmd.Stderr = os.Stderr
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	return s.await(ctx)
}

func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			return response.Body.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the S3 server does not start: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Kill ends the server at once, as a crash would. Restart may follow.
func (s *Server) Kill() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = errors.Join(s.cmd.Process.Kill(), s.stdin.Close()) // it may have ended
		_ = s.cmd.Wait()                                       // with an error: it was killed
		s.cmd = nil
	}
}

// Settings are those of a relay on the server.
func (s *Server) Settings(t testing.TB) s3.Settings {
	return s3.Settings{
		Endpoint: s.URL, Bucket: Bucket, Region: "us-east-1", Prefix: "parley/", PathStyle: true,
		Credentials: s.Credentials, Spool: t.TempDir(),
	}
}

func (s *Server) client(t testing.TB) *minio.Core {
	t.Helper()
	client, err := minio.NewCore(s.address, &minio.Options{
		Creds: credentials.NewStaticV4(AccessKey, SecretKey, ""), Region: "us-east-1", BucketLookup: minio.BucketLookupPath,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Keys are all objects in the bucket, and the keys of all multipart uploads.
func (s *Server) Keys(t testing.TB) (objects, multiparts []string) {
	t.Helper()
	client := s.client(t)
	for object := range client.ListObjectsIter(t.Context(), Bucket, minio.ListObjectsOptions{Recursive: true}) {
		if object.Err != nil {
			t.Fatal(object.Err)
		}
		objects = append(objects, object.Key)
	}
	uploads, err := client.ListMultipartUploads(t.Context(), Bucket, "", "", "", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, upload := range uploads.Uploads {
		multiparts = append(multiparts, upload.Key)
	}
	return objects, multiparts
}
