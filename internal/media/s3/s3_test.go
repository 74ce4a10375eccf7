package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"parley/internal/media"
	"parley/internal/media/mediatest"
	"parley/internal/media/s3"
	"parley/internal/media/s3/s3test"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, settings s3.Settings) *s3.Bucket {
	t.Helper()
	bucket, err := s3.Open(t.Context(), settings)
	must(t, err)
	return bucket
}

// TestBucket shares one server: to start it takes longer than the tests.
func TestBucket(t *testing.T) {
	server := s3test.Start(t)
	var places atomic.Int64
	place := func(t *testing.T) s3.Settings {
		settings := server.Settings(t)
		settings.Prefix = strings.Repeat("p", int(places.Add(1))) + "/"
		return settings
	}
	t.Run("Kit", func(t *testing.T) {
		mediatest.Run(t, func(t *testing.T) media.Blobs { return open(t, place(t)) })
	})
	t.Run("Crash", func(t *testing.T) { testCrash(t, server, place(t)) })
	t.Run("Deleted", func(t *testing.T) { testDeleted(t, server, place(t)) })
	t.Run("List", func(t *testing.T) { testList(t, place(t)) })
	t.Run("Check", func(t *testing.T) { testCheck(t, server) })
	t.Run("Broken", func(t *testing.T) { testBroken(t, server, place(t)) })
}

func pattern(size int) []byte {
	all := make([]byte, size)
	for i := range all {
		all[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return all
}

// stoppedReader brings some bytes, and then nothing until the test is over: a relay that
// is killed while it waits leaves in the bucket what this one does.
type stoppedReader struct {
	from    io.Reader
	stopped chan struct{}
	end     <-chan struct{}
}

func (r *stoppedReader) Read(b []byte) (int, error) {
	n, err := r.from.Read(b)
	if err == io.EOF {
		close(r.stopped)
		<-r.end
		return n, context.Canceled
	}
	return n, err
}

// A relay that is gone in the middle of an upload leaves whole parts, with which another
// goes on. Nothing but the file is left then.
func testCrash(t *testing.T, server *s3test.Server, settings s3.Settings) {
	id, all := media.ID{1}, pattern(21<<20)
	first := open(t, settings)
	must(t, first.Create(t.Context(), id))
	gone, end := &stoppedReader{from: bytes.NewReader(all[:19<<20]), stopped: make(chan struct{})}, make(chan struct{})
	gone.end = end
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _ = first.Append(t.Context(), id, 0, gone) // nobody hears of it
	}()
	<-gone.stopped
	// Its parts lie in files without names, which are gone with the process.
	if left, err := os.ReadDir(settings.Spool); err != nil || len(left) != 0 {
		t.Errorf("the spool folder has %v, %v", left, err)
	}

	settings.Spool = t.TempDir()
	second := open(t, settings)
	blob, err := second.Find(t.Context(), id)
	if err != nil || blob.Size != 16<<20 {
		t.Fatalf("the other relay finds %+v, %v", blob, err)
	}
	n, err := second.Append(t.Context(), id, blob.Size, bytes.NewReader(all[blob.Size:]))
	if err != nil || n != 5<<20 {
		t.Fatalf("the rest gave %d, %v", n, err)
	}
	must(t, second.Sync(t.Context(), id))
	// The first was not dead: what it still writes does not come into the file.
	close(end)
	<-over
	file, err := second.Open(t.Context(), id)
	must(t, err)
	got, err := io.ReadAll(file)
	if err != nil || !bytes.Equal(got, all) {
		t.Errorf("the file has %d bytes, %v", len(got), err)
	}
	must(t, file.Close())
	blob, err = second.Find(t.Context(), id)
	if err != nil || blob.Size != int64(len(all)) {
		t.Errorf("the file is %+v, %v", blob, err)
	}
	must(t, second.Sync(t.Context(), id))
	objects, multiparts := server.Keys(t)
	objects = slices.DeleteFunc(objects, func(key string) bool { return !strings.HasPrefix(key, settings.Prefix) })
	if !slices.Equal(objects, []string{settings.Prefix + "files/" + id.String()}) {
		t.Errorf("the bucket has %q", objects)
	}
	if len(multiparts) != 0 {
		t.Errorf("multipart uploads are left: %q", multiparts)
	}
}

// An upload that is given up leaves nothing, however far it was.
func testDeleted(t *testing.T, server *s3test.Server, settings s3.Settings) {
	bucket := open(t, settings)
	for i, size := range []int{0, 100, 9 << 20, 16 << 20} {
		for _, synced := range []bool{false, true} {
			id := media.ID{2, byte(i)}
			must(t, bucket.Create(t.Context(), id))
			_, err := bucket.Append(t.Context(), id, 0, bytes.NewReader(make([]byte, size)))
			must(t, err)
			if synced {
				must(t, bucket.Sync(t.Context(), id))
				if n, err := bucket.Append(t.Context(), id, int64(size), strings.NewReader("x")); n != 0 || !errors.Is(err, media.ErrOffset) {
					t.Errorf("adding to a complete file gave %d, %v", n, err)
				}
			}
			must(t, bucket.Delete(t.Context(), id))
			if _, err := bucket.Find(t.Context(), id); !errors.Is(err, media.ErrNotFound) {
				t.Errorf("of a file of %d bytes: %v", size, err)
			}
		}
	}
	objects, multiparts := server.Keys(t)
	for _, key := range append(objects, multiparts...) {
		if strings.HasPrefix(key, settings.Prefix) {
			t.Errorf("%s is left", key)
		}
	}
}

// Uploads are listed among files: the relay removes those that nobody goes on with.
func testList(t *testing.T, settings s3.Settings) {
	bucket := open(t, settings)
	want := make(map[media.ID]int64)
	for i := range 6 {
		id, size := media.ID{byte(i)}, 10+i
		if i == 4 {
			size = 9 << 20
		}
		must(t, bucket.Create(t.Context(), id))
		_, err := bucket.Append(t.Context(), id, 0, bytes.NewReader(make([]byte, size)))
		must(t, err)
		if i%2 == 1 {
			must(t, bucket.Sync(t.Context(), id))
		}
		want[id] = int64(size)
	}
	delete(want, media.ID{}) // List begins behind it
	var after media.ID
	for {
		page, err := bucket.List(t.Context(), after, 2)
		must(t, err)
		if len(page) == 0 {
			break
		}
		for _, blob := range page {
			if size, ok := want[blob.ID]; !ok || size != blob.Size || bytes.Compare(blob.ID[:], after[:]) <= 0 {
				t.Errorf("listed %+v behind %v", blob, after)
			}
			delete(want, blob.ID)
			after = blob.ID
		}
	}
	if len(want) != 0 {
		t.Errorf("not listed: %v", want)
	}
}

// What is wrong is said when the relay starts, with what to do, and without the keys.
func testCheck(t *testing.T, server *s3test.Server) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for name, c := range map[string]struct {
		change func(*s3.Settings)
		want   string
	}{
		"another bucket": {func(s *s3.Settings) { s.Bucket = "no-such-bucket" }, "correct s3.bucket"},
		"no server":      {func(s *s3.Settings) { s.Endpoint = "http://127.0.0.1:1" }, "correct s3.endpoint"},
		"no file":        {func(s *s3.Settings) { s.Credentials = filepath.Join(dir, "none") }, "s3.credentials must name a file"},
		"half a file": {func(s *s3.Settings) {
			s.Credentials = write("half", "[default]\naws_secret_access_key = hidden-secret\n")
		}, "s3.credentials must name a file"},
		"no file that it is": {func(s *s3.Settings) { s.Credentials = write("odd", "hidden-secret") }, "s3.credentials must name a file"},
		"wrong secret": {func(s *s3.Settings) {
			s.Credentials = write("wrong", "[default]\naws_access_key_id = "+s3test.AccessKey+"\naws_secret_access_key = hidden-secret\n")
		}, "refuses the credentials"},
		"wrong region": {func(s *s3.Settings) { s.Region = "mars-1" }, "s3.region"},
	} {
		settings := server.Settings(t)
		c.change(&settings)
		_, err := s3.Open(t.Context(), settings)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "hidden-secret") || strings.Contains(err.Error(), s3test.SecretKey) {
			t.Errorf("%s: the error has a secret in it: %v", name, err)
		}
	}
	t.Setenv("AWS_ACCESS_KEY_ID", s3test.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3test.SecretKey)
	settings := server.Settings(t)
	settings.Credentials = ""
	open(t, settings)
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	if _, err := s3.Open(t.Context(), settings); err == nil || !strings.Contains(err.Error(), "set AWS_ACCESS_KEY_ID") {
		t.Errorf("without credentials: %v", err)
	}
}

