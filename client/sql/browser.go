//go:build js

package sql

import "parley/client/wasmsqlite"

// Of wasmsqlite.
type (
	DB     = wasmsqlite.DB
	Tx     = wasmsqlite.Tx
	Stmt   = wasmsqlite.Stmt
	Rows   = wasmsqlite.Rows
	Row    = wasmsqlite.Row
	Result = wasmsqlite.Result
)

// ErrNoRows is what Row.Scan gives where there is no row.
var ErrNoRows = wasmsqlite.ErrNoRows
