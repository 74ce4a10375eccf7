-- Accounts that ask to come into a group whose admins approve who joins by its link.
CREATE TABLE join_requests (
  conversation_id BLOB NOT NULL REFERENCES conversations,
  account_id      BLOB NOT NULL REFERENCES accounts,
  asked_ms        INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX join_requests_by_account ON join_requests (account_id);
CREATE INDEX join_requests_by_age ON join_requests (asked_ms);
