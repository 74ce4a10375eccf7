package main

import (
	"context"
	"fmt"
	"path/filepath"

	"parley/internal/config"
	"parley/internal/media"
	"parley/internal/media/s3"
)

// openBlobs opens the place for media, which is a folder beside the database unless the
// operator says otherwise. It is nil on a relay without media.
func openBlobs(ctx context.Context, c config.Config) (media.Blobs, error) {
	if c.Media.MaxBytes == 0 {
		return nil, nil //nolint:nilnil // a relay without media
	}
	if c.Media.Blobs == "s3" {
		bucket, err := s3.Open(ctx, s3.Settings{
			Endpoint: c.S3.Endpoint, Bucket: c.S3.Bucket, Region: c.S3.Region, Prefix: c.S3.Prefix,
			PathStyle: c.S3.PathStyle, Credentials: c.S3.Credentials, Spool: filepath.Join(c.Data, "spool"),
		})
		if err != nil {
			return nil, fmt.Errorf("open the bucket for media: %w", err)
		}
		return bucket, nil
	}
	dir := c.Media.Folder
	if dir == "" {
		dir = filepath.Join(c.Data, "media")
	}
	folder, err := media.OpenFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of media %s: %w", dir, err)
	}
	return folder, nil
}
