-- name: findConversation
SELECT conversation_id, kind, epoch, last_sequence, last_active_ms, suite, removals, group_id
FROM conversations WHERE conversation_id = ?

-- name: findPair
SELECT conversation_id FROM pairs WHERE low = ? AND high = ?

-- name: listConversations
SELECT c.conversation_id, c.kind, c.epoch, c.last_sequence, c.last_active_ms, c.suite, c.removals, c.group_id,
  EXISTS (SELECT 1 FROM members m WHERE m.conversation_id = c.conversation_id AND m.device_id = ?2)
FROM conversation_accounts a JOIN conversations c ON c.conversation_id = a.conversation_id
WHERE a.account_id = ?1
ORDER BY c.last_active_ms DESC, c.conversation_id

-- name: listConversationAccounts
SELECT account_id FROM conversation_accounts WHERE conversation_id = ?

-- name: shareConversation
SELECT EXISTS (
  SELECT 1 FROM conversation_accounts a
  JOIN conversation_accounts b ON b.conversation_id = a.conversation_id AND b.account_id = ?2
  WHERE a.account_id = ?1)

-- name: findMember
SELECT m.account_id, m.device_id, m.leaf, (d.removed_ms IS NOT NULL OR m.removed), d.device_key
FROM members m JOIN devices d ON d.device_id = m.device_id
WHERE m.conversation_id = ? AND m.device_id = ?

-- name: listMembers
SELECT m.account_id, m.device_id, m.leaf, (d.removed_ms IS NOT NULL OR m.removed), d.device_key
FROM members m JOIN devices d ON d.device_id = m.device_id
WHERE m.conversation_id = ?
ORDER BY m.leaf

-- name: listMemberships
SELECT conversation_id FROM members WHERE device_id = ?

-- name: listRemovals
SELECT m.account_id, m.device_id, m.leaf, 1, d.device_key
FROM members m JOIN devices d ON d.device_id = m.device_id
WHERE m.conversation_id = ? AND (d.removed_ms IS NOT NULL OR m.removed)
ORDER BY m.leaf

-- name: findGroupInfo
SELECT group_info FROM group_infos WHERE conversation_id = ?

-- name: createConversation
INSERT INTO conversations (conversation_id, kind, epoch, last_active_ms, suite, last_sequence) VALUES (?, ?, ?, ?, ?, ?)

-- name: createPair
INSERT INTO pairs (low, high, conversation_id) VALUES (?, ?, ?)

-- name: createConversationAccount
INSERT INTO conversation_accounts (conversation_id, account_id, since, acked, delivered, read, change)
SELECT conversation_id, ?2, last_sequence + 1, came, came, came, CASE came WHEN 0 THEN 0 ELSE ?3 END FROM (
  SELECT conversation_id, last_sequence, CASE kind WHEN 3 THEN last_sequence ELSE 0 END AS came FROM conversations WHERE conversation_id = ?1)

-- name: deleteConversationAccount
DELETE FROM conversation_accounts WHERE conversation_id = ? AND account_id = ?

-- name: removeMembers
UPDATE members SET removed = 1 WHERE conversation_id = ? AND account_id = ?

-- name: recountRemovals
UPDATE conversations SET removals = (
  SELECT count(*) FROM members m JOIN devices d ON d.device_id = m.device_id
  WHERE m.conversation_id = ?1 AND (d.removed_ms IS NOT NULL OR m.removed))
WHERE conversation_id = ?1

-- name: putGroupInfo
INSERT INTO group_infos (conversation_id, group_info) VALUES (?, ?)
ON CONFLICT (conversation_id) DO UPDATE SET group_info = excluded.group_info

-- name: deleteMember
DELETE FROM members WHERE conversation_id = ? AND device_id = ?

-- name: putMember
INSERT INTO members (conversation_id, device_id, account_id, leaf) VALUES (?, ?, ?, ?)
ON CONFLICT (conversation_id, device_id) DO UPDATE SET leaf = excluded.leaf, removed = 0

-- name: listWriters
SELECT account_id FROM writers WHERE conversation_id = ? AND sequence > ? ORDER BY sequence DESC LIMIT ?

-- name: putWriter
INSERT INTO writers (conversation_id, account_id, sequence) VALUES (?, ?, ?)
ON CONFLICT (conversation_id, account_id) DO UPDATE SET sequence = excluded.sequence

-- name: deleteWriter
DELETE FROM writers WHERE conversation_id = ? AND account_id = ?

-- name: advanceEpoch
UPDATE conversations SET epoch = ?2 WHERE conversation_id = ?1

-- name: resetGroup
UPDATE conversations SET group_id = ?2, suite = ?3, last_sequence = max(last_sequence, ?4) WHERE conversation_id = ?1

-- name: retirePair
DELETE FROM pairs WHERE conversation_id = ?

-- name: retireMembers
DELETE FROM members WHERE conversation_id = ?

-- name: retireAccounts
DELETE FROM conversation_accounts WHERE conversation_id = ?

-- name: retireGroupInfo
DELETE FROM group_infos WHERE conversation_id = ?
