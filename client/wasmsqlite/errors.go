//go:build js && wasm

package wasmsqlite

import "fmt"

// Error is a failure reported by SQLite. Compare with errors.Is and the Err variables, which match on the primary
// code. Its text can quote the statement or a full-text query, so it is for developers and not for logs.
type Error struct {
	code int
	text string
}

// Failures that callers branch on.
var (
	ErrBusy         = &Error{code: 5, text: "database is locked"}
	ErrIO           = &Error{code: 10, text: "disk I/O error"}
	ErrCorrupt      = &Error{code: 11, text: "database disk image is malformed"}
	ErrFull         = &Error{code: 13, text: "no space left"}          // also when the browser's quota is used up
	ErrNotADatabase = &Error{code: 26, text: "file is not a database"} // also when the key is another
	ErrConstraint   = &Error{code: 19, text: "constraint failed"}
)

// SQLite's codes that the driver itself acts on.
const (
	codeOK   = 0
	codeRow  = 100
	codeDone = 101
)

// Code is SQLite's extended result code; the primary code is its low byte.
func (e *Error) Code() int { return e.code }

// Error describes the failure in SQLite's words.
func (e *Error) Error() string { return fmt.Sprintf("sqlite: %s (%d)", e.text, e.code) }

// Is matches an Error with the same primary code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.code&0xff == e.code&0xff
}

// resultError turns a result code into an error, with the shim's account of the last failure.
func resultError(code int32) error {
	if code == codeOK || code == codeRow || code == codeDone {
		return nil
	}
	buf := make([]byte, 512)
	n := shimMessage(&buf[0], uint32(len(buf)))
	return &Error{code: int(code), text: string(buf[:n])}
}
