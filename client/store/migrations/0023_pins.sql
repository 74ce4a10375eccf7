-- What was pinned in a chat is found without reading it, and where a day of it begins.
CREATE INDEX message_pin ON message (chat, sort) WHERE kind = 'pin';
CREATE INDEX message_by_day ON message (chat, sent_at);
