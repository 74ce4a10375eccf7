-- A member whose account has left stays one to be taken out, also when the account comes back
-- before somebody has committed that.
ALTER TABLE members ADD COLUMN removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1));

UPDATE members SET removed = 1 WHERE NOT EXISTS (
  SELECT 1 FROM conversation_accounts a WHERE a.conversation_id = members.conversation_id AND a.account_id = members.account_id);
