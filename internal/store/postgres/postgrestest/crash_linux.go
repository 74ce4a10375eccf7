package postgrestest

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Crash ends all processes of the server at once, as a crash of the machine does; what was written
// stays, since the machine does not crash. Kill ends the first alone, which the others notice when
// they have nothing to do.
func (s *Server) Crash() error {
	err := errors.Join(s.Freeze(), s.signal(syscall.SIGKILL))
	<-s.ended
	return err
}

// Freeze stops all processes of the server, whose connections stay open, until Thaw or Crash.
func (s *Server) Freeze() error { return s.signal(syscall.SIGSTOP) }

// Thaw lets all processes of the server go on.
func (s *Server) Thaw() error { return s.signal(syscall.SIGCONT) }

// signal signals the first process, which starts the others, and then those.
func (s *Server) signal(to syscall.Signal) error {
	children, err := s.children()
	errs := []error{err, syscall.Kill(s.PID(), to)}
	if to == syscall.SIGSTOP {
		children, err = s.children() // it starts no more now
		errs = append(errs, err)
	}
	for _, pid := range children {
		if err := syscall.Kill(pid, to); !errors.Is(err, syscall.ESRCH) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (s *Server) children() (pids []int, err error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", s.PID(), s.PID()))
	for _, field := range strings.Fields(string(raw)) {
		pid, bad := strconv.Atoi(field)
		pids, err = append(pids, pid), errors.Join(err, bad)
	}
	return pids, err
}
