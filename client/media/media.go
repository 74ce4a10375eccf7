// Package media seals files for the relay: in pieces, so that memory stays flat
// whatever their size, and so that any part can be opened by itself.
//
// A file has a key of its own and is never sealed twice under it. Plaintext is cut
// into chunks of ChunkSize bytes, the last of which may be shorter, and empty only
// in an empty file. Each is sealed with AES-256-GCM, as STREAM has it (Hoang,
// Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its
// Nonce-Reuse Misuse-Resistance", section 7): the nonce is seven zero bytes, the
// chunk's number in four bytes, big-endian, and 1 for the last chunk, 0 for others.
// The authenticated data are "parley media v1", a zero byte, and the length of the
// whole plaintext in eight bytes, big-endian. So nothing can be cut off, put in
// another order, or taken from another file.
//
// A sealed chunk is wire.MediaPiece bytes, a piece of wire.MediaHash. AES-GCM is the
// one cipher that browsers have outside of JavaScript and WebAssembly
// (docs/design/0016-media.md); web/src/core/worker/media does the same there, and
// testdata/vectors.json holds both to it.
package media

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"parley/client/content"
	"parley/wire"
)

// Sizes in bytes.
const (
	// KeySize is the length of a file's key.
	KeySize = 32
	// tagSize is what sealing adds to a chunk.
	tagSize = content.MediaTag
	// ChunkSize is the plaintext of a chunk.
	ChunkSize = content.MediaChunk
	// maxChunks keeps the chunk's number in its place in the nonce.
	maxChunks = 1 << 32
	// MaxSize is the largest plaintext: about a petabyte.
	MaxSize = maxChunks * ChunkSize
)

// Errors of opening and sealing.
var (
	// ErrDamaged: this is not what was sealed under that key and size.
	ErrDamaged = errors.New("media: the file is damaged")
	// ErrChanged: the file had another length than it was said to have.
	ErrChanged = errors.New("media: the file has changed while it was read")
	// errSize: no such key or size can be.
	errSize = errors.New("media: impossible size")
)

// sealer seals or opens the chunks of one file.
type sealer struct {
	aead cipher.AEAD
	size int64
	data []byte
}

func newSealer(key []byte, size int64) (*sealer, error) {
	if len(key) != KeySize || size < 0 || size > MaxSize {
		return nil, errSize
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	data := append([]byte("parley media v1"), 0)
	return &sealer{aead, size, binary.BigEndian.AppendUint64(data, uint64(size))}, nil
}

// nonce is that of a chunk by its number.
func (s *sealer) nonce(n int64) []byte {
	b := make([]byte, 12)
	binary.BigEndian.PutUint32(b[7:], uint32(n))
	if n == content.MediaChunks(s.size)-1 {
		b[11] = 1
	}
	return b
}

// length is that of a chunk's plaintext.
func (s *sealer) length(n int64) int { return int(min(ChunkSize, s.size-n*ChunkSize)) }

func (s *sealer) seal(to []byte, n int64, plain []byte) []byte {
	return s.aead.Seal(to[:0], s.nonce(n), plain, s.data)
}

func (s *sealer) open(to []byte, n int64, sealed []byte) ([]byte, error) {
	plain, err := s.aead.Open(to[:0], s.nonce(n), sealed, s.data)
	if err != nil {
		return nil, ErrDamaged
	}
	return plain, nil
}

// Seal reads size bytes from one side, writes them sealed to the other, and returns
// wire.MediaHash of what it wrote. A source that has more or less is ErrChanged.
func Seal(to io.Writer, from io.Reader, key []byte, size int64) ([]byte, error) {
	s, err := newSealer(key, size)
	if err != nil {
		return nil, err
	}
	plain, sealed := make([]byte, ChunkSize), make([]byte, 0, wire.MediaPiece)
	all := sha256.New()
	for n := range content.MediaChunks(size) {
		part := plain[:s.length(n)]
		if _, err := io.ReadFull(from, part); err != nil {
			return nil, asChanged(err)
		}
		sealed = s.seal(sealed, n, part)
		piece := sha256.Sum256(sealed)
		all.Write(piece[:])
		if _, err := to.Write(sealed); err != nil {
			return nil, err
		}
	}
	if n, err := io.ReadFull(from, plain[:1]); n > 0 || !errors.Is(err, io.EOF) {
		return nil, ErrChanged
	}
	return all.Sum(nil), nil
}

// asChanged tells a source that was too short from one that fails.
func asChanged(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrChanged
	}
	return fmt.Errorf("read the file: %w", err)
}

// Reader opens a sealed file at any place; it implements io.ReaderAt and keeps one
// chunk. It must not be used by two goroutines at a time.
type Reader struct {
	*sealer
	from  io.ReaderAt
	chunk []byte
	at    int64 // the number of chunk; -1 is none
	raw   []byte
}

// NewReader opens what Seal has made of size bytes.
func NewReader(from io.ReaderAt, key []byte, size int64) (*Reader, error) {
	s, err := newSealer(key, size)
	if err != nil {
		return nil, err
	}
	return &Reader{sealer: s, from: from, at: -1, raw: make([]byte, wire.MediaPiece), chunk: make([]byte, 0, ChunkSize)}, nil
}

// Size is the length of the plaintext.
func (r *Reader) Size() int64 { return r.size }

// ReadAt implements io.ReaderAt.
func (r *Reader) ReadAt(b []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, errSize
	}
	for n < len(b) {
		if offset >= r.size {
			return n, io.EOF
		}
		if err := r.load(offset / ChunkSize); err != nil {
			return n, err
		}
		part := copy(b[n:], r.chunk[offset%ChunkSize:])
		n, offset = n+part, offset+int64(part)
	}
	return n, nil
}

// load opens a chunk.
func (r *Reader) load(n int64) error {
	if r.at == n {
		return nil
	}
	r.at = -1
	raw := r.raw[:r.length(n)+tagSize]
	if read, err := r.from.ReadAt(raw, n*wire.MediaPiece); err != nil && (!errors.Is(err, io.EOF) || read < len(raw)) {
		if errors.Is(err, io.EOF) {
			return ErrDamaged
		}
		return err
	}
	chunk, err := r.open(r.chunk, n, raw)
	if err != nil {
		return err
	}
	r.chunk, r.at = chunk, n
	return nil
}

// Open writes the plaintext of a whole file; what it has written by an error is
// what was sealed, as far as it goes.
func Open(to io.Writer, from io.ReaderAt, key []byte, size int64) error {
	r, err := NewReader(from, key, size)
	if err != nil {
		return err
	}
	if size == 0 {
		return r.load(0) // nothing to write, but to check
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{io.NewSectionReader(r, 0, size)}, make([]byte, ChunkSize))
	return err
}
