-- Parts of an account's history, sealed for the device that they wait for.
CREATE TABLE history_chunks (
  device_id  BLOB NOT NULL REFERENCES devices,
  chunk_id   BLOB NOT NULL CHECK (length(chunk_id) = 16),
  data       BLOB NOT NULL,
  created_ms INTEGER NOT NULL,
  UNIQUE (device_id, chunk_id)
) STRICT;

CREATE INDEX history_chunks_by_age ON history_chunks (created_ms);
