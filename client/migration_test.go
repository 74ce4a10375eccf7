package client_test

import (
	"database/sql"
	"testing"

	. "parley/client/devicetest" //nolint:revive // a vocabulary for tests
)

// firstVersion turns a device's database into one of the first version, whose
// groups this version cannot read.
const firstVersion = `
	DROP INDEX message_pin;
	DROP INDEX message_by_day;
	DROP INDEX receipt_delivered;
	DROP INDEX receipt_read;
	DROP TABLE join_request;
	DROP TABLE group_member;
	DROP TABLE group_chat;
	DROP TABLE receipt_time;
	DROP INDEX message_addressed;
	ALTER TABLE message DROP COLUMN addressed;
	DROP INDEX message_unsupported;
	DROP INDEX message_expiring;
	DROP INDEX message_unread;
	DROP INDEX message_by_time;
	DROP INDEX amendment_waiting;
	DROP TABLE amendment;
	ALTER TABLE message DROP COLUMN amended;
	ALTER TABLE message DROP COLUMN content;
	ALTER TABLE message DROP COLUMN original;
	ALTER TABLE message DROP COLUMN expires_after;
	ALTER TABLE message DROP COLUMN written;
	ALTER TABLE message DROP COLUMN counts;
	CREATE INDEX message_unread ON message (chat, sequence) WHERE mine = 0 AND kind = 'text';
	ALTER TABLE chat DROP COLUMN timer;
	ALTER TABLE chat DROP COLUMN timer_sequence;
	ALTER TABLE chat DROP COLUMN agreed_timer;
	ALTER TABLE chat DROP COLUMN kind;
	ALTER TABLE chat RENAME COLUMN chat_id TO account_id;
	DROP TABLE blocked;
	DROP TABLE media;
	DROP TABLE device_list;
	ALTER TABLE chat DROP COLUMN told_list;
	ALTER TABLE key_package DROP COLUMN suite;
	DROP TABLE notice;
	DROP TABLE history;
	DROP TABLE history_part;
	DROP TABLE history_reach;
	ALTER TABLE conversation DROP COLUMN first_sequence;
	ALTER TABLE conversation DROP COLUMN group_id;
	ALTER TABLE conversation DROP COLUMN replace_group;
	ALTER TABLE conversation DROP COLUMN ahead;
	ALTER TABLE conversation DROP COLUMN reread;
	ALTER TABLE identity DROP COLUMN logout_after;
	DROP TABLE app_state;
	DROP TABLE mls_ratchet;
	CREATE TABLE mls_ratchets (
	  conversation_id BLOB PRIMARY KEY REFERENCES conversation ON DELETE CASCADE,
	  ratchets BLOB NOT NULL
	) STRICT;
	UPDATE mls_state SET state = x'0100';
	INSERT INTO mls_ratchets SELECT conversation_id, x'0100' FROM mls_state;
	ALTER TABLE conversation DROP COLUMN rewound;
	ALTER TABLE conversation ADD COLUMN pending_ratchets BLOB;
	PRAGMA user_version = 1;`

// A device of the first version keeps its messages, joins its conversations
// again, and reads and writes on: those with others, and that of its own devices.
func TestMigration_FromFirstVersion(t *testing.T) {
	t.Parallel()
	_, a1, a2, b1, _ := people(t)
	a1.Send(bob, "before")
	a2.WantTexts(bob, []string{"before"})
	for _, d := range []*Device{a1, a2} {
		d.Stop()
		db, err := sql.Open("sqlite", "file:"+d.Storage())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(firstVersion); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	a1.Start()
	a2.Start()
	a2.Send(bob, "after")
	b1.Send(alice, "and on")
	want := []string{"before", "after", "and on"}
	b1.WantTexts(alice, want)
	a1.WantTexts(bob, want)
	a2.WantTexts(bob, want)
}
