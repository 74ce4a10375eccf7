-- name: nextSequence
UPDATE conversations SET last_sequence = last_sequence + 1, last_active_ms = ? WHERE conversation_id = ?
RETURNING last_sequence, kind

-- name: createEntry
INSERT INTO entries (conversation_id, sequence, kind, sender_account, sender_device, message_id, epoch, time_ms,
  message, welcome, former_sequence)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: nextPositions
UPDATE accounts SET head = head + 1
WHERE account_id IN (SELECT account_id FROM conversation_accounts
  WHERE conversation_id = ?1 AND (shut = 0 OR account_id = ?2 OR ?3))
RETURNING account_id, head

-- name: createFeedRows
INSERT INTO feed (account_id, position, entry_id)
SELECT a.account_id, a.head, ?2
FROM conversation_accounts c JOIN accounts a ON a.account_id = c.account_id
WHERE c.conversation_id = ?1 AND (c.shut = 0 OR c.account_id = ?3 OR ?4)

-- name: findEntryByMessage
SELECT conversation_id, sequence, kind, sender_account, sender_device, message_id, epoch, time_ms, former_sequence
FROM entries WHERE conversation_id = ? AND message_id = ?

-- name: pullFeed
SELECT f.position, c.kind, e.conversation_id, e.sequence, e.kind, e.sender_account, e.sender_device, e.message_id,
  e.epoch, e.time_ms, e.former_sequence, e.message,
  -- The Welcome of a group has its tree: it is for those who came with it.
  CASE WHEN e.welcome IS NULL OR c.kind <> 3 OR e.former_sequence > 0 OR EXISTS (
    SELECT 1 FROM conversation_accounts a
    WHERE a.conversation_id = e.conversation_id AND a.account_id = f.account_id AND a.since = e.sequence) THEN e.welcome END
FROM feed f
JOIN entries e ON e.entry_id = f.entry_id
JOIN conversations c ON c.conversation_id = e.conversation_id
WHERE f.account_id = ? AND f.position > ?
ORDER BY f.position LIMIT ?

-- name: pruneFeed
DELETE FROM feed WHERE account_id = ? AND position <= ?

-- name: pruneEntries
DELETE FROM entries WHERE conversation_id = ?1 AND sequence <= (
  SELECT min(acked) FROM conversation_accounts WHERE conversation_id = ?1)

-- name: findFirstEntrySince
SELECT coalesce(
  (SELECT entry_id FROM entries WHERE time_ms >= ? ORDER BY entry_id LIMIT 1),
  (SELECT max(entry_id) + 1 FROM entries), 0)

-- name: deleteFeedBefore
DELETE FROM feed WHERE entry_id < ?

-- name: countEntriesBefore
SELECT count(*) FROM entries WHERE entry_id < ?

-- name: deleteEntriesBefore
DELETE FROM entries WHERE entry_id < ?
