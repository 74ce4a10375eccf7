// Package sqlstore is what the stores on SQL databases share: the methods of store.Tx that
// are the same in every dialect (Tx), the queries by name (Queries) and the queue that
// commits many transactions together (Queue).
//
// A store embeds Tx in its own transaction, and adds the methods that its dialect makes
// different; storetest shows that nothing is missing.
package sqlstore

import "parley/ident"

// Scanner is a row of a result.
type Scanner interface {
	// Scan copies the columns to dest, as database/sql does. A row that was asked for and
	// is not there gives store.ErrNotFound.
	Scan(dest ...any) error
}

// Statements runs the queries of a transaction by their names. A failure to write may show
// later, at the next statement that reads or at the commit.
type Statements interface {
	// Do runs a query that writes and tells nothing.
	Do(name string, args ...any) error
	// Row runs a query that reads one row.
	Row(name string, args ...any) Scanner
	// Change runs a query that writes and returns one row.
	Change(name string, args ...any) Scanner
	// Each runs a query that reads, and gives its rows to scan until that fails.
	Each(scan func(Scanner) error, name string, args ...any) error
	// AddAccount writes that an account is in a conversation from now on, which is a
	// change of its receipts.
	AddAccount(conversation, account []byte) error
}

// Tx is the part of store.Tx that is the same in every dialect.
type Tx struct{ Statements }

// List runs a query and collects what scan makes of each row.
func List[T any](t Statements, scan func(Scanner) (T, error), name string, args ...any) ([]T, error) {
	var all []T
	err := t.Each(func(row Scanner) error {
		one, err := scan(row)
		all = append(all, one)
		return err
	}, name, args...)
	if err != nil {
		return nil, err
	}
	return all, nil
}

// ID reads an id column; NULL and what is not 16 bytes long read as the zero id.
func ID[T ident.ID](column []byte) T {
	id, err := ident.IDFromBytes[T](column)
	if err != nil {
		return T{}
	}
	return id
}

func scanID[T ident.ID](row Scanner) (T, error) {
	var id []byte
	err := row.Scan(&id)
	return ID[T](id), err
}
