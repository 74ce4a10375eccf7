-- What a group has agreed on (wire.GroupState), and what of it is this device's own.
CREATE TABLE group_chat (
  conversation_id BLOB PRIMARY KEY CHECK (length(conversation_id) = 16),
  state           BLOB NOT NULL,
  -- The details of a change of our own that is on its way.
  wanted          BLOB,
  -- The token of the invite link by which this account joins.
  token           BLOB,
  -- 0 while the account is in it, 1 after it left, 2 after it was removed.
  gone            INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1, 2)),
  -- The MLS group that is not joined again: a commit in it was not allowed.
  refused         BLOB
) STRICT;

-- Present and past members.
CREATE TABLE group_member (
  conversation_id BLOB NOT NULL,
  account_id      BLOB NOT NULL,
  -- The sequence with which the account came, and went; gone is 0 while it is there.
  since           INTEGER NOT NULL,
  gone            INTEGER NOT NULL DEFAULT 0,
  -- It was removed, and has not left by itself.
  removed         INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1)),
  PRIMARY KEY (conversation_id, account_id)
) STRICT, WITHOUT ROWID;
