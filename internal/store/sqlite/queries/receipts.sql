-- name: findAckState
SELECT d.account_id, d.cursor, a.head, a.delivered
FROM devices d JOIN account_states a ON a.account_id = d.account_id
WHERE d.device_id = ? AND d.removed_ms IS NULL

-- name: updateCursor
UPDATE devices SET cursor = ? WHERE device_id = ?

-- name: updateDelivered
UPDATE accounts SET delivered = ? WHERE account_id = ?

-- name: listNewlyDelivered
SELECT e.conversation_id, max(e.sequence)
FROM feed f JOIN entries e ON e.entry_id = f.entry_id
WHERE f.account_id = ?1 AND f.position > ?2 AND f.position <= ?3 AND e.sender_account <> ?1
GROUP BY e.conversation_id

-- name: raiseDelivered
UPDATE conversation_accounts SET delivered = ?3, change = ?4, delivered_ms = ?5
WHERE conversation_id = ?1 AND account_id = ?2 AND delivered < ?3
RETURNING delivered, read, delivered_ms, read_ms,
  (SELECT c.kind = 3 FROM conversations c WHERE c.conversation_id = conversation_accounts.conversation_id)

-- name: raiseRead
UPDATE conversation_accounts SET read = ?3, delivered = max(delivered, ?3), change = ?4, read_ms = ?5,
  delivered_ms = CASE WHEN delivered < ?3 THEN ?5 ELSE delivered_ms END
WHERE conversation_id = ?1 AND account_id = ?2 AND read < ?3
RETURNING delivered, read, delivered_ms, read_ms,
  (SELECT c.kind = 3 FROM conversations c WHERE c.conversation_id = conversation_accounts.conversation_id)

-- name: listReceipts
SELECT o.conversation_id, o.account_id, o.delivered, o.read, o.change, o.delivered_ms, o.read_ms
FROM conversation_accounts mine
JOIN conversation_accounts o ON o.conversation_id = mine.conversation_id AND o.account_id <> mine.account_id
WHERE mine.account_id = ? AND o.change > ?
ORDER BY o.change LIMIT ?

-- name: listPrunable
-- Whether the oldest place of each account's feed is one that all its devices have.
SELECT a.account_id, coalesce((SELECT min(f.position) FROM feed f WHERE f.account_id = a.account_id) <=
  coalesce((SELECT min(d.cursor) FROM devices d WHERE d.account_id = a.account_id AND d.removed_ms IS NULL), 9223372036854775807), 0)
FROM accounts a WHERE a.account_id > ? ORDER BY a.account_id LIMIT ?

-- name: findPruneState
SELECT a.head, (SELECT min(cursor) FROM devices d WHERE d.account_id = a.account_id AND d.removed_ms IS NULL)
FROM account_states a WHERE a.account_id = ?

-- name: findPruneEnd
SELECT count(*), coalesce(max(position), 0) FROM (
  SELECT position FROM feed WHERE account_id = ? AND position <= ? ORDER BY position LIMIT ?)

-- name: listFullyAcked
SELECT e.conversation_id, max(e.sequence)
FROM feed f JOIN entries e ON e.entry_id = f.entry_id
WHERE f.account_id = ? AND f.position <= ?
GROUP BY e.conversation_id

-- name: raiseAcked
UPDATE conversation_accounts SET acked = ?3 WHERE conversation_id = ?1 AND account_id = ?2 AND acked < ?3
