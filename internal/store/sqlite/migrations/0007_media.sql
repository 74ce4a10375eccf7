-- Encrypted files that lie beside the database: whose they are and how long they stay.
CREATE TABLE media (
  media_id   BLOB PRIMARY KEY CHECK (length(media_id) = 16),
  account_id BLOB NOT NULL REFERENCES accounts,
  size       INTEGER NOT NULL CHECK (size > 0),
  -- NULL until everything has arrived and is what it should be.
  hash       BLOB CHECK (hash IS NULL OR length(hash) = 32),
  created_ms INTEGER NOT NULL,
  -- When it was last uploaded to or downloaded.
  used_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX media_by_account ON media (account_id, size);
CREATE INDEX media_by_use ON media (used_ms);
