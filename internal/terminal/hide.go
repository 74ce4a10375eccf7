package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Hidden is a terminal from which something secret is read.
type Hidden struct {
	file   *os.File // stays open as long as it is read
	fd     int
	before *term.State
}

// Hide prepares to read what must not appear on the screen; false if the
// reader is no terminal. Nothing has changed yet when it returns.
func Hide(stream io.Reader) (*Hidden, bool) {
	f, ok := stream.(*os.File)
	if !ok {
		return nil, false
	}
	fd := int(f.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, false
	}
	return &Hidden{f, fd, before}, true
}

// ReadLine reads one line without echo. It blocks until there is one;
// at the end of the input the error is io.EOF.
func (h *Hidden) ReadLine() (string, error) {
	line, err := term.ReadPassword(h.fd)
	return string(line), err
}

// Show makes the terminal as it was before Hide, also while ReadLine reads.
func (h *Hidden) Show() { _ = term.Restore(h.fd, h.before) }
