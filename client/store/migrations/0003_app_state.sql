-- What all devices of the account agree on, entry by entry: the latest set_at
-- wins, and of two set at once the greater value.
CREATE TABLE app_state (
  key TEXT PRIMARY KEY,
  value BLOB NOT NULL,
  set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
