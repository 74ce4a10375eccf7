-- The ratchets are saved record by record (mls.RatchetRecord). Groups saved in
-- the former way are given up: the device joins them again from outside, and asks
-- its siblings for what it misses. A creation on its way stays, and a join
-- begins anew.
DELETE FROM mls_state;
DROP TABLE mls_ratchets;
CREATE TABLE mls_ratchet (
  conversation_id BLOB NOT NULL REFERENCES conversation ON DELETE CASCADE,
  key BLOB NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (conversation_id, key)
) STRICT, WITHOUT ROWID;

ALTER TABLE conversation DROP COLUMN pending_ratchets;
UPDATE conversation SET pending_id = NULL, pending_request = NULL, pending_state = NULL
  WHERE joined = 1 OR pending_state IS NOT NULL;
UPDATE conversation SET joined = 0, commit_due = 0;

-- The group is older than what this device has sent in it (mls.ErrRewound): it is
-- read on, and then joined again.
ALTER TABLE conversation ADD COLUMN rewound INTEGER NOT NULL DEFAULT 0;
