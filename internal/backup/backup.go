// Package backup writes what a relay keeps into one file, and takes it out again.
//
// A backup is a tar file: the database, the encrypted files that people sent each other, and
// at its end a manifest, without which it is not whole. Neither side knows what the bytes mean.
package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"parley/internal/media"
)

// What callers branch on.
var (
	// ErrNoBackup: the file is not a backup of Parley.
	ErrNoBackup = errors.New("backup: this is not a backup of Parley")
	// ErrIncomplete: the file ends before its end, or a byte of it is another than was
	// written.
	ErrIncomplete = errors.New("backup: the file is damaged or not complete")
	// ErrNewer: the backup was written by a version of Parley that this one cannot read.
	ErrNewer = errors.New("backup: a newer version of Parley wrote this")
)

// format is the version of the layout that this package writes, and the newest it reads.
const format = 1

// The names inside of a backup.
const (
	databaseName = "relay.db"
	mediaFolder  = "media/"
	manifestName = "parley-backup.json"
)

// Manifest says what is in a backup.
type Manifest struct {
	Format   int       `json:"format"`
	Software string    `json:"software"`
	Made     time.Time `json:"made"`
	// Files is how many encrypted files there are, and Bytes how large all is together.
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	// SHA256 is the hash of all names and contents before the manifest, in hex.
	SHA256 string `json:"sha256"`
}

// Source is what is backed up.
type Source struct {
	// Database is the path of a copy of the database that nobody writes.
	Database string
	// Blobs is where the files are; nil leaves them out.
	Blobs media.Blobs
	// Software and Made go into the manifest.
	Software string
	Made     time.Time
}

// writer counts and hashes what it writes.
type writer struct {
	*tar.Writer
	sum hash.Hash
	Manifest
}

// Write writes a backup. Files that are deleted meanwhile are left out. It blocks on both ends.
func Write(ctx context.Context, to io.Writer, from Source) (Manifest, error) {
	w := &writer{tar.NewWriter(to), sha256.New(), Manifest{Format: format, Software: from.Software, Made: from.Made.UTC()}}
	if err := w.database(from.Database); err != nil {
		return w.Manifest, err
	}
	if from.Blobs != nil {
		if err := w.media(ctx, from.Blobs); err != nil {
			return w.Manifest, err
		}
	}
	w.SHA256 = hex.EncodeToString(w.sum.Sum(nil))
	text, err := json.Marshal(w.Manifest)
	if err != nil {
		return w.Manifest, err
	}
	if err := w.WriteHeader(w.header(manifestName, int64(len(text)))); err != nil {
		return w.Manifest, err
	}
	if _, err := w.Writer.Write(text); err != nil {
		return w.Manifest, err
	}
	return w.Manifest, w.Close()
}

func (w *writer) header(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.Made, Format: tar.FormatPAX}
}

// add writes size bytes of a file.
func (w *writer) add(name string, size int64, from io.Reader) error {
	if err := w.WriteHeader(w.header(name, size)); err != nil {
		return err
	}
	note(w.sum, name, size)
	n, err := io.CopyN(io.MultiWriter(w.Writer, w.sum), from, size)
	w.Bytes += n
	if err != nil {
		return fmt.Errorf("back up %s: %w", name, err)
	}
	return nil
}

// note makes a name and a size part of the hash.
func note(sum hash.Hash, name string, size int64) { fmt.Fprintf(sum, "%s %d\n", name, size) }

func (w *writer) database(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // read only
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return w.add(databaseName, info.Size(), file)
}

// pageOfBlobs is how many names are read at a time.
const pageOfBlobs = 1000

func (w *writer) media(ctx context.Context, blobs media.Blobs) error {
	var after media.ID
	for {
		found, err := blobs.List(ctx, after, pageOfBlobs)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, blob := range found {
			if err := w.blob(ctx, blobs, blob); err != nil {
				return err
			}
		}
		after = found[len(found)-1].ID
	}
}

func (w *writer) blob(ctx context.Context, blobs media.Blobs, blob media.Blob) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	file, err := blobs.Open(ctx, blob.ID)
	if errors.Is(err, media.ErrNotFound) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // read only
	w.Files++
	return w.add(mediaFolder+blob.ID.String(), blob.Size, file)
}
