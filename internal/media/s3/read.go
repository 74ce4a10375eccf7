package s3

import (
	"context"
	"io"
	"io/fs"

	"github.com/minio/minio-go/v7"

	"parley/internal/media"
)

// maxBroken is how often in a row a connection may break before it has brought anything.
const maxBroken = 3

// Open implements media.Blobs. Only the part of the file is asked for that is read.
func (b *Bucket) Open(ctx context.Context, id media.ID) (io.ReadSeekCloser, error) {
	file, err := b.client.StatObject(ctx, b.bucket, b.fileKey(id), minio.StatObjectOptions{})
	if err != nil {
		return nil, known(err)
	}
	return &reader{ctx: ctx, from: b, key: b.fileKey(id), etag: file.ETag, size: file.Size}, nil
}

// reader reads an object from where it stands, by a request that lasts until it is moved.
type reader struct {
	ctx       context.Context // of Open, for the requests that Read makes
	from      *Bucket
	key, etag string
	at, size  int64
	body      io.ReadCloser
	broken    int
}

// Read implements io.Reader. A connection that breaks is made again.
func (r *reader) Read(to []byte) (int, error) {
	for r.at < r.size && len(to) > 0 {
		if err := r.request(); err != nil {
			return 0, err
		}
		n, err := r.body.Read(to)
		r.at += int64(n)
		if n > 0 {
			r.broken = 0
			return n, nil
		}
		if err == nil {
			continue
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if r.broken++; r.broken == maxBroken || r.ctx.Err() != nil {
			return 0, err
		}
		r.stop()
	}
	if len(to) == 0 {
		return 0, nil
	}
	return 0, io.EOF
}

func (r *reader) request() error {
	if r.body != nil {
		return nil
	}
	var options minio.GetObjectOptions
	if err := options.SetMatchETag(r.etag); err != nil {
		return err
	}
	if err := options.SetRange(r.at, r.size-1); err != nil {
		return err
	}
	body, _, _, err := r.from.client.GetObject(r.ctx, r.from.bucket, r.key, options)
	r.body = body
	return known(err)
}

// stop ends the request that is under way.
func (r *reader) stop() {
	if r.body != nil {
		_ = r.body.Close() // nothing more is read from it
		r.body = nil
	}
}

// Seek implements io.Seeker.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, fs.ErrInvalid
	}
	if offset != r.at {
		r.stop()
		r.at = offset
	}
	return offset, nil
}

// Close implements io.Closer.
func (r *reader) Close() error {
	r.stop()
	r.at = r.size
	return nil
}
