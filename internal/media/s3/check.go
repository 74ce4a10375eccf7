package s3

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
)

// checkTime bounds the check at the start.
const checkTime = 30 * time.Second

// check writes, reads, lists and removes an object, as the relay will.
func (b *Bucket) check(ctx context.Context, s Settings) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	found, err := b.client.BucketExists(ctx, b.bucket)
	if err != nil {
		return explain(err, s)
	}
	if !found {
		return fmt.Errorf("there is no bucket %q at %s: make it, or correct s3.bucket", s.Bucket, s.Endpoint)
	}
	key := b.prefix + "check/" + rand.Text()
	for _, step := range []struct {
		do   func() error
		need string
	}{
		{func() error { return b.putText(ctx, key, "parley") }, "s3:PutObject"},
		{func() error { return b.readBack(ctx, key) }, "s3:GetObject"},
		{func() error { return b.each(ctx, b.prefix+"check/", "", func(minio.ObjectInfo) bool { return false }) }, "s3:ListBucket"},
		{func() error { _, err := b.multiparts(ctx, key); return err }, "s3:ListBucketMultipartUploads"},
		{func() error { return b.remove(ctx, key) }, "s3:DeleteObject"},
	} {
		if err := step.do(); minio.ToErrorResponse(err).StatusCode == http.StatusForbidden {
			return fmt.Errorf("the credentials may not do all that is needed in the bucket %q: allow %s there (docs/operations.md has the list): %w", s.Bucket, step.need, err)
		} else if err != nil {
			return explain(err, s)
		}
	}
	return nil
}

func (b *Bucket) readBack(ctx context.Context, key string) error {
	body, _, _, err := b.client.GetObject(ctx, b.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	text, err := io.ReadAll(body)
	if err == nil && string(text) != "parley" {
		err = errors.New("the bucket has something else than was written")
	}
	return errors.Join(err, body.Close())
}

// explain says what to do about a bucket that cannot be used.
func explain(err error, s Settings) error {
	switch minio.ToErrorResponse(err).StatusCode {
	case http.StatusForbidden:
		return fmt.Errorf("the server at %s refuses the credentials for the bucket %q: correct them, or s3.bucket: %w", s.Endpoint, s.Bucket, err)
	case http.StatusMovedPermanently, http.StatusBadRequest:
		return fmt.Errorf("the server at %s takes no such requests for the bucket %q: correct s3.region, s3.path_style or s3.endpoint: %w", s.Endpoint, s.Bucket, err)
	case 0:
		return fmt.Errorf("there is no answer of S3 from %s: correct s3.endpoint, or see whether the server runs: %w", s.Endpoint, err)
	}
	return fmt.Errorf("the bucket %q at %s cannot be used: %w", s.Bucket, s.Endpoint, err)
}
