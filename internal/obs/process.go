package obs

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of processor time in /proc (proc_pid_stat(5)); it is the same on all
// Linux systems that Go runs on.
const tick = 10 * time.Millisecond

// RegisterProcess registers what this process uses, under the names that dashboards know.
// Systems without /proc tell 0 of what is read there.
func RegisterProcess(r *Registry) {
	r.add(metric{"process_cpu_seconds_total", "Processor time used.", "counter", func() float64 {
		raw, err := os.ReadFile("/proc/self/stat")
		if err != nil {
			return 0
		}
		raw = raw[bytes.LastIndexByte(raw, ')')+1:] // the name in parentheses may contain anything
		return (number(raw, 11) + number(raw, 12)) * tick.Seconds()
	}})
	r.Gauge("process_resident_memory_bytes", "Memory used.", func() float64 {
		raw, err := os.ReadFile("/proc/self/statm")
		if err != nil {
			return 0
		}
		return number(raw, 1) * float64(os.Getpagesize())
	})
	r.Gauge("process_open_fds", "Open files and connections.", func() float64 {
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			return 0
		}
		return float64(len(open))
	})
	r.Gauge("go_goroutines", "Goroutines.", func() float64 { return float64(runtime.NumGoroutine()) })
}

// number is one of the fields of a line, counted from 0; 0 if it is none.
func number(line []byte, field int) float64 {
	fields := strings.Fields(string(line))
	if field >= len(fields) {
		return 0
	}
	n, _ := strconv.ParseFloat(fields[field], 64) // 0 if it is none
	return n
}
