//go:build unix

package main

import "syscall"

// mostConnections bounds the connections by the files that this process may open, of which
// it needs some itself.
func mostConnections(wanted int) int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return wanted
	}
	return int(min(uint64(wanted), uint64(files.Cur)/10*9)) //nolint:unconvert // another type on other systems
}
