package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
)

// profiled runs fn and writes to a file where its processor time went; an empty name is none.
func profiled(name string, fn func() error) error {
	if name == "" {
		return fn()
	}
	file, err := os.Create(name)
	if err != nil {
		return usageError("make the file of the profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return errors.Join(fmt.Errorf("begin the profile: %w", err), file.Close())
	}
	err = fn()
	pprof.StopCPUProfile()
	return errors.Join(err, file.Close())
}
