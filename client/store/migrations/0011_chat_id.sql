-- A chat has an id of its own: of a direct chat the account's, of a group the
-- conversation's.
ALTER TABLE chat RENAME COLUMN account_id TO chat_id;
ALTER TABLE chat ADD COLUMN kind INTEGER NOT NULL DEFAULT 2;
