package native

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"io"
)

// errInflated: what was compressed is larger than it may be.
var errInflated = errors.New("compressed data are too large")

// Deflate implements client.Config.Deflate.
func Deflate(_ context.Context, b []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

// Inflate implements client.Config.Inflate.
func Inflate(_ context.Context, b []byte, limit int) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), int64(limit)+1))
	if err == nil && len(out) > limit {
		return nil, errInflated
	}
	return out, err
}
