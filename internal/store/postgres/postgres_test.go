package postgres

import (
	"errors"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"parley/internal/store"
	"parley/internal/store/postgres/postgrestest"
	"parley/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Run(m)) }

func open(t *testing.T, connection string) *Store {
	t.Helper()
	st, err := Open(t.Context(), connection)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return st
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, postgrestest.Database(t)) })
}

// Every query of the .sql files is one that PostgreSQL understands.
func TestQueriesPrepare(t *testing.T) {
	connection := postgrestest.Database(t)
	open(t, connection)
	conn, err := pgx.Connect(t.Context(), connection)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for name, text := range queries {
		if _, err := conn.Prepare(t.Context(), name, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A database of a later version is left alone.
func TestNewerDatabase(t *testing.T) {
	connection := postgrestest.Database(t)
	st := open(t, connection)
	if _, err := st.writer.Exec(t.Context(), "UPDATE schema_version SET version = 9999"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), connection); !errors.Is(err, store.ErrNewer) {
		t.Errorf("opening it gave %v, want ErrNewer", err)
	}
}
