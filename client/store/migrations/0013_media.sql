-- Files: what moves them between this device and the relay. What they are says the
-- message.
CREATE TABLE media (
  media_id   BLOB PRIMARY KEY CHECK (length(media_id) = 16),
  key        BLOB NOT NULL CHECK (length(key) = 32),
  hash       BLOB NOT NULL CHECK (length(hash) = 32),
  -- Bytes, before sealing.
  size       INTEGER NOT NULL CHECK (size >= 0),
  -- 0 here alone, 1 to be uploaded, 2 upload paused, 3 upload failed, 4 at the relay,
  -- 5 to be downloaded, 6 not to be had.
  state      INTEGER NOT NULL CHECK (state BETWEEN 0 AND 6),
  -- The sealed file lies on this device, complete.
  local      INTEGER NOT NULL CHECK (local IN (0, 1)),
  -- The message that goes out when the file is at the relay.
  message_id BLOB CHECK (message_id IS NULL OR length(message_id) = 16),
  -- The code of why it failed or is not to be had.
  error      TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX media_moving ON media (state) WHERE state IN (1, 5);
CREATE INDEX media_message ON media (message_id) WHERE message_id IS NOT NULL;
