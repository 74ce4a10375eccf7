package store

import "errors"

// Full is the primary result code of SQLite for a disk or a quota without room
// (sqlite.org/rescode.html).
const Full = 13

// coded is what errors of most SQLite drivers have: the extended result code.
type coded interface{ Code() int }

// ResultCode is SQLite's extended result code in an error with a method
// Code() int; ok tells whether there is one. The primary code is the low byte.
func ResultCode(err error) (code int, ok bool) {
	var c coded
	if !errors.As(err, &c) {
		return 0, false
	}
	return c.Code(), true
}
