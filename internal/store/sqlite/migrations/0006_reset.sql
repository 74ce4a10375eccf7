-- The MLS group of a conversation that was reset; NULL is the first one, which
-- has the conversation's own id.
ALTER TABLE conversations ADD COLUMN group_id BLOB CHECK (group_id IS NULL OR length(group_id) = 32);

-- Of a commit that begins another group: the last sequence before it.
ALTER TABLE entries ADD COLUMN former_sequence INTEGER NOT NULL DEFAULT 0;
