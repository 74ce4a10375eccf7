-- Who blocks whom.

-- name: createBlock
INSERT INTO blocks (account_id, blocked_id) VALUES ($1, $2) ON CONFLICT DO NOTHING

-- name: deleteBlock
DELETE FROM blocks WHERE account_id = $1 AND blocked_id = $2

-- name: shutPair
UPDATE conversation_accounts SET shut = $4
WHERE account_id = $1 AND conversation_id = (SELECT conversation_id FROM pairs WHERE low = $2 AND high = $3)

-- name: listBlocks
SELECT blocked_id FROM blocks WHERE account_id = $1 ORDER BY blocked_id

-- name: isBlocked
SELECT EXISTS (SELECT 1 FROM blocks WHERE account_id = $1 AND blocked_id = $2)
