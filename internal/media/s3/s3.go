// Package s3 keeps media in a bucket of a server that speaks S3. Nothing of it is in the
// relay's memory or database, so several relays may share a bucket, and one goes on with
// what another began.
//
// A file that is complete is one object, files/ID. One that is being uploaded is what
// uploads/ID/ holds: its end that does not make a part yet, named by where it begins, and,
// once there is more than a part, an S3 multipart upload of files/ID
// (docs/design/0024-blobs-on-s3.md).
package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"parley/internal/media"
)

const (
	// partSize is how large the parts of a file are, bytes: all but the last. S3 wants at
	// least 5 MiB, and at most 10,000 parts, which is 80 GiB. So much of each upload lies
	// in the spool folder, and is lost when the relay crashes: the device sends it again.
	partSize = 8 << 20
	// maxRetries bounds how often a request is tried, with waits that grow to a second.
	maxRetries = 4
)

// Settings say where the bucket is.
type Settings struct {
	// Endpoint is the address of the server, as https://HOST or http://HOST:PORT.
	Endpoint string
	Bucket   string
	Region   string
	// Prefix stands before the names of all objects, as "parley/"; it may be empty.
	Prefix string
	// PathStyle has the bucket in the path, not in the host's name.
	PathStyle bool
	// Credentials is the path of a file in the format of AWS; empty takes
	// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
	Credentials string
	// Spool is the folder in which parts are gathered.
	Spool string
}

// Bucket keeps each blob as an object.
type Bucket struct {
	client *minio.Core
	bucket string
	prefix string
	spool  string
}

var _ media.Blobs = (*Bucket)(nil)

// Open connects to a bucket, and checks that the credentials may do there what a relay
// needs. It blocks on the network. Its error says what to do, and has no credentials in it.
func Open(ctx context.Context, s Settings) (*Bucket, error) {
	keys, err := readCredentials(s.Credentials)
	if err != nil {
		return nil, err
	}
	endpoint, err := url.Parse(s.Endpoint)
	if err != nil {
		return nil, err
	}
	lookup := minio.BucketLookupDNS
	if s.PathStyle {
		lookup = minio.BucketLookupPath
	}
	client, err := minio.NewCore(endpoint.Host, &minio.Options{
		Creds: keys, Secure: endpoint.Scheme == "https", Region: s.Region, BucketLookup: lookup, MaxRetries: maxRetries,
	})
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.Spool, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for parts of files: %w", err)
	}
	b := &Bucket{client: client, bucket: s.Bucket, prefix: s.Prefix, spool: s.Spool}
	return b, b.check(ctx, s)
}

// readCredentials reads the keys once: a relay is started again to change them.
func readCredentials(path string) (*credentials.Credentials, error) {
	keys, what := credentials.NewEnvAWS(), "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file with s3.credentials"
	if path != "" {
		keys = credentials.NewFileAWSCredentials(path, "default")
		what = "s3.credentials must name a file with aws_access_key_id and aws_secret_access_key below [default]"
	}
	value, err := keys.GetWithContext(nil)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	// Errors of the parser may quote the file.
	if err != nil || value.AccessKeyID == "" || value.SecretAccessKey == "" {
		return nil, errors.New("there are no credentials for S3: " + what)
	}
	return credentials.NewStaticV4(value.AccessKeyID, value.SecretAccessKey, value.SessionToken), nil
}

func (b *Bucket) fileKey(id media.ID) string   { return b.filesPrefix() + id.String() }
func (b *Bucket) filesPrefix() string          { return b.prefix + "files/" }
func (b *Bucket) uploadKey(id media.ID) string { return b.uploadsPrefix() + id.String() + "/" }
func (b *Bucket) uploadsPrefix() string        { return b.prefix + "uploads/" }

// Free implements media.Blobs: a bucket does not say how large it may become.
func (b *Bucket) Free(context.Context) (int64, error) { return math.MaxInt64, nil }

// put writes an object. Its hash is signed, not each piece of it, which not all servers take.
func (b *Bucket) put(ctx context.Context, key string, contents io.Reader, size int64, hash []byte) error {
	_, err := b.client.PutObject(ctx, b.bucket, key, contents, size, "", hex.EncodeToString(hash), minio.PutObjectOptions{DisableContentSha256: true})
	return known(err)
}

func (b *Bucket) putText(ctx context.Context, key, text string) error {
	hash := sha256.Sum256([]byte(text))
	return b.put(ctx, key, strings.NewReader(text), int64(len(text)), hash[:])
}

func (b *Bucket) remove(ctx context.Context, key string) error {
	return known(b.client.RemoveObject(ctx, b.bucket, key, minio.RemoveObjectOptions{}))
}

// known gives the errors that callers branch on their names.
func known(err error) error {
	if err == nil {
		return nil
	}
	answer := minio.ToErrorResponse(err)
	switch {
	case answer.Code == minio.NoSuchKey || answer.Code == minio.NoSuchUpload:
		return media.ErrNotFound
	case answer.StatusCode == http.StatusInsufficientStorage || answer.Code == "QuotaExceeded" || answer.Code == "XMinioStorageFull":
		return errors.Join(media.ErrFull, err)
	}
	return err
}
