package postgres

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"parley/internal/store"
	"parley/internal/store/postgres/postgrestest"
	"parley/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Run(m)) }

func open(t *testing.T, connection string) *Store {
	t.Helper()
	st, err := Open(t.Context(), connection, Options{})
	for n := 0; n < 5 && errors.Is(err, store.ErrUnavailable); n++ { // a busy machine
		st, err = Open(t.Context(), connection, Options{})
	}
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
	if _, err := Open(t.Context(), connection, Options{}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("opening it gave %v, want ErrNewer", err)
	}
}

// Of two relays that must be alone the second is refused, but not an operator's command.
func TestAlone(t *testing.T) {
	connection := postgrestest.Database(t)
	first, err := Open(t.Context(), connection, Options{Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), connection, Options{Alone: true}); !errors.Is(err, ErrInUse) {
		t.Errorf("the second got %v, want ErrInUse", err)
	}
	open(t, connection)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := Open(t.Context(), connection, Options{Alone: true})
	if err != nil {
		t.Fatalf("after the first was closed: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

// No part of a connection string comes into an error: it has a password.
func TestConnectionStringStaysSecret(t *testing.T) {
	const secret = "correct-horse"
	for _, connection := range []string{
		"postgres://parley:" + secret + "@127.0.0.1:1/parley", "host=127.0.0.1 port=1 user=parley password=" + secret,
		"postgres://parley:" + secret + "@127.0.0.1:no/parley", "password=" + secret + " nonsense", "postgres://%zz:" + secret + "@/",
	} {
		_, err := Open(t.Context(), connection, Options{})
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("the error is %v", err)
		}
	}
}

// After a crash the server may give the number of a transaction that it has lost to another one. That
// the other is committed says nothing of the lost one.
func TestNumberGivenOutAgain(t *testing.T) {
	st := open(t, postgrestest.Database(t))
	const lost, mine = 1, 2
	var number string
	if err := st.writer.QueryRow(t.Context(), queries.Find("takeTurn"), mine).Scan(&number); err != nil {
		t.Fatal(err)
	}
	for turn, want := range map[int64]string{mine: "committed", lost: "forgotten"} {
		if outcome, err := st.outcome(t.Context(), number, turn); err != nil || outcome != want {
			t.Errorf("the transaction of turn %d is %s (%v), want %s", turn, outcome, err, want)
		}
	}
}
