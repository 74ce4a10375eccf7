package wire

import (
	"crypto/sha256"
	"io"
)

// MediaPath is where media are uploaded to and downloaded from; below it each
// has its id, in lower-case hex.
const MediaPath = "/v1/media"

// MediaHash returns the hash of media as they are stored at the relay: SHA-256
// over the SHA-256 of each piece of MediaPiece bytes. Browsers have SHA-256 of
// what is in memory only; so they can hash a file that is not.
func MediaHash(from io.Reader) ([MediaHashSize]byte, error) {
	all, piece := sha256.New(), sha256.New()
	var sum [MediaHashSize]byte
	buffer := make([]byte, 32<<10)
	for {
		piece.Reset()
		n, err := io.CopyBuffer(piece, onlyReader{io.LimitReader(from, MediaPiece)}, buffer)
		if err != nil {
			return sum, err
		}
		if n > 0 {
			all.Write(piece.Sum(sum[:0]))
		}
		if n < MediaPiece {
			return [MediaHashSize]byte(all.Sum(nil)), nil
		}
	}
}

// onlyReader hides other methods, so that the buffer is used.
type onlyReader struct{ io.Reader }
