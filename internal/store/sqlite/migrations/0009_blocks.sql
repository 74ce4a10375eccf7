-- Who blocks whom. A direct conversation is shut for an account that blocks the other:
-- what the other writes does not come into its feed.
CREATE TABLE blocks (
  account_id BLOB NOT NULL REFERENCES accounts (account_id),
  blocked_id BLOB NOT NULL CHECK (length(blocked_id) = 16),
  PRIMARY KEY (account_id, blocked_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE conversation_accounts ADD COLUMN shut INTEGER NOT NULL DEFAULT 0;
