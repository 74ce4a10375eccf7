//go:build !js

// Package sql is what the client core uses of database/sql, by the names that it has there. On ordinary machines it is
// database/sql. In a browser it is wasmsqlite, which does the same on its one connection: the code of database/sql is 20 KB
// of a first visit, for pools of connections and drivers that browsers do not have.
package sql

import "database/sql"

// Of database/sql, whose documentation holds. Databases have one connection, so a query that is made while another's
// rows are open waits, unless both are of one transaction.
type (
	DB     = sql.DB
	Tx     = sql.Tx
	Stmt   = sql.Stmt
	Rows   = sql.Rows
	Row    = sql.Row
	Result = sql.Result
)

// ErrNoRows is what Row.Scan gives where there is no row.
var ErrNoRows = sql.ErrNoRows
