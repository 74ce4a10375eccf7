package postgres

import (
	"embed"

	"parley/internal/store/sqlstore"
)

//go:embed queries/*.sql
var queryFiles embed.FS

var queries = sqlstore.LoadQueries(queryFiles)
