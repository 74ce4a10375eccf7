// Command s3server is an S3 server for tests: versitygw with its files in a folder. It ends
// when its standard input does, so that none outlives its test. A module of its own keeps
// what it needs out of the relay's.
//
//	s3server ADDRESS FOLDER ACCESS-KEY SECRET-KEY
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3api"
	"github.com/versity/versitygw/s3api/middlewares"
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: s3server ADDRESS FOLDER ACCESS-KEY SECRET-KEY")
		os.Exit(2)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // however it ends
		os.Exit(0)
	}()
	if err := run(os.Args[1], os.Args[2], middlewares.RootUserConfig{Access: os.Args[3], Secret: os.Args[4]}); err != nil {
		fmt.Fprintln(os.Stderr, "s3server:", err)
		os.Exit(1)
	}
}

func run(address, dir string, root middlewares.RootUserConfig) error {
	objects, attributes := filepath.Join(dir, "objects"), filepath.Join(dir, "attributes")
	for _, path := range []string{objects, attributes} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
	}
	// Not every file system of a temporary folder has extended attributes.
	sidecar, err := meta.NewSideCar(attributes)
	if err != nil {
		return err
	}
	backend, err := posix.New(objects, sidecar, posix.PosixOpts{NewDirPerm: 0o700, Concurrency: 100, SideCarDir: attributes, CopyObjectThreshold: 5 << 30})
	if err != nil {
		return err
	}
	accounts, err := auth.New(&auth.Opts{})
	if err != nil {
		return err
	}
	server, err := s3api.New(backend, root, "us-east-1", accounts, nil, nil, nil, nil,
		s3api.WithConcurrencyLimiter(1000, 1000), s3api.WithMpMaxParts(10_000), s3api.WithKeepAlive(), s3api.WithQuiet())
	if err != nil {
		return err
	}
	return server.ServeMultiPort([]string{address})
}
