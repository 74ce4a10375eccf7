package media_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"parley/client/content"
	"parley/client/media"
	"parley/wire"
)

func pattern(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func key(first byte) []byte { return append([]byte{first}, make([]byte, media.KeySize-1)...) }

func seal(t testing.TB, plain, key []byte) ([]byte, []byte) {
	t.Helper()
	var sealed bytes.Buffer
	hash, err := media.Seal(&sealed, bytes.NewReader(plain), key, int64(len(plain)))
	if err != nil {
		t.Fatal(err)
	}
	return sealed.Bytes(), hash
}

var sizes = []int{0, 1, 1000, media.ChunkSize - 1, media.ChunkSize, media.ChunkSize + 1, 2 * media.ChunkSize, 3*media.ChunkSize - 5}

// X4: what was sealed opens to the same, as a whole and by range; size and hash are
// what the relay will find.
func TestX4_SealAndOpen(t *testing.T) {
	for _, size := range sizes {
		plain := pattern(size)
		sealed, hash := seal(t, plain, key(1))
		if int64(len(sealed)) != content.SealedSize(int64(size)) {
			t.Errorf("%d bytes are sealed as %d, not %d", size, len(sealed), content.SealedSize(int64(size)))
		}
		if want, _ := wire.MediaHash(bytes.NewReader(sealed)); !bytes.Equal(hash, want[:]) {
			t.Errorf("of %d bytes the hash is not the relay's", size)
		}
		var opened bytes.Buffer
		if err := media.Open(&opened, bytes.NewReader(sealed), key(1), int64(size)); err != nil || !bytes.Equal(opened.Bytes(), plain) {
			t.Errorf("%d bytes open as %d, %v", size, opened.Len(), err)
		}
		r, err := media.NewReader(bytes.NewReader(sealed), key(1), int64(size))
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			at := rand.IntN(size + 2)
			part := make([]byte, rand.IntN(5000))
			n, err := r.ReadAt(part, int64(at))
			if want := plain[min(at, size):min(at+len(part), size)]; !bytes.Equal(part[:n], want) || n < len(part) != errors.Is(err, io.EOF) {
				t.Errorf("%d bytes at %d of %d read as %d, %v", len(part), at, size, n, err)
			}
		}
	}
}

// X4: whatever the relay does to a file is noticed: no bit, no chunk, no length is
// another, and nothing of another file fits.
func TestX4_DamageIsNoticed(t *testing.T) {
	plain := pattern(2*media.ChunkSize + 100)
	sealed, _ := seal(t, plain, key(1))
	other, _ := seal(t, pattern(len(plain)), key(3))
	piece := func(b []byte, n int) []byte { return b[n*wire.MediaPiece : min((n+1)*wire.MediaPiece, len(b))] }
	flip := func(at int) []byte {
		b := bytes.Clone(sealed)
		b[at] ^= 1
		return b
	}
	for name, c := range map[string]struct {
		sealed []byte
		key    []byte
		size   int
	}{
		"first bit":     {flip(0), key(1), len(plain)},
		"last bit":      {flip(len(sealed) - 1), key(1), len(plain)},
		"other key":     {sealed, key(2), len(plain)},
		"shorter":       {sealed, key(1), len(plain) - 1},
		"longer":        {sealed, key(1), len(plain) + 1},
		"cut":           {sealed[:len(sealed)-1], key(1), len(plain)},
		"whole chunks":  {sealed[:2*wire.MediaPiece], key(1), 2 * media.ChunkSize},
		"order":         {bytes.Join([][]byte{piece(sealed, 1), piece(sealed, 0), piece(sealed, 2)}, nil), key(1), len(plain)},
		"another file":  {bytes.Join([][]byte{piece(sealed, 0), piece(other, 1), piece(sealed, 2)}, nil), key(1), len(plain)},
		"empty":         {nil, key(1), 0},
		"no longer all": {sealed[:wire.MediaPiece], key(1), len(plain)},
	} {
		if err := media.Open(io.Discard, bytes.NewReader(c.sealed), c.key, int64(c.size)); !errors.Is(err, media.ErrDamaged) {
			t.Errorf("%s: opened with %v", name, err)
		}
	}
	for _, c := range []struct {
		key  []byte
		size int64
	}{{key(1)[:31], 1}, {nil, 1}, {key(1), -1}, {key(1), media.MaxSize + 1}} {
		if _, err := media.NewReader(bytes.NewReader(sealed), c.key, c.size); err == nil {
			t.Errorf("a key of %d bytes and a size of %d are taken", len(c.key), c.size)
		}
	}
}

// A source that is not as long as it was said to be is not sealed.
func TestX4_ChangedFile(t *testing.T) {
	for _, size := range sizes {
		for _, real := range []int{size - 1, size + 1} {
			if real < 0 {
				continue
			}
			if _, err := media.Seal(io.Discard, bytes.NewReader(pattern(real)), key(1), int64(size)); !errors.Is(err, media.ErrChanged) {
				t.Errorf("%d bytes instead of %d: %v", real, size, err)
			}
		}
	}
	broken := errors.New("broken")
	from := io.MultiReader(strings.NewReader("ab"), errReader{broken})
	if _, err := media.Seal(io.Discard, from, key(1), 5); !errors.Is(err, broken) {
		t.Errorf("a disk that fails: %v", err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

var update = flag.Bool("update", false, "write testdata/vectors.json")

// vector is a file of Pattern bytes: byte i is i*7 + i/256, modulo 256.
type vector struct {
	Pattern int    `json:"pattern"`
	Key     string `json:"key"`
	// Hash is that of the sealed file, Sealed its beginning.
	Hash   string `json:"hash"`
	Sealed string `json:"sealed"`
}

// The browser's code is held to the same vectors (web/src/core/worker/media).
func TestX4_Vectors(t *testing.T) {
	var now []vector
	for i, size := range sizes {
		sealed, hash := seal(t, pattern(size), key(byte(i)))
		now = append(now, vector{size, hex.EncodeToString(key(byte(i))), hex.EncodeToString(hash), hex.EncodeToString(sealed[:min(len(sealed), 48)])})
	}
	text, err := json.MarshalIndent(now, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const name = "testdata/vectors.json"
	if *update {
		if err := os.WriteFile(name, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(name); err != nil || strings.TrimSpace(string(want)) != string(text) {
		t.Errorf("the format has changed (%v)", err)
	}
}

// FuzzOpen: whatever is opened is what was sealed, or an error.
func FuzzOpen(f *testing.F) {
	for _, size := range sizes[:5] {
		sealed, _ := seal(f, pattern(size), key(1))
		f.Add(sealed, int64(size))
	}
	f.Fuzz(func(t *testing.T, sealed []byte, size int64) {
		var opened bytes.Buffer
		if err := media.Open(&opened, bytes.NewReader(sealed), key(1), size); err != nil {
			return
		}
		again, _ := seal(t, opened.Bytes(), key(1))
		if int64(opened.Len()) != size || !bytes.Equal(again, sealed[:len(again)]) {
			t.Error("something else was opened")
		}
	})
}
