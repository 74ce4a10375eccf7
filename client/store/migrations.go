package store

import (
	"context"
	_ "embed" // for the texts
	"fmt"
)

//go:embed migrations/0001_first.sql
var schema0001 string

//go:embed migrations/0002_ratchet_records.sql
var schema0002 string

//go:embed migrations/0003_app_state.sql
var schema0003 string

//go:embed migrations/0004_key_package_suite.sql
var schema0004 string

//go:embed migrations/0005_notices.sql
var schema0005 string

//go:embed migrations/0006_history.sql
var schema0006 string

//go:embed migrations/0007_device_lists.sql
var schema0007 string

//go:embed migrations/0008_notes.sql
var schema0008 string

//go:embed migrations/0009_reset.sql
var schema0009 string

//go:embed migrations/0010_partial_history.sql
var schema0010 string

//go:embed migrations/0011_chat_id.sql
var schema0011 string

//go:embed migrations/0012_content.sql
var schema0012 string

//go:embed migrations/0013_media.sql
var schema0013 string

//go:embed migrations/0014_blocked.sql
var schema0014 string

//go:embed migrations/0015_amendment.sql
var schema0015 string

//go:embed migrations/0016_groups.sql
var schema0016 string

//go:embed migrations/0017_timer.sql
var schema0017 string

//go:embed migrations/0018_addressed.sql
var schema0018 string

//go:embed migrations/0019_join_requests.sql
var schema0019 string

//go:embed migrations/0020_receipt_times.sql
var schema0020 string

//go:embed migrations/0021_waiting_amendments.sql
var schema0021 string

//go:embed migrations/0022_group_receipts.sql
var schema0022 string

//go:embed migrations/0023_pins.sql
var schema0023 string

//go:embed migrations/0024_past_members.sql
var schema0024 string

//go:embed migrations/0025_agreed_timer.sql
var schema0025 string

// migrations bring a database from the version that is their index to the next.
// They are texts and not an embed.FS, whose code a browser would have to load.
var migrations = []string{
	schema0001, schema0002, schema0003, schema0004, schema0005, schema0006, schema0007, schema0008, schema0009, schema0010,
	schema0011, schema0012, schema0013, schema0014, schema0015, schema0016, schema0017, schema0018, schema0019, schema0020,
	schema0021, schema0022, schema0023, schema0024, schema0025,
}

func (s *Store) migrate(ctx context.Context) error {
	var version int
	if err := s.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(migrations) {
		return fmt.Errorf("the database is of version %d, this app knows up to %d: update the app", version, len(migrations))
	}
	if version == len(migrations) {
		return nil
	}
	return s.Update(ctx, func(tx *Tx) error {
		for i := version; i < len(migrations); i++ {
			if err := tx.exec(migrations[i]); err != nil {
				return fmt.Errorf("migrate to version %d: %w", i+1, err)
			}
		}
		return tx.exec(fmt.Sprintf("PRAGMA user_version = %d", len(migrations)))
	})
}
