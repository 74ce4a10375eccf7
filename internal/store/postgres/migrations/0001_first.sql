-- The first schema. Times are Unix milliseconds, ids 16 random bytes. What is found by an
-- account stands apart from what is found by a conversation, so that the tables can be
-- distributed by these two keys (docs/design, "PostgreSQL").

-- The turn of who writes: each write transaction updates this row first, and so they
-- happen one after the other, whatever process they are of.
CREATE TABLE writer (
  singleton smallint PRIMARY KEY CHECK (singleton = 1),
  turn      bigint NOT NULL
);
INSERT INTO writer VALUES (1, 0);

CREATE TABLE relay (
  singleton        smallint PRIMARY KEY CHECK (singleton = 1),
  relay_id         bytea NOT NULL CHECK (length(relay_id) = 16),
  signing_seed     bytea NOT NULL CHECK (length(signing_seed) = 32),
  -- Since when a relay has run without a long outage, and when one last ran.
  serving_since_ms bigint NOT NULL DEFAULT 0,
  served_ms        bigint NOT NULL DEFAULT 0,
  -- The key at push services.
  push_key         bytea
);

-- Found by an account.

CREATE TABLE accounts (
  account_id  uuid PRIMARY KEY,
  phone       text COLLATE "C" NOT NULL UNIQUE CHECK (length(phone) BETWEEN 8 AND 16),
  account_key bytea NOT NULL CHECK (length(account_key) = 32),
  created_ms  bigint NOT NULL,
  -- The last position of the account's feed.
  head        bigint NOT NULL DEFAULT 0 CHECK (head >= 0),
  -- The highest position that a device of the account has acknowledged.
  delivered   bigint NOT NULL DEFAULT 0 CHECK (delivered >= 0)
) WITH (fillfactor = 50); -- head changes with each entry: its new versions stay on the page

