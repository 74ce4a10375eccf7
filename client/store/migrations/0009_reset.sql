-- The MLS group that this device was last in; NULL is the first one, which has
-- the conversation's own id.
ALTER TABLE conversation ADD COLUMN group_id BLOB;
-- The group that this device is to replace by a new one, because it cannot be joined.
ALTER TABLE conversation ADD COLUMN replace_group BLOB;
-- How far this device had read when it found that the relay has gone back, until
-- the conversation has another group.
ALTER TABLE conversation ADD COLUMN ahead INTEGER NOT NULL DEFAULT 0;
-- The relay has gone back: the next entry counts, whatever its sequence.
ALTER TABLE conversation ADD COLUMN reread INTEGER NOT NULL DEFAULT 0;
