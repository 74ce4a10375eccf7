-- Accounts that are blocked, as the relay has it. ended: the block has ended, and
-- what was not let through meanwhile is not asked for.
CREATE TABLE blocked (
  account_id BLOB PRIMARY KEY CHECK (length(account_id) = 16),
  ended INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
