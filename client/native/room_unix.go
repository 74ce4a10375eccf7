//go:build unix

package native

import (
	"errors"

	"golang.org/x/sys/unix"
)

// room is how many bytes the user may still write in a folder.
func room(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // another type on other systems
}

// isDiskFull reports whether a file could not be written for want of room.
func isDiskFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }
