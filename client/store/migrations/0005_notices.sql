-- What the account's person should know about its devices, one of a kind about
-- a device. Rows of kind 'deviceAdded' are there for all devices this one has
-- seen; those it knew from the start are answered.
CREATE TABLE notice (
  kind TEXT NOT NULL,
  device_id BLOB NOT NULL CHECK (length(device_id) = 16),
  platform TEXT NOT NULL,
  began INTEGER NOT NULL,
  ends INTEGER NOT NULL,
  limit_ms INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  PRIMARY KEY (kind, device_id)
) STRICT, WITHOUT ROWID;

-- With a logout for silence: the time that was allowed, milliseconds.
ALTER TABLE identity ADD COLUMN logout_after INTEGER NOT NULL DEFAULT 0;
