-- Groups: a third kind of conversation, whose trees are larger than those of two
-- accounts. Limits are the relay's (wire/limits.go); these keep out what no relay lets in.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (kind IN (1, 2))', 'CHECK (kind IN (1, 2, 3))')
  WHERE type = 'table' AND name = 'conversations';
UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (length(group_info) <= 524288)', 'CHECK (length(group_info) <= 4194304)')
  WHERE type = 'table' AND name = 'group_infos';
UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (length(welcome) <= 524288)', 'CHECK (length(welcome) <= 4194304)')
  WHERE type = 'table' AND name = 'entries';
PRAGMA writable_schema = RESET;

-- The entry with which the account came; the Welcome in it is for such accounts.
ALTER TABLE conversation_accounts ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
