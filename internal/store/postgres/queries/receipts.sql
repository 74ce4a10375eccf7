-- How far accounts and their devices have come.

-- name: ack
-- An account that has come so far for the first time changes receipts: "raised".
WITH state AS (
  SELECT d.account_id, d.cursor, a.delivered, least($2::bigint, a.head) AS upto
  FROM devices d JOIN accounts a ON a.account_id = d.account_id
  WHERE d.device_id = $1 AND d.removed_ms IS NULL
), moved AS (
  UPDATE devices SET cursor = s.upto FROM state s WHERE devices.device_id = $1 AND s.upto > s.cursor
), came AS (
  UPDATE accounts SET delivered = s.upto FROM state s
  WHERE accounts.account_id = s.account_id AND s.upto > s.cursor AND s.upto > s.delivered
)
SELECT account_id, delivered, upto, upto > cursor AND upto > delivered FROM state

-- name: raiseNewlyDelivered
WITH news AS (
  SELECT conversation_id, max(sequence) AS sequence FROM feed
  WHERE account_id = $1 AND position > $2 AND position <= $3 AND NOT own
  GROUP BY conversation_id
)
UPDATE conversation_accounts c SET delivered = n.sequence, delivered_ms = $4, change = nextval('receipt_changes')
FROM news n
WHERE c.conversation_id = n.conversation_id AND c.account_id = $1 AND c.delivered < n.sequence
RETURNING c.conversation_id, c.delivered, c.read, c.delivered_ms, c.read_ms,
  (SELECT k.kind = 3 FROM conversations k WHERE k.conversation_id = c.conversation_id)

-- name: raiseRead
UPDATE conversation_accounts a SET read = least($3, c.last_sequence), read_ms = $4,
  delivered = greatest(a.delivered, least($3, c.last_sequence)),
  delivered_ms = CASE WHEN a.delivered < least($3, c.last_sequence) THEN $4 ELSE a.delivered_ms END, change = nextval('receipt_changes')
FROM conversations c
WHERE c.conversation_id = $1 AND a.conversation_id = $1 AND a.account_id = $2 AND a.read < least($3, c.last_sequence)
RETURNING a.conversation_id, a.delivered, a.read, a.delivered_ms, a.read_ms, c.kind = 3

-- name: listReceipts
SELECT o.conversation_id, o.account_id, o.delivered, o.read, o.change, o.delivered_ms, o.read_ms
FROM conversation_accounts mine
JOIN conversation_accounts o ON o.conversation_id = mine.conversation_id AND o.account_id <> mine.account_id
WHERE mine.account_id = $1 AND o.change > $2
ORDER BY o.change LIMIT $3

-- name: listPrunable
-- Whether the oldest place of each account's feed is one that all its devices have.
SELECT a.account_id, coalesce((SELECT min(f.position) FROM feed f WHERE f.account_id = a.account_id) <=
  coalesce((SELECT min(d.cursor) FROM devices d WHERE d.account_id = a.account_id AND d.removed_ms IS NULL), 9223372036854775807), false)
FROM accounts a WHERE a.account_id > $1 ORDER BY a.account_id LIMIT $2

-- name: pruneFeed
-- What all devices of the account have; the head is as far as no device can be behind.
WITH slowest AS (
  SELECT coalesce((SELECT min(cursor) FROM devices d WHERE d.account_id = $1 AND d.removed_ms IS NULL), head) AS upto
  FROM accounts WHERE account_id = $1
), oldest AS (
  SELECT position FROM feed WHERE account_id = $1 AND position <= (SELECT upto FROM slowest)
  ORDER BY position LIMIT $2
), gone AS (
  DELETE FROM feed WHERE account_id = $1 AND position <= (SELECT max(position) FROM oldest)
  RETURNING conversation_id, sequence
)
SELECT conversation_id, max(sequence), count(*) FROM gone GROUP BY conversation_id

-- name: raiseAcked
UPDATE conversation_accounts c SET acked = n.sequence
FROM unnest($2::uuid[], $3::bigint[]) n (conversation_id, sequence)
WHERE c.conversation_id = n.conversation_id AND c.account_id = $1 AND c.acked < n.sequence

-- name: pruneEntries
DELETE FROM entries e USING (
  SELECT conversation_id, min(acked) AS acked FROM conversation_accounts
  WHERE conversation_id = ANY($1::uuid[]) GROUP BY conversation_id) everybody
WHERE e.conversation_id = everybody.conversation_id AND e.sequence <= everybody.acked
