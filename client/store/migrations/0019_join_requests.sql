-- This account asks to come into the group, and an admin is to add it.
ALTER TABLE group_chat ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0 CHECK (waiting IN (0, 1));

-- Who asks to come into a group of which this account is an admin.
CREATE TABLE join_request (
  conversation_id BLOB NOT NULL CHECK (length(conversation_id) = 16),
  account_id      BLOB NOT NULL CHECK (length(account_id) = 16),
  asked_at        INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, account_id)
) STRICT, WITHOUT ROWID;
