package postgres

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed queries/*.sql
var queryFiles embed.FS

// queries are the statements of the .sql files by name: each follows a line
// "-- name: NAME".
var queries = loadQueries()

func loadQueries() map[string]string {
	all := make(map[string]string)
	entries, err := queryFiles.ReadDir("queries")
	if err != nil {
		panic(err)
	}
	for _, entry := range entries {
		text, err := queryFiles.ReadFile("queries/" + entry.Name())
		if err != nil {
			panic(err)
		}
		for _, part := range strings.Split(string(text), "-- name: ")[1:] {
			name, statement, _ := strings.Cut(part, "\n")
			if _, twice := all[name]; twice {
				panic("postgres: two queries are named " + name)
			}
			all[name] = strings.TrimSpace(statement)
		}
	}
	return all
}

// query returns the statement of a name; a missing one is a mistake in this
// package, which TestQueriesPrepare finds.
func query(name string) string {
	q, ok := queries[name]
	if !ok {
		panic(fmt.Sprintf("postgres: no query is named %q", name))
	}
	return q
}
