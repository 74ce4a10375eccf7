-- Warnings in the notes to oneself count as unread, too.
DROP INDEX message_unread;
CREATE INDEX message_unread ON message (chat, sequence) WHERE mine = 0 AND kind IN ('text', 'primarySilent', 'deviceUnused');
