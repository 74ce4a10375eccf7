package s3

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"

	"parley/internal/media"
)

// each calls yield for the objects under a prefix, in the order of their keys, behind one,
// until it returns false.
func (b *Bucket) each(ctx context.Context, prefix, after string, yield func(minio.ObjectInfo) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	noOwner := false
	for object := range b.client.ListObjectsIter(ctx, b.bucket, minio.ListObjectsOptions{
		Prefix: prefix, StartAfter: after, Recursive: true, FetchOwner: &noOwner,
	}) {
		if object.Err != nil {
			return known(object.Err)
		}
		if !yield(object) {
			break
		}
	}
	return nil
}

// List implements media.Blobs, of files that are complete and those that are not. Objects
// that are no blobs are passed over.
func (b *Bucket) List(ctx context.Context, after media.ID, limit int) ([]media.Blob, error) {
	blobs, err := b.listFiles(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	uploads, err := b.listUploads(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	for _, id := range uploads {
		blob, err := b.Find(ctx, id)
		if errors.Is(err, media.ErrNotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		blobs = append(blobs, blob)
	}
	slices.SortFunc(blobs, func(x, y media.Blob) int { return bytes.Compare(x.ID[:], y.ID[:]) })
	blobs = slices.CompactFunc(blobs, func(x, y media.Blob) bool { return x.ID == y.ID })
	return blobs[:min(limit, len(blobs))], nil
}

func (b *Bucket) listFiles(ctx context.Context, after media.ID, limit int) ([]media.Blob, error) {
	var found []media.Blob
	prefix := b.filesPrefix()
	err := b.each(ctx, prefix, b.fileKey(after), func(o minio.ObjectInfo) bool {
		if id, err := media.ParseID(strings.TrimPrefix(o.Key, prefix)); err == nil {
			found = append(found, media.Blob{ID: id, Size: o.Size, Changed: o.LastModified})
		}
		return len(found) < limit
	})
	return found, err
}

func (b *Bucket) listUploads(ctx context.Context, after media.ID, limit int) ([]media.ID, error) {
	var found []media.ID
	prefix := b.uploadsPrefix()
	// All that is in the folder of an id is before "ID/~".
	err := b.each(ctx, prefix, b.uploadKey(after)+"~", func(o minio.ObjectInfo) bool {
		name, _, _ := strings.Cut(strings.TrimPrefix(o.Key, prefix), "/")
		if id, err := media.ParseID(name); err == nil && (len(found) == 0 || found[len(found)-1] != id) {
			found = append(found, id)
		}
		return len(found) < limit
	})
	return found, err
}
