package store

import "errors"

// sqliteFull is a primary result code of SQLite (sqlite.org/rescode.html).
const sqliteFull = 13

// coded is what errors of both SQLite drivers have: the extended result code.
type coded interface{ Code() int }

// IsFull reports whether err says that there is no room left.
func IsFull(err error) bool {
	var c coded
	return errors.As(err, &c) && c.Code()&0xff == sqliteFull
}

// IsStorage reports whether err comes from the database at all.
func IsStorage(err error) bool {
	var c coded
	return errors.As(err, &c)
}
