-- Who the devices of an account are, signed by its key: our own and those of
-- contacts. cut is the serial of the last list that took a device away.
CREATE TABLE device_list (
  account_id BLOB PRIMARY KEY CHECK (length(account_id) = 16),
  list BLOB NOT NULL,
  cut INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The serial of the list of our own devices that was told in the chat.
ALTER TABLE chat ADD COLUMN told_list INTEGER NOT NULL DEFAULT 0;
