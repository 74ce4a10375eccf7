-- The first schema. Times are Unix milliseconds, ids 16 random bytes.

CREATE TABLE relay (
  singleton    INTEGER PRIMARY KEY CHECK (singleton = 1),
  relay_id     BLOB NOT NULL CHECK (length(relay_id) = 16),
  signing_seed BLOB NOT NULL CHECK (length(signing_seed) = 32)
) STRICT;

CREATE TABLE accounts (
  account_id  BLOB PRIMARY KEY CHECK (length(account_id) = 16),
  phone       TEXT NOT NULL UNIQUE CHECK (length(phone) BETWEEN 8 AND 16),
  account_key BLOB NOT NULL CHECK (length(account_key) = 32),
  created_ms  INTEGER NOT NULL,
  -- The last position of the account's feed.
  head        INTEGER NOT NULL DEFAULT 0 CHECK (head >= 0),
  -- The highest position that a device of the account has acknowledged.
  delivered   INTEGER NOT NULL DEFAULT 0 CHECK (delivered >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
  device_id      BLOB PRIMARY KEY CHECK (length(device_id) = 16),
  account_id     BLOB NOT NULL REFERENCES accounts,
  certificate    BLOB NOT NULL CHECK (length(certificate) BETWEEN 1 AND 1024),
  device_key     BLOB NOT NULL CHECK (length(device_key) = 32),
  is_primary     INTEGER NOT NULL CHECK (is_primary IN (0, 1)),
  created_ms     INTEGER NOT NULL,
  last_active_ms INTEGER NOT NULL,
  cursor         INTEGER NOT NULL CHECK (cursor >= 0),
  -- When the device was logged out; the row stays to tell it so.
  removed_ms     INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX devices_by_account ON devices (account_id);
-- Exactly one primary exists (M4).
CREATE UNIQUE INDEX devices_one_primary ON devices (account_id) WHERE is_primary = 1 AND removed_ms IS NULL;

CREATE TABLE key_packages (
  key_package_id INTEGER PRIMARY KEY,
  device_id      BLOB NOT NULL REFERENCES devices,
  key_package    BLOB NOT NULL CHECK (length(key_package) BETWEEN 1 AND 8192)
) STRICT;

CREATE INDEX key_packages_by_device ON key_packages (device_id, key_package_id);

CREATE TABLE last_resort_key_packages (
  device_id   BLOB PRIMARY KEY REFERENCES devices,
  key_package BLOB NOT NULL CHECK (length(key_package) BETWEEN 1 AND 8192)
) STRICT;

CREATE TABLE conversations (
  conversation_id BLOB PRIMARY KEY CHECK (length(conversation_id) = 16),
  kind            INTEGER NOT NULL CHECK (kind IN (1, 2)),
  epoch           INTEGER NOT NULL CHECK (epoch >= 0),
  last_sequence   INTEGER NOT NULL DEFAULT 0 CHECK (last_sequence >= 0),
  last_active_ms  INTEGER NOT NULL,
  suite           INTEGER NOT NULL,
  -- How many members' devices were removed without a commit yet.
  removals        INTEGER NOT NULL DEFAULT 0 CHECK (removals >= 0)
) STRICT, WITHOUT ROWID;

-- One direct conversation a pair of accounts; one self conversation an
-- account, which is a pair with itself.
CREATE TABLE pairs (
  low             BLOB NOT NULL REFERENCES accounts,
  high            BLOB NOT NULL REFERENCES accounts,
  conversation_id BLOB NOT NULL REFERENCES conversations,
  PRIMARY KEY (low, high),
  CHECK (low <= high)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation_accounts (
  conversation_id BLOB NOT NULL REFERENCES conversations,
  account_id      BLOB NOT NULL REFERENCES accounts,
  -- The sequence up to which all devices of the account have acknowledged.
  acked           INTEGER NOT NULL DEFAULT 0,
  -- The receipts: up to where the first device has, and the person has read.
  delivered       INTEGER NOT NULL DEFAULT 0,
  read            INTEGER NOT NULL DEFAULT 0,
  -- Grows over the whole relay with each change of a receipt.
  change          INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (conversation_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_accounts_by_account ON conversation_accounts (account_id, conversation_id);

CREATE TABLE members (
  conversation_id BLOB NOT NULL REFERENCES conversations,
  device_id       BLOB NOT NULL REFERENCES devices,
  account_id      BLOB NOT NULL REFERENCES accounts,
  leaf            INTEGER NOT NULL CHECK (leaf >= 0),
  PRIMARY KEY (conversation_id, device_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_by_device ON members (device_id);

CREATE TABLE group_infos (
  conversation_id BLOB PRIMARY KEY REFERENCES conversations,
  group_info      BLOB NOT NULL CHECK (length(group_info) <= 524288)
) STRICT;

-- Each entry once, whatever the number of accounts and devices.
CREATE TABLE entries (
  entry_id        INTEGER PRIMARY KEY,
  conversation_id BLOB NOT NULL REFERENCES conversations,
  sequence        INTEGER NOT NULL CHECK (sequence > 0),
  kind            INTEGER NOT NULL CHECK (kind IN (1, 2, 3)),
  -- Empty for the relay's own.
  sender_account  BLOB NOT NULL CHECK (length(sender_account) IN (0, 16)),
  sender_device   BLOB NOT NULL CHECK (length(sender_device) IN (0, 16)),
  message_id      BLOB NOT NULL CHECK (length(message_id) = 16),
  epoch           INTEGER NOT NULL,
  time_ms         INTEGER NOT NULL,
  message         BLOB NOT NULL CHECK (length(message) <= 1048576),
  welcome         BLOB CHECK (length(welcome) <= 524288)
) STRICT;

CREATE UNIQUE INDEX entries_by_sequence ON entries (conversation_id, sequence);
CREATE UNIQUE INDEX entries_by_message ON entries (conversation_id, message_id);

-- A feed is an account's pointers to entries. No foreign key: rows go before
-- or together with their entry, and a check at each delete would cost a scan.
CREATE TABLE feed (
  account_id BLOB NOT NULL,
  position   INTEGER NOT NULL CHECK (position > 0),
  entry_id   INTEGER NOT NULL,
  PRIMARY KEY (account_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE codes (
  phone      TEXT NOT NULL CHECK (length(phone) BETWEEN 8 AND 16),
  kind       INTEGER NOT NULL CHECK (kind IN (1, 2)),
  salt       BLOB NOT NULL CHECK (length(salt) = 16),
  hash       BLOB NOT NULL CHECK (length(hash) = 32),
  expires_ms INTEGER NOT NULL,
  tries      INTEGER NOT NULL CHECK (tries >= 0),
  PRIMARY KEY (phone, kind)
) STRICT, WITHOUT ROWID;
