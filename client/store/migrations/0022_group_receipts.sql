-- How far all have got is found without reading how far each has: of a group of a thousand, each message
-- brings two thousand receipts. Each present member has a row, from what it came behind on; who is gone has none.
CREATE INDEX receipt_delivered ON receipt (conversation_id, delivered, account_id);
CREATE INDEX receipt_read ON receipt (conversation_id, read, account_id);
DELETE FROM receipt WHERE EXISTS (
  SELECT 1 FROM group_member m WHERE m.conversation_id = receipt.conversation_id AND m.account_id = receipt.account_id AND m.gone <> 0);
INSERT OR IGNORE INTO receipt SELECT conversation_id, account_id, max(since - 1, 0), max(since - 1, 0) FROM group_member WHERE gone = 0;
