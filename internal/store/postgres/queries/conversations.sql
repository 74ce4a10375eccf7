-- name: findConversation
SELECT conversation_id, kind, epoch, last_sequence, last_active_ms, suite, removals, group_id
FROM conversations WHERE conversation_id = $1

-- name: findPair
SELECT conversation_id FROM pairs WHERE low = $1 AND high = $2

-- name: listConversations
SELECT c.conversation_id, c.kind, c.epoch, c.last_sequence, c.last_active_ms, c.suite, c.removals, c.group_id,
  EXISTS (SELECT 1 FROM members m WHERE m.conversation_id = c.conversation_id AND m.device_id = $2)
FROM conversation_accounts a JOIN conversations c ON c.conversation_id = a.conversation_id
WHERE a.account_id = $1
ORDER BY c.last_active_ms DESC, c.conversation_id

-- name: listConversationAccounts
SELECT account_id FROM conversation_accounts WHERE conversation_id = $1

-- name: shareConversation
SELECT EXISTS (
  SELECT 1 FROM conversation_accounts a
  JOIN conversation_accounts b ON b.conversation_id = a.conversation_id AND b.account_id = $2
  WHERE a.account_id = $1)

-- name: findMember
SELECT m.account_id, m.device_id, m.leaf, (m.removed OR NOT EXISTS (
  SELECT 1 FROM conversation_accounts a WHERE a.conversation_id = m.conversation_id AND a.account_id = m.account_id)), m.device_key
FROM members m
WHERE m.conversation_id = $1 AND m.device_id = $2

-- name: listMembers
SELECT m.account_id, m.device_id, m.leaf, (m.removed OR NOT EXISTS (
  SELECT 1 FROM conversation_accounts a WHERE a.conversation_id = m.conversation_id AND a.account_id = m.account_id)), m.device_key
FROM members m
WHERE m.conversation_id = $1
ORDER BY m.leaf

-- name: listMemberships
SELECT conversation_id FROM members WHERE device_id = $1

-- name: listRemovals
SELECT m.account_id, m.device_id, m.leaf, true, m.device_key
FROM members m
WHERE m.conversation_id = $1 AND (m.removed OR NOT EXISTS (
  SELECT 1 FROM conversation_accounts a WHERE a.conversation_id = m.conversation_id AND a.account_id = m.account_id))
ORDER BY m.leaf

-- name: findGroupInfo
SELECT group_info FROM group_infos WHERE conversation_id = $1

-- name: createConversation
INSERT INTO conversations (conversation_id, kind, epoch, last_active_ms, suite, last_sequence) VALUES ($1, $2, $3, $4, $5, $6)

-- name: createPair
INSERT INTO pairs (low, high, conversation_id) VALUES ($1, $2, $3)

-- name: createConversationAccount
INSERT INTO conversation_accounts (conversation_id, account_id, since, acked, delivered, read, change)
SELECT conversation_id, $2::uuid, last_sequence + 1, came, came, came, CASE came WHEN 0 THEN 0 ELSE nextval('receipt_changes') END FROM (
  SELECT conversation_id, last_sequence, CASE kind WHEN 3 THEN last_sequence ELSE 0 END AS came
  FROM conversations WHERE conversation_id = $1) c

-- name: deleteConversationAccount
DELETE FROM conversation_accounts WHERE conversation_id = $1 AND account_id = $2

-- name: removeMembers
UPDATE members SET removed = true WHERE conversation_id = $1 AND account_id = $2

-- name: recountRemovals
UPDATE conversations SET removals = (
  SELECT count(*) FROM members m
  WHERE m.conversation_id = $1 AND (m.removed OR NOT EXISTS (
  SELECT 1 FROM conversation_accounts a WHERE a.conversation_id = m.conversation_id AND a.account_id = m.account_id)))
WHERE conversation_id = $1

-- name: putGroupInfo
INSERT INTO group_infos (conversation_id, group_info) VALUES ($1, $2)
ON CONFLICT (conversation_id) DO UPDATE SET group_info = excluded.group_info

-- name: deleteMember
DELETE FROM members WHERE conversation_id = $1 AND device_id = $2

-- name: putMember
INSERT INTO members (conversation_id, device_id, account_id, leaf, device_key, removed)
VALUES ($1, $2, $3, $4, (SELECT d.device_key FROM devices d WHERE d.device_id = $2), EXISTS (
  SELECT 1 FROM devices d WHERE d.device_id = $2 AND d.removed_ms IS NOT NULL))
ON CONFLICT (conversation_id, device_id) DO UPDATE SET leaf = excluded.leaf, removed = excluded.removed

-- name: listWriters
SELECT account_id FROM writers WHERE conversation_id = $1 AND sequence > $2 ORDER BY sequence DESC LIMIT $3

-- name: putWriter
INSERT INTO writers (conversation_id, account_id, sequence) VALUES ($1, $2, $3)
ON CONFLICT (conversation_id, account_id) DO UPDATE SET sequence = excluded.sequence

-- name: deleteWriter
DELETE FROM writers WHERE conversation_id = $1 AND account_id = $2

-- name: advanceEpoch
UPDATE conversations SET epoch = $2 WHERE conversation_id = $1

-- name: resetGroup
UPDATE conversations SET group_id = $2, suite = $3, last_sequence = greatest(last_sequence, $4) WHERE conversation_id = $1

-- name: retirePair
DELETE FROM pairs WHERE conversation_id = $1

-- name: retireMembers
DELETE FROM members WHERE conversation_id = $1

-- name: retireAccounts
DELETE FROM conversation_accounts WHERE conversation_id = $1

-- name: retireGroupInfo
DELETE FROM group_infos WHERE conversation_id = $1
