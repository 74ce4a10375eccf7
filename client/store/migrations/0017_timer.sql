-- How long new messages of the chat are kept, seconds, 0 for ever; and the place of the
-- message that set it.
ALTER TABLE chat ADD COLUMN timer INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat ADD COLUMN timer_sequence INTEGER NOT NULL DEFAULT 0;