// A server that goes away and comes back: what was answered is there, reading goes on where
// it was, and adding while it is away says so.
func testBroken(t *testing.T, server *s3test.Server, settings s3.Settings) {
	bucket := open(t, settings)
	id, all := media.ID{3}, pattern(24<<20)
	must(t, bucket.Create(t.Context(), id))
	_, err := bucket.Append(t.Context(), id, 0, bytes.NewReader(all))
	must(t, err)
	must(t, bucket.Sync(t.Context(), id))
	other := media.ID{4}
	must(t, bucket.Create(t.Context(), other))
	file, err := bucket.Open(t.Context(), id)
	must(t, err)
	defer func() { _ = file.Close() }()
	got := make([]byte, len(all))
	_, err = io.ReadFull(file, got[:1000])
	must(t, err)
	server.Kill()
	if n, err := bucket.Append(t.Context(), other, 0, strings.NewReader("lost")); n != 0 || err == nil || errors.Is(err, media.ErrNotFound) {
		t.Errorf("adding without a server gave %d, %v", n, err)
	}
	must(t, server.Restart(t.Context()))
	if _, err := io.ReadFull(file, got[1000:]); err != nil || !bytes.Equal(got, all) {
		t.Errorf("reading on gave %v", err)
	}
	if blob, err := bucket.Find(t.Context(), other); err != nil || blob.Size != 0 {
		t.Errorf("the other file is %+v, %v", blob, err)
	}
}
