package relaybench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU time in /proc (proc_pid_stat(5)); it is the same on
// all Linux systems that Go runs on.
const tick = 10 * time.Millisecond

// cpuTime is the CPU time a process has used, user and system; 0 where that
// cannot be known.
func cpuTime(pid int) time.Duration { return statTime(pid, 11) }

// endedTime is the CPU time of the children of a process that have ended.
func endedTime(pid int) time.Duration { return statTime(pid, 13) }

// statTime is the sum of two fields of /proc/PID/stat, counted from behind the name.
func statTime(pid, first int) time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The name in parentheses may contain anything.
	fields := bytes.Fields(raw[bytes.LastIndexByte(raw, ')')+1:])
	if len(fields) < first+2 {
		return 0
	}
	user, _ := strconv.ParseInt(string(fields[first]), 10, 64)
	system, _ := strconv.ParseInt(string(fields[first+1]), 10, 64)
	return time.Duration(user+system) * tick
}

// treeTime is the CPU time of a process and its children, those that have ended included.
func treeTime(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	total := cpuTime(pid) + endedTime(pid)
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return total
	}
	for child := range strings.FieldsSeq(string(raw)) {
		if id, err := strconv.Atoi(child); err == nil {
			total += cpuTime(id)
		}
	}
	return total
}

// memory is the resident memory of a process, bytes.
func memory(pid int) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read the relay's memory: %w", err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("the memory of process %d is not told", pid)
}
