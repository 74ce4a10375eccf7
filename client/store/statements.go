package store

import (
	"context"
	"strings"

	"parley/client/sql"
)

// statements keeps queries prepared: preparing is a third of the cost of most.
// The one connection is taken while a transaction runs, so a query that is met
// for the first time runs unprepared and is prepared before the next one.
type statements struct {
	prepared map[string]*sql.Stmt
	missed   []string
}

// prepareMissed prepares what the last transactions met for the first time.
func (s *statements) prepareMissed(ctx context.Context, db *sql.DB) error {
	for _, query := range s.missed {
		if s.prepared[query] != nil {
			continue
		}
		statement, err := db.PrepareContext(ctx, query)
		if err != nil {
			return err
		}
		s.prepared[query] = statement
	}
	s.missed = nil
	return nil
}

// find returns the prepared query for this transaction, nil if there is none
// yet. Migrations and what else runs once is not kept.
func (tx *Tx) find(query string, args []any) *sql.Stmt {
	statement := tx.statements.prepared[query]
	if statement != nil {
		return tx.tx.StmtContext(tx.ctx, statement)
	}
	if len(args) > 0 || strings.HasPrefix(query, "SELECT") {
		tx.statements.missed = append(tx.statements.missed, query)
	}
	return nil
}

func (tx *Tx) run(query string, args []any) (sql.Result, error) {
	if statement := tx.find(query, args); statement != nil {
		return statement.ExecContext(tx.ctx, args...)
	}
	return tx.tx.ExecContext(tx.ctx, query, args...)
}

func (tx *Tx) row(query string, args []any) *sql.Row {
	if statement := tx.find(query, args); statement != nil {
		return statement.QueryRowContext(tx.ctx, args...)
	}
	return tx.tx.QueryRowContext(tx.ctx, query, args...)
}

func (tx *Tx) rows(query string, args []any) (*sql.Rows, error) {
	if statement := tx.find(query, args); statement != nil {
		return statement.QueryContext(tx.ctx, args...)
	}
	return tx.tx.QueryContext(tx.ctx, query, args...)
}
