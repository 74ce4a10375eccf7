// Package media keeps the encrypted files that accounts send each other: as an
// interface, so that they can lie in a folder or elsewhere, and as a folder; media/s3
// has them in a bucket, and mediatest is the kit that each must pass.
//
// It knows bytes under random ids: not whose they are, not what they mean, not
// how long they stay. The relay decides that, and what it knows about them is in
// its store.
package media

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"parley/wire"
)

// What callers branch on; every other error means that the place failed.
var (
	// ErrNotFound: there is no such blob.
	ErrNotFound = errors.New("media: not found")
	// ErrFull: there is no room; what was written before it is still there.
	ErrFull = errors.New("media: no room to write")
	// ErrOffset: a blob does not end where something was to be added.
	ErrOffset = errors.New("media: the blob ends elsewhere")
)

// ID names a blob; it is random and says nothing.
type ID [wire.IDSize]byte

// String returns the id in lower-case hex, as in URLs.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads what String writes.
func ParseID(text string) (ID, error) {
	var id ID
	if len(text) != hex.EncodedLen(len(id)) {
		return id, ErrNotFound
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil || id.String() != text {
		return ID{}, ErrNotFound
	}
	return id, nil
}

// Blob is what is known of one.
type Blob struct {
	ID ID
	// Size in bytes, and when it last grew.
	Size    int64
	Changed time.Time
}

// Blobs is a place for encrypted files. All methods may be called at the same
// time; of one blob, one caller writes at a time. All may block on the disk or the network.
type Blobs interface {
	// Create makes an empty blob; one that is there already stays as it is.
	Create(ctx context.Context, id ID) error
	// Append adds what from has to the end of a blob, which must be at offset
	// (ErrOffset). It returns how much was added, also with an error.
	Append(ctx context.Context, id ID, offset int64, from io.Reader) (int64, error)
	// Find returns what is known of a blob.
	Find(ctx context.Context, id ID) (Blob, error)
	// Sync returns when a blob is complete: it is on the disk, survives the loss of power,
	// and can be read. Nothing is added to it afterwards.
	Sync(ctx context.Context, id ID) error
	// Open reads a blob that was synced; of others it may say ErrNotFound.
	Open(ctx context.Context, id ID) (io.ReadSeekCloser, error)
	// Delete removes a blob, if it is there. Who reads it reads it to its end.
	Delete(ctx context.Context, id ID) error
	// List returns at most limit blobs in the order of their ids, behind one.
	List(ctx context.Context, after ID, limit int) ([]Blob, error)
	// Free is how many bytes can be written.
	Free(ctx context.Context) (int64, error)
}