CREATE TABLE devices (
  device_id      uuid PRIMARY KEY,
  account_id     uuid NOT NULL REFERENCES accounts,
  certificate    bytea NOT NULL CHECK (length(certificate) BETWEEN 1 AND 1024),
  device_key     bytea NOT NULL CHECK (length(device_key) = 32),
  is_primary     boolean NOT NULL,
  created_ms     bigint NOT NULL,
  last_active_ms bigint NOT NULL,
  cursor         bigint NOT NULL CHECK (cursor >= 0),
  -- The IP address of the last connection.
  address        text NOT NULL DEFAULT '',
  -- The primary that linked the device.
  linked_by      uuid,
  -- When the device was logged out, and why, as on the wire; the row stays to tell it so.
  removed_ms     bigint,
  removed_for    bigint NOT NULL DEFAULT 0,
  -- When people were warned of its silence; before last_active_ms it was another one.
  warned_ms      bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE INDEX devices_by_account ON devices (account_id);
-- Exactly one primary exists (M4).
CREATE UNIQUE INDEX devices_one_primary ON devices (account_id) WHERE is_primary AND removed_ms IS NULL;
CREATE INDEX devices_linked ON devices (account_id) WHERE NOT is_primary AND removed_ms IS NULL;

CREATE TABLE key_packages (
  key_package_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device_id      uuid NOT NULL REFERENCES devices,
  suite          integer NOT NULL CHECK (suite BETWEEN 1 AND 65535),
  key_package    bytea NOT NULL CHECK (length(key_package) BETWEEN 1 AND 8192)
);

CREATE INDEX key_packages_by_device ON key_packages (device_id, suite, key_package_id);

CREATE TABLE last_resort_key_packages (
  device_id   uuid NOT NULL REFERENCES devices,
  suite       integer NOT NULL CHECK (suite BETWEEN 1 AND 65535),
  key_package bytea NOT NULL CHECK (length(key_package) BETWEEN 1 AND 8192),
  PRIMARY KEY (device_id, suite)
);

-- A feed is an account's pointers to entries, with what is asked of them, so that reading
-- it needs nothing that is found by a conversation.
CREATE TABLE feed (
  account_id      uuid NOT NULL,
  position        bigint NOT NULL CHECK (position > 0),
  conversation_id uuid NOT NULL,
  sequence        bigint NOT NULL,
  -- The account itself has sent it.
  own             boolean NOT NULL,
  -- Bytes of its message and Welcome.
  size            integer NOT NULL,
  time_ms         bigint NOT NULL,
  PRIMARY KEY (account_id, position)
);

CREATE INDEX feed_by_time ON feed USING brin (time_ms) WITH (pages_per_range = 32);

CREATE TABLE blocks (
  account_id uuid NOT NULL REFERENCES accounts,
  blocked_id uuid NOT NULL,
  PRIMARY KEY (account_id, blocked_id)
);

-- Parts of an account's history, sealed for the device that they wait for.
CREATE TABLE history_chunks (
  device_id  uuid NOT NULL REFERENCES devices,
  chunk_id   uuid NOT NULL,
  data       bytea NOT NULL,
  created_ms bigint NOT NULL,
  PRIMARY KEY (device_id, chunk_id)
);

CREATE INDEX history_chunks_by_age ON history_chunks (created_ms);

CREATE TABLE push_subscriptions (
  device_id uuid PRIMARY KEY REFERENCES devices,
  endpoint  text NOT NULL
);

-- Encrypted files that lie elsewhere: whose they are and how long they stay.
CREATE TABLE media (
  media_id   uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts,
  size       bigint NOT NULL CHECK (size > 0),
  -- NULL until everything has arrived and is what it should be.
  hash       bytea CHECK (length(hash) = 32),
  created_ms bigint NOT NULL,
  -- When it was last uploaded to or downloaded.
  used_ms    bigint NOT NULL
);

CREATE INDEX media_by_account ON media (account_id, size);
CREATE INDEX media_by_use ON media (used_ms);

-- Two-step verification: the PIN that guards a number against being registered anew.
CREATE TABLE two_step (
  account_id         uuid PRIMARY KEY REFERENCES accounts,
  -- Argon2id with what it was made with, so that the cost can grow.
  salt               bytea NOT NULL CHECK (length(salt) = 16),
  hash               bytea NOT NULL CHECK (length(hash) = 32),
  passes             bigint NOT NULL CHECK (passes > 0),
  memory_kib         bigint NOT NULL CHECK (memory_kib > 0),
  threads            integer NOT NULL CHECK (threads BETWEEN 1 AND 255),
  tries              integer NOT NULL CHECK (tries >= 0),
  next_try_ms        bigint NOT NULL DEFAULT 0,
  -- How often the person has remembered it since it was set.
  confirmed          integer NOT NULL DEFAULT 0 CHECK (confirmed >= 0),
  reminder_ms        bigint NOT NULL,
  -- The confirmed recovery address, or empty.
  email              text NOT NULL DEFAULT '' CHECK (length(email) <= 254),
  reset_requested_ms bigint NOT NULL DEFAULT 0,
  reset_by_operator  boolean NOT NULL DEFAULT false,
  -- The account's devices have been told of the reset.
  reset_announced    boolean NOT NULL DEFAULT true,
  reset_cancels      integer NOT NULL DEFAULT 0 CHECK (reset_cancels >= 0),
  reset_blocked_ms   bigint NOT NULL DEFAULT 0
);

CREATE INDEX two_step_unannounced ON two_step (account_id) WHERE NOT reset_announced;

-- Codes sent to a recovery address: 1 confirms the address, 2 resets the PIN.
CREATE TABLE mail_codes (
  account_id uuid NOT NULL REFERENCES accounts,
  purpose    integer NOT NULL CHECK (purpose IN (1, 2)),
  address    text NOT NULL CHECK (length(address) BETWEEN 3 AND 254),
  salt       bytea NOT NULL CHECK (length(salt) = 16),
  hash       bytea NOT NULL CHECK (length(hash) = 32),
  expires_ms bigint NOT NULL,
  tries      integer NOT NULL CHECK (tries >= 0),
  PRIMARY KEY (account_id, purpose)
);

-- Found by a conversation.

CREATE TABLE conversations (
  conversation_id uuid PRIMARY KEY,
  kind            integer NOT NULL CHECK (kind IN (1, 2, 3)),
  epoch           bigint NOT NULL CHECK (epoch >= 0),
  last_sequence   bigint NOT NULL DEFAULT 0 CHECK (last_sequence >= 0),
  last_active_ms  bigint NOT NULL,
  suite           integer NOT NULL,
  -- How many members were removed without a commit yet.
  removals        integer NOT NULL DEFAULT 0 CHECK (removals >= 0),
  -- The MLS group of a conversation that was reset; NULL is the first one, which has the
  -- conversation's own id.
  group_id        bytea CHECK (length(group_id) = 32)
) WITH (fillfactor = 50);

CREATE TABLE conversation_accounts (
  conversation_id uuid NOT NULL REFERENCES conversations,
  account_id      uuid NOT NULL,
  -- The entry with which the account came; the Welcome in it is for such accounts.
  since           bigint NOT NULL DEFAULT 0,
  -- What the other one writes does not come into the feed of an account that blocks it.
  shut            boolean NOT NULL DEFAULT false,
  -- The sequence up to which all devices of the account have acknowledged.
  acked           bigint NOT NULL DEFAULT 0,
  -- The receipts: up to where the first device has, and the person has read.
  delivered       bigint NOT NULL DEFAULT 0,
  read            bigint NOT NULL DEFAULT 0,
  -- Grows over the whole database with each change of a receipt.
  change          bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (conversation_id, account_id)
) WITH (fillfactor = 50);

CREATE INDEX conversation_accounts_by_account ON conversation_accounts (account_id, conversation_id);

CREATE SEQUENCE receipt_changes;

CREATE TABLE members (
  conversation_id uuid NOT NULL REFERENCES conversations,
  device_id       uuid NOT NULL,
  account_id      uuid NOT NULL,
  leaf            bigint NOT NULL CHECK (leaf >= 0),
  -- As in devices, to be read with the conversation: its key, which never changes, and
  -- whether it was removed from its account.
  device_key      bytea NOT NULL,
  removed         boolean NOT NULL DEFAULT false,
  PRIMARY KEY (conversation_id, device_id)
);

CREATE INDEX members_by_device ON members (device_id);

-- Limits are the relay's (wire/limits.go); these keep out what no relay lets in.
CREATE TABLE group_infos (
  conversation_id uuid PRIMARY KEY REFERENCES conversations,
  group_info      bytea NOT NULL CHECK (length(group_info) <= 4194304)
);

-- Accounts that ask to come into a group whose admins approve who joins by its link.
CREATE TABLE join_requests (
  conversation_id uuid NOT NULL REFERENCES conversations,
  account_id      uuid NOT NULL,
  asked_ms        bigint NOT NULL,
  PRIMARY KEY (conversation_id, account_id)
);

CREATE INDEX join_requests_by_account ON join_requests (account_id);
CREATE INDEX join_requests_by_age ON join_requests (asked_ms);

-- Each entry once, whatever the number of accounts and devices.
CREATE TABLE entries (
  conversation_id uuid NOT NULL,
  sequence        bigint NOT NULL CHECK (sequence > 0),
  kind            integer NOT NULL CHECK (kind IN (1, 2, 3)),
  -- NULL for the relay's own.
  sender_account  uuid,
  sender_device   uuid,
  message_id      uuid NOT NULL,
  epoch           bigint NOT NULL,
  time_ms         bigint NOT NULL,
  message         bytea NOT NULL CHECK (length(message) <= 1048576),
  welcome         bytea CHECK (length(welcome) <= 4194304),
  -- Of a commit that begins another group: the last sequence before it.
  former_sequence bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (conversation_id, sequence)
);

CREATE UNIQUE INDEX entries_by_message ON entries (conversation_id, message_id);
CREATE INDEX entries_by_time ON entries USING brin (time_ms) WITH (pages_per_range = 32);

-- Found by something else, and seldom.

-- One direct conversation a pair of accounts; one self conversation an account, which is a
-- pair with itself.
CREATE TABLE pairs (
  low             uuid NOT NULL,
  high            uuid NOT NULL,
  conversation_id uuid NOT NULL,
  PRIMARY KEY (low, high),
  CHECK (low <= high)
);

CREATE INDEX pairs_by_conversation ON pairs (conversation_id);

CREATE TABLE codes (
  phone      text COLLATE "C" NOT NULL CHECK (length(phone) BETWEEN 8 AND 16),
  kind       integer NOT NULL CHECK (kind IN (1, 2)),
  salt       bytea NOT NULL CHECK (length(salt) = 16),
  hash       bytea NOT NULL CHECK (length(hash) = 32),
  expires_ms bigint NOT NULL,
  tries      integer NOT NULL CHECK (tries >= 0),
  PRIMARY KEY (phone, kind)
);

-- What people report to the operator, with what they chose to show.
CREATE TABLE reports (
  report_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reporter_id uuid NOT NULL,
  account_id  uuid NOT NULL,
  created_ms  bigint NOT NULL,
  -- JSON: note, messages. text keeps it as it was written.
  report      text NOT NULL
);

CREATE INDEX reports_by_time ON reports (created_ms);
