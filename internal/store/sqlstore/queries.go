package sqlstore

import (
	"fmt"
	"io/fs"
	"strings"
)

// Queries are the statements of a folder of .sql files by name: each follows a line
// "-- name: NAME".
type Queries map[string]string

// LoadQueries reads the folder queries of files. It panics if two have the same name.
func LoadQueries(files fs.FS) Queries {
	names, err := fs.Glob(files, "queries/*.sql")
	if err != nil {
		panic(err)
	}
	all := make(Queries)
	for _, file := range names {
		text, err := fs.ReadFile(files, file)
		if err != nil {
			panic(err)
		}
		for _, part := range strings.Split(string(text), "-- name: ")[1:] {
			name, statement, _ := strings.Cut(part, "\n")
			if _, twice := all[name]; twice {
				panic("sqlstore: two queries are named " + name)
			}
			all[name] = strings.TrimSpace(statement)
		}
	}
	return all
}

// Find returns the statement of a name. A missing one is a mistake of the caller: it panics.
func (q Queries) Find(name string) string {
	statement, ok := q[name]
	if !ok {
		panic(fmt.Sprintf("sqlstore: no query is named %q", name))
	}
	return statement
}

// Reads reports whether the statement of a name changes nothing: whether it begins with SELECT
// behind its comments.
func (q Queries) Reads(name string) bool {
	statement := q.Find(name)
	for strings.HasPrefix(statement, "--") {
		_, rest, _ := strings.Cut(statement, "\n")
		statement = strings.TrimSpace(rest)
	}
	return strings.HasPrefix(statement, "SELECT")
}
