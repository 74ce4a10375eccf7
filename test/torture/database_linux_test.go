package torture_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"parley/internal/store/postgres/postgrestest"
)

// database is the PostgreSQL server of relays.
type database struct {
	t *testing.T
	*postgrestest.Server
	// What was done to it.
	crashes, freezes int
}

// startDatabase starts a server, and returns the settings of a relay on it.
func startDatabase(t *testing.T) (_ *database, settings string) {
	t.Helper()
	server, connection := postgrestest.Own(t, false)
	return &database{t: t, Server: server}, fmt.Sprintf("[storage]\nstore = \"postgres\"\npostgres = %q\n[media]\nfolder = %q\n", connection, t.TempDir())
}

// crash ends all processes of the server, and starts it again after a while.
func (d *database) crash(gone time.Duration) {
	d.t.Helper()
	d.crashes++
	if err := d.Crash(); err != nil {
		d.t.Error(err)
	}
	time.Sleep(gone)
	if err := d.Restart(); err != nil {
		d.t.Fatal(err)
	}
}

// freeze stops all processes of the server for a while.
func (d *database) freeze(ctx context.Context, still time.Duration) {
	d.t.Helper()
	d.freezes++
	if err := d.Freeze(); err != nil {
		d.t.Error(err)
	}
	sleep(ctx, still)
	if err := d.Thaw(); err != nil {
		d.t.Error(err)
	}
}

// torments are what may happen to a relay on this database, one as likely as the other.
func (d *database) torments(r *relay) []torment {
	return []torment{
		r.restart, r.stop,
		func(_ context.Context, random *rand.Rand) { d.crash(upTo(random, 400*time.Millisecond)) },
		func(ctx context.Context, random *rand.Rand) { d.freeze(ctx, upTo(random, 800*time.Millisecond)) },
	}
}

func (d *database) String() string {
	return fmt.Sprintf("the database was killed %d times and stopped %d times", d.crashes, d.freezes)
}
