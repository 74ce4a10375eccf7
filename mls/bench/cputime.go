package main

import (
	"syscall"
	"time"
)

// cpuTime is the CPU time that the process has used, in user and system mode.
func cpuTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		panic(err) // nothing to measure with
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
