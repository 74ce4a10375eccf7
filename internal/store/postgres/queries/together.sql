-- What many transactions together read first, and write at last: one statement each for all of them.

-- name: readShares
SELECT conversation_id, account_id, since, shut, delivered, read, delivered_ms, read_ms
FROM conversation_accounts WHERE conversation_id = ANY($1::uuid[])

-- name: readOwnShares
-- The conversations with, of a group, the account's own share if there is one, and of others all.
SELECT c.conversation_id, c.kind, c.epoch, c.last_sequence, c.last_active_ms, c.suite, c.removals, c.group_id,
  a.account_id, a.since, a.shut, a.delivered, a.read, a.delivered_ms, a.read_ms
FROM unnest($1::uuid[], $2::uuid[]) k (conversation_id, account_id)
JOIN conversations c ON c.conversation_id = k.conversation_id
LEFT JOIN LATERAL (
  SELECT * FROM conversation_accounts o WHERE o.conversation_id = c.conversation_id AND o.account_id = k.account_id AND c.kind = 3
  UNION ALL
  SELECT * FROM conversation_accounts o WHERE o.conversation_id = c.conversation_id AND c.kind <> 3) a ON true

-- name: readSends
SELECT c.conversation_id, c.kind, c.epoch, c.last_sequence, c.last_active_ms, c.suite, c.removals, c.group_id,
  k.device_id, k.message_id, m.account_id, m.leaf, m.removed, m.device_key,
  e.sequence, e.kind, e.sender_account, e.sender_device, e.epoch, e.time_ms, e.former_sequence
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) k (conversation_id, device_id, message_id)
JOIN conversations c ON c.conversation_id = k.conversation_id
LEFT JOIN members m ON m.conversation_id = k.conversation_id AND m.device_id = k.device_id
LEFT JOIN entries e ON e.conversation_id = k.conversation_id AND e.message_id = k.message_id

-- name: readAccounts
SELECT account_id, head, delivered FROM accounts WHERE account_id = ANY($1::uuid[])

-- name: readAcks
-- A row for each conversation that has something new for the account up to the position.
SELECT k.device_id, d.cursor, k.position, d.account_id, a.head, a.delivered, n.conversation_id, n.sequence
FROM unnest($1::uuid[], $2::bigint[]) k (device_id, position)
JOIN devices d ON d.device_id = k.device_id AND d.removed_ms IS NULL
JOIN accounts a ON a.account_id = d.account_id
LEFT JOIN LATERAL (
  SELECT conversation_id, max(sequence) AS sequence FROM feed f
  WHERE f.account_id = d.account_id AND f.position > a.delivered AND f.position <= k.position AND NOT f.own
  GROUP BY conversation_id) n ON true

-- name: createEntries
INSERT INTO entries (conversation_id, sequence, kind, sender_account, sender_device, message_id, epoch, time_ms,
  message, welcome, former_sequence)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::integer[], $4::uuid[], $5::uuid[], $6::uuid[], $7::bigint[], $8::bigint[],
  $9::bytea[], $10::bytea[], $11::bigint[])

-- name: createPlaces
INSERT INTO feed (account_id, position, conversation_id, sequence, own, size, time_ms)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[], $5::boolean[], $6::integer[], $7::bigint[])

-- name: moveConversations
UPDATE conversations c SET last_sequence = n.last_sequence, last_active_ms = n.last_active_ms
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) n (conversation_id, last_sequence, last_active_ms)
WHERE c.conversation_id = n.conversation_id

-- name: moveAccounts
UPDATE accounts a SET head = n.head, delivered = n.delivered
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) n (account_id, head, delivered)
WHERE a.account_id = n.account_id

-- name: moveDevices
UPDATE devices d SET cursor = n.cursor
FROM unnest($1::uuid[], $2::bigint[]) n (device_id, cursor)
WHERE d.device_id = n.device_id

-- name: moveShares
UPDATE conversation_accounts a SET delivered = n.delivered, read = n.read, delivered_ms = n.delivered_ms, read_ms = n.read_ms,
  change = nextval('receipt_changes')
FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
  n (conversation_id, account_id, delivered, read, delivered_ms, read_ms)
WHERE a.conversation_id = n.conversation_id AND a.account_id = n.account_id

-- name: putWriters
INSERT INTO writers (conversation_id, account_id, sequence)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])
ON CONFLICT (conversation_id, account_id) DO UPDATE SET sequence = excluded.sequence
