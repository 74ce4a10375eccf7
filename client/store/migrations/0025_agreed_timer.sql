-- The timer of the chat that the relay has taken, seconds; timer is ahead of it while one waits to be sent.
ALTER TABLE chat ADD COLUMN agreed_timer INTEGER NOT NULL DEFAULT 0;
UPDATE chat SET agreed_timer = timer WHERE timer_sequence > 0;
