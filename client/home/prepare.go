package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"parley/client/api"
)

// ErrForeign says that a folder is not one for Parley to keep secrets in.
var ErrForeign = &api.Error{
	Code:    "home_foreign",
	Message: "This folder holds other things and others can read it. Give Parley a folder of its own.",
}

// prepare makes the folder for the user alone. A folder open to others is
// closed to them, unless it is plainly in use for something else.
func prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder for this device: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at the folder of this device: %w", err)
	}
	// Windows gives a user's folders no mode, and keeps others out by default.
	if info.Mode().Perm()&0o077 == 0 || runtime.GOOS == "windows" {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look at the folder of this device: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, lockName)); len(entries) > 0 && errors.Is(err, fs.ErrNotExist) {
		return ErrForeign
	}
	return os.Chmod(dir, 0o700) //nolint:gosec // a folder needs the x to be entered
}
