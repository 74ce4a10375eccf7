package postgres

import (
	"embed"
	"strings"

	"parley/internal/store/sqlstore"
)

//go:embed queries/*.sql
var queryFiles embed.FS

var queries = sqlstore.LoadQueries(queryFiles)

// changes are the names of the queries that may change something: those that do not begin with
// SELECT.
var changes = findChanges()

func findChanges() map[string]bool {
	found := make(map[string]bool)
	for name, text := range queries {
		for strings.HasPrefix(text, "--") {
			_, text, _ = strings.Cut(text, "\n")
		}
		found[name] = !strings.HasPrefix(text, "SELECT")
	}
	return found
}
