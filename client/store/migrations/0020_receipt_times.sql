-- When receipts of an account came to where they stood, by the relay's clock: steps
-- that took in messages of our own, the latest few.
CREATE TABLE receipt_time (
  conversation_id BLOB NOT NULL,
  account_id BLOB NOT NULL,
  read INTEGER NOT NULL CHECK (read IN (0, 1)),
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, account_id, read, sequence)
) STRICT, WITHOUT ROWID;
