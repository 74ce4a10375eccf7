-- What a message is besides a plain text: an encoded content.Content, and as it was
-- before its first edit. expires_after is in seconds, 0 for never.
ALTER TABLE message ADD COLUMN content BLOB;
ALTER TABLE message ADD COLUMN original BLOB;
ALTER TABLE message ADD COLUMN expires_after INTEGER NOT NULL DEFAULT 0;

-- written: people wrote it, as opposed to what the app tells. counts: it counts as
-- unread until it was read.
ALTER TABLE message ADD COLUMN written INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN counts INTEGER NOT NULL DEFAULT 0;
UPDATE message SET written = 1 WHERE kind = 'text';
UPDATE message SET counts = 1 WHERE kind IN ('text', 'primarySilent', 'deviceUnused');
DROP INDEX message_unread;
CREATE INDEX message_unread ON message (chat, sequence) WHERE mine = 0 AND counts = 1;
DROP INDEX message_by_time;
CREATE INDEX message_by_time ON message (sent_at, message_id) WHERE written = 1 AND sequence > 0;
CREATE INDEX message_expiring ON message (sent_at + expires_after * 1000) WHERE expires_after > 0;
CREATE INDEX message_unsupported ON message (id) WHERE kind = 'unsupported';
