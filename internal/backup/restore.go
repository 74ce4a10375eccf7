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
	"strings"

	"parley/internal/media"
)

// Target is where a backup is restored to.
type Target struct {
	// Database is the path of the new file of the database; there must be none.
	Database string
	// Blobs is where the files go; nil leaves them out.
	Blobs media.Blobs
}

// maxManifest bounds how much of a manifest is read, bytes.
const maxManifest = 1 << 16

// reader checks what it reads.
type reader struct {
	*tar.Reader
	sum hash.Hash
	Manifest
	to Target
	// made is set when the file of the database is this one's.
	made bool
}

// Restore reads a backup. If it fails the database is not there; files may be, which a relay
// that does not know them removes. Errors: ErrNoBackup, ErrIncomplete, ErrNewer, or why
// something could not be written.
func Restore(ctx context.Context, from io.Reader, to Target) (Manifest, error) {
	r := &reader{Reader: tar.NewReader(from), sum: sha256.New(), to: to}
	m, err := r.all(ctx)
	if err != nil && r.made {
		_ = os.Remove(to.Database) // the error is the one that matters
	}
	return m, err
}

func (r *reader) all(ctx context.Context) (Manifest, error) {
	header, err := r.Next()
	if err != nil || header.Name != databaseName {
		return Manifest{}, errors.Join(ErrNoBackup, err)
	}
	if err := r.database(header); err != nil {
		return Manifest{}, err
	}
	for {
		if err := ctx.Err(); err != nil {
			return Manifest{}, err
		}
		header, err := r.Next()
		if err != nil {
			return Manifest{}, errors.Join(ErrIncomplete, err)
		}
		if header.Name == manifestName {
			return r.manifest()
		}
		if err := r.blob(ctx, header); err != nil {
			return Manifest{}, err
		}
	}
}

// contents is the file at which the reader stands, counted and hashed.
func (r *reader) contents(header *tar.Header) io.Reader {
	note(r.sum, header.Name, header.Size)
	r.Bytes += header.Size
	return io.TeeReader(readErrors{r.Reader}, r.sum)
}

// readErrors marks the failures of what is read, to tell them from those of what is written.
type readErrors struct{ from io.Reader }

func (r readErrors) Read(b []byte) (int, error) {
	n, err := r.from.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = errors.Join(ErrIncomplete, err)
	}
	return n, err
}

func (r *reader) database(header *tar.Header) (err error) {
	file, err := os.OpenFile(r.to.Database, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	r.made = true
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := io.Copy(file, r.contents(header)); err != nil {
		return err
	}
	return file.Sync()
}

func (r *reader) blob(ctx context.Context, header *tar.Header) error {
	name, isMedia := strings.CutPrefix(header.Name, mediaFolder)
	id, err := media.ParseID(name)
	if err != nil || !isMedia {
		return fmt.Errorf("%w: it has a file that does not belong there", ErrNoBackup)
	}
	r.Files++
	contents := r.contents(header)
	if r.to.Blobs == nil {
		_, err := io.Copy(io.Discard, contents)
		return err
	}
	// One of an earlier try may be there.
	if err := r.to.Blobs.Delete(ctx, id); err != nil {
		return err
	}
	if err := r.to.Blobs.Create(ctx, id); err != nil {
		return err
	}
	if _, err := r.to.Blobs.Append(ctx, id, 0, contents); err != nil {
		return err
	}
	return r.to.Blobs.Sync(ctx, id)
}

func (r *reader) manifest() (m Manifest, err error) {
	text, err := io.ReadAll(io.LimitReader(r.Reader, maxManifest))
	if err != nil {
		return m, errors.Join(ErrIncomplete, err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, errors.Join(ErrIncomplete, err)
	}
	if m.Format > format {
		return m, ErrNewer
	}
	if m.SHA256 != hex.EncodeToString(r.sum.Sum(nil)) || m.Files != r.Files || m.Bytes != r.Bytes {
		return m, ErrIncomplete
	}
	return m, nil
}
