package sqlite

import (
	"embed"
	"strconv"
	"strings"

	"parley/internal/store/sqlstore"
)

//go:embed queries/*.sql
var queryFiles embed.FS

var queries = withFeedRows(sqlstore.LoadQueries(queryFiles))

// feedChunks are how many rows of feeds one statement inserts, the most first.
var feedChunks = []int{64, 8, 2, 1}

// feedRows is the name of the query that inserts n rows.
func feedRows(n int) string { return "createFeedRow/" + strconv.Itoa(n) }

func withFeedRows(q sqlstore.Queries) sqlstore.Queries {
	one := q.Find("createFeedRow")
	_, row, _ := strings.Cut(one, "VALUES ")
	for _, n := range feedChunks {
		q[feedRows(n)] = one + strings.Repeat(", "+row, n-1)
	}
	return q
}
