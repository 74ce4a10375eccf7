-- Entries, and the feeds that point to them.

-- name: nextSequence
UPDATE conversations SET last_sequence = last_sequence + 1, last_active_ms = $2 WHERE conversation_id = $1
RETURNING last_sequence, kind

-- name: listHearers
-- A message does not come to an account that blocks its sender; what changes the group must.
SELECT account_id, since FROM conversation_accounts
WHERE conversation_id = $1 AND (NOT shut OR $3 OR account_id = $2)

-- name: createEntry
INSERT INTO entries (conversation_id, sequence, kind, sender_account, sender_device, message_id, epoch, time_ms,
  message, welcome, former_sequence)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: addToFeeds
WITH hearers AS (
  UPDATE accounts a SET head = head + 1 FROM unnest($1::uuid[], $2::integer[]) h (account_id, size)
  WHERE a.account_id = h.account_id
  RETURNING a.account_id, a.head, h.size
), added AS (
  INSERT INTO feed (account_id, position, conversation_id, sequence, own, size, time_ms)
  SELECT account_id, head, $3, $4, account_id IS NOT DISTINCT FROM $5::uuid, size, $6 FROM hearers
)
SELECT account_id, head FROM hearers

-- name: findEntryByMessage
SELECT conversation_id, sequence, kind, sender_account, sender_device, message_id, epoch, time_ms, former_sequence
FROM entries WHERE conversation_id = $1 AND message_id = $2

-- name: listFeed
SELECT position, conversation_id, sequence, size FROM feed
WHERE account_id = $1 AND position > $2 ORDER BY position LIMIT $3

-- name: listFeeds
SELECT k.place, f.position, f.conversation_id, f.sequence, f.size
FROM unnest($1::bigint[], $2::uuid[], $3::bigint[]) k (place, account_id, after)
CROSS JOIN LATERAL (
  SELECT position, conversation_id, sequence, size FROM feed
  WHERE feed.account_id = k.account_id AND feed.position > k.after ORDER BY position LIMIT $4) f
ORDER BY k.place, f.position

-- name: readSharedEntries
-- The last column: there is a Welcome, which is for some of the accounts (see readEntries).
SELECT 0::bigint, c.kind, e.conversation_id, e.sequence, e.kind, e.sender_account, e.sender_device, e.message_id,
  e.epoch, e.time_ms, e.former_sequence, e.message, CASE WHEN c.kind <> 3 OR e.former_sequence > 0 THEN e.welcome END,
  e.welcome IS NOT NULL AND c.kind = 3 AND e.former_sequence = 0
FROM unnest($1::uuid[], $2::bigint[]) f (conversation_id, sequence)
JOIN entries e ON e.conversation_id = f.conversation_id AND e.sequence = f.sequence
JOIN conversations c ON c.conversation_id = f.conversation_id

-- name: readEntries
SELECT f.position, c.kind, e.conversation_id, e.sequence, e.kind, e.sender_account, e.sender_device, e.message_id,
  e.epoch, e.time_ms, e.former_sequence, e.message,
  -- The Welcome of a group has its tree: it is for those who came with it.
  CASE WHEN e.welcome IS NULL OR c.kind <> 3 OR e.former_sequence > 0 OR EXISTS (
    SELECT 1 FROM conversation_accounts a
    WHERE a.conversation_id = e.conversation_id AND a.account_id = $1 AND a.since = e.sequence) THEN e.welcome END
FROM unnest($2::bigint[], $3::uuid[], $4::bigint[]) f (position, conversation_id, sequence)
JOIN entries e ON e.conversation_id = f.conversation_id AND e.sequence = f.sequence
JOIN conversations c ON c.conversation_id = f.conversation_id
ORDER BY f.position

-- name: deleteFeedBefore
DELETE FROM feed WHERE time_ms < $1

-- name: countEntriesBefore
SELECT count(*) FROM entries WHERE time_ms < $1

-- name: deleteEntriesBefore
WITH gone AS (DELETE FROM entries WHERE time_ms < $1 RETURNING 1) SELECT count(*) FROM gone
