//go:build unix

// Package disk is what systems say and do differently about disks.
package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Free returns how many bytes can be written in a folder.
func Free(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // another type on other systems
}

// IsFull reports whether an error says that there is no room, by the disk or by a quota.
func IsFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EFBIG)
}

// Sync returns when a file, or the names in a folder, are on the disk.
func Sync(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
