//go:build !linux

package postgrestest

import "syscall"

// attributes are those of a process of the same user.
func attributes(int, int) *syscall.SysProcAttr { return nil }
