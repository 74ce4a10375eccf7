-- Somebody else wrote it in a group for the account's person, whom it mentions or
-- answers.
ALTER TABLE message ADD COLUMN addressed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX message_addressed ON message (chat, sequence) WHERE addressed = 1;
