// Package mediatest is the kit that every place for media must pass.
package mediatest

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"parley/internal/media"
)

// Run runs the kit; open returns an empty place.
func Run(t *testing.T, open func(t *testing.T) media.Blobs) {
	for _, c := range []struct {
		name string
		test func(*testing.T, media.Blobs)
	}{
		{"AppendAndRead", testAppend},
		{"Offsets", testOffsets},
		{"Interrupted", testInterrupted},
		{"Large", testLarge},
		{"Delete", testDelete},
		{"List", testList},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, b media.Blobs, id media.ID, offset int64, data string) {
	t.Helper()
	n, err := b.Append(t.Context(), id, offset, strings.NewReader(data))
	if err != nil || n != int64(len(data)) {
		t.Fatalf("adding %d bytes gave %d, %v", len(data), n, err)
	}
}

func read(t *testing.T, b media.Blobs, id media.ID) string {
	t.Helper()
	file, err := b.Open(t.Context(), id)
	must(t, err)
	defer func() { _ = file.Close() }()
	all, err := io.ReadAll(file)
	must(t, err)
	return string(all)
}

func wantSize(t *testing.T, b media.Blobs, id media.ID, want int64) {
	t.Helper()
	blob, err := b.Find(t.Context(), id)
	if err != nil || blob.Size != want || blob.ID != id || blob.Changed.IsZero() {
		t.Errorf("the blob is %+v (%v), want %d bytes", blob, err, want)
	}
}

func testAppend(t *testing.T, b media.Blobs) {
	id := media.ID{1}
	must(t, b.Create(t.Context(), id))
	wantSize(t, b, id, 0)
	add(t, b, id, 0, "hello, ")
	must(t, b.Create(t.Context(), id)) // again: nothing is lost
	add(t, b, id, 7, "world")
	must(t, b.Sync(t.Context(), id))
	wantSize(t, b, id, 12)
	if got := read(t, b, id); got != "hello, world" {
		t.Errorf("the blob reads as %q", got)
	}
	file, err := b.Open(t.Context(), id)
	must(t, err)
	defer func() { _ = file.Close() }()
	_, err = file.Seek(7, io.SeekStart)
	must(t, err)
	part := make([]byte, 3)
	if _, err := io.ReadFull(file, part); err != nil || string(part) != "wor" {
		t.Errorf("a range reads as %q, %v", part, err)
	}
	if free, err := b.Free(t.Context()); err != nil || free <= 0 {
		t.Errorf("there are %d bytes free (%v)", free, err)
	}
}

// What would leave a hole or overwrite is refused, and changes nothing.
func testOffsets(t *testing.T, b media.Blobs) {
	id := media.ID{2}
	must(t, b.Create(t.Context(), id))
	add(t, b, id, 0, "12345")
	for _, offset := range []int64{0, 4, 6, 1 << 40} {
		n, err := b.Append(t.Context(), id, offset, strings.NewReader("x"))
		if n != 0 || !errors.Is(err, media.ErrOffset) {
			t.Errorf("adding at %d gave %d, %v", offset, n, err)
		}
	}
	must(t, b.Sync(t.Context(), id))
	if got := read(t, b, id); got != "12345" {
		t.Errorf("the blob reads as %q", got)
	}
}

var errBroken = errors.New("broken")

// What came before a connection broke is kept.
func testInterrupted(t *testing.T, b media.Blobs) {
	id := media.ID{3}
	must(t, b.Create(t.Context(), id))
	broken := io.MultiReader(bytes.NewReader(make([]byte, 100_000)), brokenReader{})
	n, err := b.Append(t.Context(), id, 0, broken)
	if n != 100_000 || !errors.Is(err, errBroken) {
		t.Errorf("a broken connection gave %d, %v", n, err)
	}
	wantSize(t, b, id, 100_000)
	add(t, b, id, 100_000, "rest")
	wantSize(t, b, id, 100_004)
}

// A large file comes in pieces of any size, and is read from anywhere. Syncing it again
// changes nothing.
func testLarge(t *testing.T, b media.Blobs) {
	id := media.ID{5}
	all := make([]byte, 20<<20)
	for i := range all {
		all[i] = byte(i ^ i>>8 ^ i>>16)
	}
	must(t, b.Create(t.Context(), id))
	at := 0
	for _, size := range []int{1, 5 << 20, 9 << 20, 0, 100, len(all)} {
		end := min(at+size, len(all))
		n, err := b.Append(t.Context(), id, int64(at), bytes.NewReader(all[at:end]))
		if err != nil || n != int64(end-at) {
			t.Fatalf("adding %d bytes at %d gave %d, %v", end-at, at, n, err)
		}
		at = end
		wantSize(t, b, id, int64(at))
	}
	must(t, b.Sync(t.Context(), id))
	must(t, b.Sync(t.Context(), id))
	wantSize(t, b, id, int64(len(all)))
	if got := read(t, b, id); got != string(all) {
		t.Error("the blob reads as something else")
	}
	file, err := b.Open(t.Context(), id)
	must(t, err)
	defer func() { _ = file.Close() }()
	for _, at := range []int64{8<<20 - 1, 3, 16 << 20, int64(len(all)) - 2} {
		_, err := file.Seek(at-int64(len(all)), io.SeekEnd)
		must(t, err)
		part := make([]byte, 2)
		if _, err := io.ReadFull(file, part); err != nil || !bytes.Equal(part, all[at:at+2]) {
			t.Errorf("at %d there is %x, %v", at, part, err)
		}
	}
	if n, err := file.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("behind the end there are %d, %v", n, err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errBroken }

func testDelete(t *testing.T, b media.Blobs) {
	id := media.ID{4}
	gone := func() {
		t.Helper()
		_, finding := b.Find(t.Context(), id)
		_, opening := b.Open(t.Context(), id)
		_, adding := b.Append(t.Context(), id, 0, strings.NewReader("x"))
		for _, err := range []error{finding, opening, adding, b.Sync(t.Context(), id)} {
			if !errors.Is(err, media.ErrNotFound) {
				t.Errorf("of what is not there: %v", err)
			}
		}
		must(t, b.Delete(t.Context(), id))
	}
	gone()
	must(t, b.Create(t.Context(), id))
	add(t, b, id, 0, "secret")
	must(t, b.Delete(t.Context(), id))
	gone()
}

func testList(t *testing.T, b media.Blobs) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test that is the same each time
	all := make(map[media.ID]int64)
	for size := range int64(40) {
		var id media.ID
		for i := range id {
			id[i] = byte(random.Uint32())
		}
		id[0] %= 8 // several in one folder
		must(t, b.Create(t.Context(), id))
		add(t, b, id, 0, strings.Repeat("x", int(size)))
		all[id] = size
	}
	var last media.ID
	seen := 0
	for {
		page, err := b.List(t.Context(), last, 7)
		must(t, err)
		if len(page) == 0 {
			break
		}
		for _, blob := range page {
			if bytes.Compare(blob.ID[:], last[:]) <= 0 {
				t.Fatal("the order is wrong")
			}
			if size, ok := all[blob.ID]; !ok || size != blob.Size {
				t.Errorf("listed %+v", blob)
			}
			last = blob.ID
			seen++
		}
	}
	if seen != len(all) {
		t.Errorf("%d blobs are listed, want %d", seen, len(all))
	}
}
