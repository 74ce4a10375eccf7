-- Edits, reactions, deletions, votes: content that changes how another message, the
-- target, is shown. message_id is the entry's own; sequence is 0 while it waits to be
-- sent. The target may come later.
CREATE TABLE amendment (
  message_id BLOB PRIMARY KEY CHECK (length(message_id) = 16),
  target BLOB NOT NULL CHECK (length(target) = 16),
  chat BLOB NOT NULL REFERENCES chat ON DELETE CASCADE,
  kind INTEGER NOT NULL,             -- the number of the field in content.Content
  sequence INTEGER NOT NULL,
  sender BLOB NOT NULL CHECK (length(sender) = 16),
  sent_at INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX amendment_by_target ON amendment (target);
CREATE INDEX amendment_by_place ON amendment (chat, sequence);

-- There are amendments of the message.
ALTER TABLE message ADD COLUMN amended INTEGER NOT NULL DEFAULT 0;
