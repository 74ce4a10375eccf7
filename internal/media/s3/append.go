package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"time"

	"github.com/minio/minio-go/v7"

	"parley/internal/disk"
	"parley/internal/media"
)

// keepTime bounds how long what has come is written after a connection has broken.
const keepTime = 30 * time.Second

// Append implements media.Blobs. It gathers a part in a file and writes it to the bucket,
// again and again; what remains in the end is written as it is.
func (b *Bucket) Append(ctx context.Context, id media.ID, offset int64, from io.Reader) (int64, error) {
	u, err := b.find(ctx, id)
	if err != nil {
		return 0, err
	}
	if u.complete || u.size() != offset {
		return 0, media.ErrOffset
	}
	a := &appending{Bucket: b, upload: u}
	if a.spool, err = newSpool(b.spool); err != nil {
		return 0, err
	}
	defer func() { _ = a.spool.Close() }() // it is not needed any more
	if err := a.begin(ctx); err != nil {
		return 0, err
	}
	err = a.copy(ctx, from)
	return max(0, u.size()-offset), err
}

// appending adds to an upload.
type appending struct {
	*Bucket
	*upload
	spool *spool
}

// begin takes the end that is in the bucket as the beginning of the part that comes.
func (a *appending) begin(ctx context.Context) error {
	if a.tail == 0 {
		return nil
	}
	end, _, _, err := a.client.GetObject(ctx, a.bucket, a.tailKey(), minio.GetObjectOptions{})
	if err != nil {
		return known(err)
	}
	_, err = a.spool.take(end, a.tail)
	return errors.Join(err, end.Close())
}

func (a *appending) tailKey() string { return a.uploadKey(a.id) + tailName(a.whole) }

func (a *appending) copy(ctx context.Context, from io.Reader) error {
	for {
		taken, reading := a.spool.take(from, partSize-a.spool.size)
		if a.spool.size == partSize {
			if err := a.putPart(ctx); err != nil {
				return err
			}
			continue
		}
		if reading == io.EOF { //nolint:errorlint // as io.Copy
			reading = nil
		}
		if taken == 0 {
			return reading
		}
		return errors.Join(reading, a.putTail(ctx))
	}
}

// putTail writes what is less than a part. The connection it came on may be gone.
func (a *appending) putTail(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	err := a.put(ctx, a.tailKey(), a.spool.contents(), a.spool.size, a.spool.hash.Sum(nil))
	if err == nil {
		a.tail = a.spool.size
	}
	return err
}

// putPart writes a part. The end that it begins with is in the bucket until then.
func (a *appending) putPart(ctx context.Context) error {
	if err := a.beginMultipart(ctx); err != nil {
		return err
	}
	part, err := a.client.PutObjectPart(ctx, a.bucket, a.fileKey(a.id), a.multipart, len(a.parts)+1, a.spool.contents(), partSize,
		minio.PutObjectPartOptions{Sha256Hex: hex.EncodeToString(a.spool.hash.Sum(nil)), DisableContentSha256: true})
	if err != nil {
		return known(err)
	}
	before, hadTail := a.tailKey(), a.tail > 0 || a.whole == 0 // Create makes an empty one
	a.parts = append(a.parts, minio.CompletePart{PartNumber: part.PartNumber, ETag: part.ETag})
	a.whole, a.tail = a.whole+partSize, 0
	if hadTail {
		if err := a.remove(ctx, before); err != nil {
			return err
		}
	}
	return a.spool.clear()
}

// beginMultipart begins the multipart upload, if there is none. First comes the object that
// says so: an upload that nothing leads to would never be removed.
func (a *appending) beginMultipart(ctx context.Context) error {
	if a.multipart != "" {
		return nil
	}
	if err := a.putText(ctx, a.uploadKey(a.id)+multipartName, ""); err != nil {
		return err
	}
	if _, err := a.client.NewMultipartUpload(ctx, a.bucket, a.fileKey(a.id), minio.PutObjectOptions{}); err != nil {
		return known(err)
	}
	all, err := a.multiparts(ctx, a.fileKey(a.id))
	if err == nil && len(all) == 0 {
		err = media.ErrNotFound // removed meanwhile
	}
	if err != nil {
		return err
	}
	a.multipart = all[0]
	return nil
}

// spool is a file without a name, in which a part is gathered: memory would have to hold
// one for each device that uploads, however slowly.
type spool struct {
	file *os.File
	size int64
	hash hash.Hash
}

func newSpool(dir string) (*spool, error) {
	file, err := os.CreateTemp(dir, "part-")
	if err != nil {
		return nil, full(err)
	}
	_ = os.Remove(file.Name()) // where that cannot be, Close does it
	return &spool{file: file, hash: sha256.New()}, nil
}

// take adds at most n bytes. It returns io.EOF if there were fewer.
func (s *spool) take(from io.Reader, n int64) (int64, error) {
	taken, err := io.CopyN(io.MultiWriter(s.file, s.hash), from, n)
	s.size += taken
	return taken, full(err)
}

func (s *spool) contents() io.ReadSeeker { return io.NewSectionReader(s.file, 0, s.size) }

func (s *spool) clear() error {
	s.size = 0
	s.hash.Reset()
	_, err := s.file.Seek(0, io.SeekStart)
	return err
}

// Close removes the file.
func (s *spool) Close() error {
	err := s.file.Close()
	_ = os.Remove(s.file.Name()) // mostly it has no name any more
	return err
}

// full names the error of a disk without room.
func full(err error) error {
	if disk.IsFull(err) {
		return errors.Join(media.ErrFull, err)
	}
	return err
}
