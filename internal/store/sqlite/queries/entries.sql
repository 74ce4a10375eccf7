-- name: moveConversation
UPDATE conversations SET last_sequence = ?, last_active_ms = ? WHERE conversation_id = ?

-- name: createEntry
INSERT INTO entries (conversation_id, sequence, kind, sender_account, sender_device, message_id, epoch, time_ms,
  message, welcome, former_sequence)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: listHearers
SELECT a.account_id, c.shut, a.head
FROM conversation_accounts c JOIN account_states a ON a.account_id = c.account_id
WHERE c.conversation_id = ?

-- name: createFeedRow
-- OR FAIL: SQLite need not keep what the pages were, to undo a half of the statement; the
-- commit is undone as a whole.
INSERT OR FAIL INTO feed (account_id, position, entry_id) VALUES (?, ?, ?)

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

-- name: keepHead
UPDATE accounts SET pruned = max(pruned, ?2) WHERE account_id = ?1

-- name: keepHeadsBefore
UPDATE accounts SET pruned = (SELECT s.head FROM account_states s WHERE s.account_id = accounts.account_id)
WHERE account_id IN (SELECT account_id FROM feed WHERE entry_id < ?)

-- name: deleteFeedBefore
DELETE FROM feed WHERE entry_id < ?

-- name: countEntriesBefore
SELECT count(*) FROM entries WHERE entry_id < ?

-- name: deleteEntriesBefore
DELETE FROM entries WHERE entry_id < ?
