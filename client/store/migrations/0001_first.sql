-- Everything a device keeps. Ids are 16 bytes, times Unix milliseconds.

-- Who this device is; one row, absent before registration or linking. After a
-- logout state is 'loggedOut' and the keys are gone.
CREATE TABLE identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  state TEXT NOT NULL CHECK (state IN ('ready', 'loggedOut')),
  logout_reason TEXT NOT NULL DEFAULT '',
  relay_url TEXT NOT NULL,
  relay_id BLOB NOT NULL CHECK (length(relay_id) = 16),
  account_id BLOB NOT NULL CHECK (length(account_id) = 16),
  account_key BLOB NOT NULL CHECK (length(account_key) = 32),
  account_seed BLOB CHECK (account_seed IS NULL OR length(account_seed) = 32), -- primary only
  device_id BLOB NOT NULL CHECK (length(device_id) = 16),
  device_seed BLOB CHECK (device_seed IS NULL OR length(device_seed) = 32),
  certificate BLOB NOT NULL,
  serial INTEGER NOT NULL,           -- last certificate serial signed, primary only
  is_primary INTEGER NOT NULL,
  phone TEXT NOT NULL,
  profile_name TEXT NOT NULL,
  profile_name_set INTEGER NOT NULL DEFAULT 0
) STRICT;

-- How far this device has got at the relay.
CREATE TABLE progress (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  feed INTEGER NOT NULL,
  acknowledged INTEGER NOT NULL,
  receipts INTEGER NOT NULL,
  clock_offset INTEGER NOT NULL,
  external_sender BLOB
) STRICT;
INSERT INTO progress VALUES (1, 0, 0, 0, 0, NULL);

-- Accounts we know: contacts, and our own.
CREATE TABLE account (
  account_id BLOB PRIMARY KEY CHECK (length(account_id) = 16),
  account_key BLOB NOT NULL CHECK (length(account_key) = 32),
  phone TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- Names of our own devices; the relay does not know them.
CREATE TABLE device_name (
  device_id BLOB PRIMARY KEY CHECK (length(device_id) = 16),
  name TEXT NOT NULL,
  set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Private halves of the key packages at the relay.
CREATE TABLE key_package (
  ref BLOB PRIMARY KEY,
  bundle BLOB NOT NULL,
  last_resort INTEGER NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Conversations and their MLS groups. The ratchets are apart from the state,
-- because every message changes them. pending_* is our own commit, or external
-- join, that the relay has not confirmed through the feed.
CREATE TABLE conversation (
  conversation_id BLOB PRIMARY KEY CHECK (length(conversation_id) = 16),
  kind INTEGER NOT NULL,
  peer BLOB CHECK (peer IS NULL OR length(peer) = 16),
  joined INTEGER NOT NULL,
  join_sequence INTEGER NOT NULL DEFAULT 0, -- entries before it were not for this device
  last_sequence INTEGER NOT NULL DEFAULT 0,
  commit_due INTEGER NOT NULL DEFAULT 0,
  pending_id BLOB CHECK (pending_id IS NULL OR length(pending_id) = 16),
  pending_request BLOB,
  pending_state BLOB,
  pending_ratchets BLOB
) STRICT;

CREATE TABLE mls_state (
  conversation_id BLOB PRIMARY KEY REFERENCES conversation ON DELETE CASCADE,
  state BLOB NOT NULL
) STRICT;

CREATE TABLE mls_ratchets (
  conversation_id BLOB PRIMARY KEY REFERENCES conversation ON DELETE CASCADE,
  ratchets BLOB NOT NULL
) STRICT;

-- Chats as people see them: one for each account we write with. Everything up
-- to read_sequence is read; told_* is how far others have been told.
CREATE TABLE chat (
  account_id BLOB PRIMARY KEY CHECK (length(account_id) = 16),
  conversation_id BLOB UNIQUE,
  read_sequence INTEGER NOT NULL DEFAULT 0,
  told_relay INTEGER NOT NULL DEFAULT 0,
  told_self INTEGER NOT NULL DEFAULT 0,
  updated INTEGER NOT NULL
) STRICT;

-- Messages. sort is sequence * 1024 for what has a place at the relay, notices
-- come just behind; what waits to be sent sorts behind everything.
CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  message_id BLOB NOT NULL UNIQUE CHECK (length(message_id) = 16),
  chat BLOB NOT NULL REFERENCES chat ON DELETE CASCADE,
  sort INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  sender BLOB NOT NULL CHECK (length(sender) = 16),
  mine INTEGER NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX message_by_place ON message (chat, sort);
CREATE INDEX message_unread ON message (chat, sequence) WHERE mine = 0 AND kind = 'text';
CREATE INDEX message_waiting ON message (chat, sequence) WHERE kind = 'waiting';

CREATE VIRTUAL TABLE message_text USING fts5 (
  text, content = 'message', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2"
);
CREATE TRIGGER message_text_insert AFTER INSERT ON message BEGIN
  INSERT INTO message_text (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER message_text_delete AFTER DELETE ON message BEGIN
  INSERT INTO message_text (message_text, rowid, text) VALUES ('delete', old.id, old.text);
END;
CREATE TRIGGER message_text_update AFTER UPDATE OF text ON message BEGIN
  INSERT INTO message_text (message_text, rowid, text) VALUES ('delete', old.id, old.text);
  INSERT INTO message_text (rowid, text) VALUES (new.id, new.text);
END;

-- What waits to be sent, in order. chat is null for the self conversation.
-- sealed and epoch are the last encryption, sent again as it is after a crash.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id BLOB NOT NULL UNIQUE CHECK (length(message_id) = 16),
  chat BLOB REFERENCES chat ON DELETE CASCADE,
  content BLOB NOT NULL,
  sealed BLOB,
  epoch INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_by_chat ON outbox (chat, id);

CREATE TABLE receipt (
  conversation_id BLOB NOT NULL,
  account_id BLOB NOT NULL,
  delivered INTEGER NOT NULL,
  read INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, account_id)
) STRICT, WITHOUT ROWID;

-- Ranges of sequences to be asked of our other devices, then of the sender (X9):
-- not before due, tries times so far.
CREATE TABLE gap (
  request_id BLOB PRIMARY KEY CHECK (length(request_id) = 16),
  conversation_id BLOB NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  due INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
