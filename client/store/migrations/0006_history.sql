-- History that this device gets from the account's other devices: one row while
-- it is asked for, and after that for what is told of it. behind_* is what
-- has been taken up to, ahead_* what has been announced; ids are empty at the start.
CREATE TABLE history (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  request_id BLOB NOT NULL CHECK (length(request_id) = 16),
  private_key BLOB,                -- until everything is here
  since INTEGER NOT NULL,
  round INTEGER NOT NULL,
  behind_at INTEGER NOT NULL,
  behind_id BLOB NOT NULL,
  ahead_at INTEGER NOT NULL,
  ahead_id BLOB NOT NULL,
  overview INTEGER NOT NULL,       -- the overview has been taken
  ask INTEGER NOT NULL,            -- the sender waits to be asked for more
  tries INTEGER NOT NULL,          -- since something was taken
  due INTEGER NOT NULL,            -- when to begin again at behind_*
  total INTEGER NOT NULL,
  remaining INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  sender BLOB NOT NULL CHECK (length(sender) = 16)
) STRICT;

-- Chunks that wait at the relay; those not wanted are only to be deleted there.
CREATE TABLE history_part (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chunk_id BLOB NOT NULL CHECK (length(chunk_id) = 16),
  hash BLOB NOT NULL,
  behind_at INTEGER NOT NULL,
  behind_id BLOB NOT NULL,
  end_at INTEGER NOT NULL,
  end_id BLOB NOT NULL,
  total INTEGER NOT NULL,
  remaining INTEGER NOT NULL,
  done INTEGER NOT NULL,
  wanted INTEGER NOT NULL
) STRICT;

-- How far history goes in conversations that this device has not seen yet.
CREATE TABLE history_reach (
  conversation_id BLOB PRIMARY KEY,
  sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The first entry this device saw, until what comes before it is accounted for.
ALTER TABLE conversation ADD COLUMN first_sequence INTEGER NOT NULL DEFAULT 0;

CREATE INDEX message_by_time ON message (sent_at, message_id) WHERE kind = 'text' AND sequence > 0;
