package s3

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"parley/internal/media"
)

// multipartName is the object in uploads/ID/ that says that there is a multipart upload.
const multipartName = "multipart"

// upload is a file as the bucket has it.
type upload struct {
	id media.ID
	// complete is set when the file is; then only objects and changed are, and whole.
	complete bool
	// objects are the keys in uploads/ID/.
	objects []string
	// multipart is the id of the multipart upload; empty if there is none.
	multipart string
	// parts are those of the multipart upload, from the first on.
	parts []minio.CompletePart
	// whole is how many bytes they have; tail how many come behind them.
	whole, tail int64
	changed     time.Time
}

func (u *upload) size() int64 { return u.whole + u.tail }

// tailName is the name of an end that begins at an offset.
func tailName(offset int64) string { return fmt.Sprintf("%016x", offset) }

// find returns the state of a blob. It is not complete if there is its beginning: other
// objects of an upload may be what a crash has left, or what a relay has still written that
// did not notice that another went on.
func (b *Bucket) find(ctx context.Context, id media.ID) (*upload, error) {
	u := &upload{id: id}
	tails := make(map[int64]int64)
	prefix := b.uploadKey(id)
	err := b.each(ctx, prefix, "", func(o minio.ObjectInfo) bool {
		u.objects = append(u.objects, o.Key)
		u.touch(o.LastModified)
		if offset, err := strconv.ParseInt(strings.TrimPrefix(o.Key, prefix), 16, 64); err == nil {
			tails[offset] = o.Size
		}
		return true
	})
	if err == nil && slices.Contains(u.objects, prefix+multipartName) {
		err = b.findMultipart(ctx, u)
	}
	if err != nil {
		return nil, err
	}
	if _, begun := tails[0]; !begun && u.multipart == "" {
		file, err := b.client.StatObject(ctx, b.bucket, b.fileKey(id), minio.StatObjectOptions{})
		switch err = known(err); {
		case err == nil:
			u.complete, u.whole, u.changed = true, file.Size, file.LastModified
			return u, nil
		case !errors.Is(err, media.ErrNotFound) || len(u.objects) == 0:
			return nil, err
		}
	}
	u.tail = tails[u.whole]
	return u, nil
}

func (u *upload) touch(changed time.Time) {
	if changed.After(u.changed) {
		u.changed = changed
	}
}

// findMultipart finds the multipart upload of a file and its parts.
func (b *Bucket) findMultipart(ctx context.Context, u *upload) error {
	all, err := b.multiparts(ctx, b.fileKey(u.id))
	if err != nil || len(all) == 0 {
		return err
	}
	u.multipart = all[0]
	for marker, more := 0, true; more; {
		page, err := b.client.ListObjectParts(ctx, b.bucket, b.fileKey(u.id), u.multipart, marker, 1000)
		if err != nil {
			return known(err)
		}
		for _, part := range page.ObjectParts {
			if part.PartNumber != len(u.parts)+1 {
				return nil // a hole: what is behind it comes again
			}
			u.parts = append(u.parts, minio.CompletePart{PartNumber: part.PartNumber, ETag: part.ETag})
			u.whole += part.Size
			u.touch(part.LastModified)
		}
		marker, more = page.NextPartNumberMarker, page.IsTruncated && len(page.ObjectParts) > 0
	}
	return nil
}

// multiparts returns the multipart uploads of a key, the one that counts first: relays that
// began one each at the same moment agree on it.
func (b *Bucket) multiparts(ctx context.Context, key string) ([]string, error) {
	found, err := b.client.ListMultipartUploads(ctx, b.bucket, key, "", "", "", 1000)
	if err != nil {
		return nil, known(err)
	}
	found.Uploads = slices.DeleteFunc(found.Uploads, func(m minio.ObjectMultipartInfo) bool { return m.Key != key })
	slices.SortFunc(found.Uploads, func(x, y minio.ObjectMultipartInfo) int {
		return cmp.Or(x.Initiated.Compare(y.Initiated), cmp.Compare(x.UploadID, y.UploadID))
	})
	var ids []string
	for _, m := range found.Uploads {
		ids = append(ids, m.UploadID)
	}
	return ids, nil
}

// Create implements media.Blobs.
func (b *Bucket) Create(ctx context.Context, id media.ID) error {
	_, err := b.find(ctx, id)
	if errors.Is(err, media.ErrNotFound) {
		return b.putText(ctx, b.uploadKey(id)+tailName(0), "")
	}
	return err
}

// Find implements media.Blobs.
func (b *Bucket) Find(ctx context.Context, id media.ID) (media.Blob, error) {
	u, err := b.find(ctx, id)
	if err != nil {
		return media.Blob{}, err
	}
	return media.Blob{ID: id, Size: u.size(), Changed: u.changed}, nil
}

// Sync implements media.Blobs: what was added is in the bucket, and becomes one object.
func (b *Bucket) Sync(ctx context.Context, id media.ID) error {
	u, err := b.find(ctx, id)
	switch {
	case err != nil:
		return err
	case u.complete:
	case u.multipart == "":
		err = b.copyTail(ctx, u)
	default:
		err = b.complete(ctx, u)
	}
	if err != nil {
		return err
	}
	return b.removeUpload(ctx, u)
}

// copyTail makes a file of an upload of less than a part.
func (b *Bucket) copyTail(ctx context.Context, u *upload) error {
	_, err := b.client.Client.CopyObject(ctx, minio.CopyDestOptions{Bucket: b.bucket, Object: b.fileKey(u.id)},
		minio.CopySrcOptions{Bucket: b.bucket, Object: b.uploadKey(u.id) + tailName(0)})
	return known(err)
}

// complete makes a file of the parts and the end behind them.
func (b *Bucket) complete(ctx context.Context, u *upload) error {
	if u.tail > 0 {
		part, err := b.client.CopyObjectPart(ctx, b.bucket, b.uploadKey(u.id)+tailName(u.whole), b.bucket, b.fileKey(u.id),
			u.multipart, len(u.parts)+1, 0, u.tail, nil)
		if err != nil {
			return known(err)
		}
		u.parts = append(u.parts, part)
	}
	_, err := b.client.CompleteMultipartUpload(ctx, b.bucket, b.fileKey(u.id), u.multipart, u.parts, minio.PutObjectOptions{})
	return known(err)
}

// Delete implements media.Blobs. What leads to the upload goes last.
func (b *Bucket) Delete(ctx context.Context, id media.ID) error {
	u, err := b.find(ctx, id)
	if errors.Is(err, media.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := b.remove(ctx, b.fileKey(id)); err != nil {
		return err
	}
	return b.removeUpload(ctx, u)
}

// removeUpload removes what is left of an upload.
func (b *Bucket) removeUpload(ctx context.Context, u *upload) error {
	if slices.Contains(u.objects, b.uploadKey(u.id)+multipartName) {
		left, err := b.multiparts(ctx, b.fileKey(u.id))
		if err != nil {
			return err
		}
		for _, multipart := range left {
			err := known(b.client.AbortMultipartUpload(ctx, b.bucket, b.fileKey(u.id), multipart))
			if err != nil && !errors.Is(err, media.ErrNotFound) {
				return err
			}
		}
	}
	for _, key := range u.objects {
		if err := b.remove(ctx, key); err != nil {
			return err
		}
	}
	return nil
}
