package sqlstore_test

import (
	"testing"
	"testing/fstest"

	"parley/internal/store/sqlstore"
)

// A statement is judged by what it says, not by its name or by what is said of it.
func TestReads(t *testing.T) {
	queries := sqlstore.LoadQueries(fstest.MapFS{"queries/things.sql": &fstest.MapFile{Data: []byte(`
-- name: findThing
SELECT 1 FROM things
-- name: touchThing
-- SELECT would be enough, but
--   the thing is touched.

SELECT 2 FROM things
-- name: countThings
UPDATE things SET n = (SELECT count(*) FROM things)
-- name: findGone
WITH gone AS (DELETE FROM things RETURNING n) SELECT n FROM gone
-- name: listNothing
-- SELECT
`)}})
	want := map[string]bool{"findThing": true, "touchThing": true, "countThings": false, "findGone": false, "listNothing": false}
	if len(queries) != len(want) {
		t.Errorf("%d queries were loaded, want %d", len(queries), len(want))
	}
	for name, reads := range want {
		if queries.Reads(name) != reads {
			t.Errorf("%s: Reads = %v, want %v", name, !reads, reads)
		}
	}
}
