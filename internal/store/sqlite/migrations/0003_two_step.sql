-- Two-step verification: the PIN that guards a number against being registered
-- anew. Times are Unix milliseconds, 0 for none.

CREATE TABLE two_step (
  account_id         BLOB PRIMARY KEY REFERENCES accounts,
  -- Argon2id with what it was made with, so that the cost can grow.
  salt               BLOB NOT NULL CHECK (length(salt) = 16),
  hash               BLOB NOT NULL CHECK (length(hash) = 32),
  passes             INTEGER NOT NULL CHECK (passes > 0),
  memory_kib         INTEGER NOT NULL CHECK (memory_kib > 0),
  threads            INTEGER NOT NULL CHECK (threads BETWEEN 1 AND 255),
  tries              INTEGER NOT NULL CHECK (tries >= 0),
  next_try_ms        INTEGER NOT NULL DEFAULT 0,
  -- How often the person has remembered it since it was set.
  confirmed          INTEGER NOT NULL DEFAULT 0 CHECK (confirmed >= 0),
  reminder_ms        INTEGER NOT NULL,
  -- The confirmed recovery address, or empty.
  email              TEXT NOT NULL DEFAULT '' CHECK (length(email) <= 254),
  reset_requested_ms INTEGER NOT NULL DEFAULT 0,
  reset_by_operator  INTEGER NOT NULL DEFAULT 0 CHECK (reset_by_operator IN (0, 1)),
  -- The account's devices have been told of the reset.
  reset_announced    INTEGER NOT NULL DEFAULT 1 CHECK (reset_announced IN (0, 1)),
  reset_cancels      INTEGER NOT NULL DEFAULT 0 CHECK (reset_cancels >= 0),
  reset_blocked_ms   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX two_step_unannounced ON two_step (account_id) WHERE reset_announced = 0;

-- Codes sent to a recovery address: 1 confirms the address, 2 resets the PIN.
CREATE TABLE mail_codes (
  account_id BLOB NOT NULL REFERENCES accounts,
  purpose    INTEGER NOT NULL CHECK (purpose IN (1, 2)),
  address    TEXT NOT NULL CHECK (length(address) BETWEEN 3 AND 254),
  salt       BLOB NOT NULL CHECK (length(salt) = 16),
  hash       BLOB NOT NULL CHECK (length(hash) = 32),
  expires_ms INTEGER NOT NULL,
  tries      INTEGER NOT NULL CHECK (tries >= 0),
  PRIMARY KEY (account_id, purpose)
) STRICT, WITHOUT ROWID;
