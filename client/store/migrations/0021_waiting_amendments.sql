-- The message that an amendment is about was not there when it came.
ALTER TABLE amendment ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
CREATE INDEX amendment_waiting ON amendment (chat, sequence) WHERE waits = 1;
