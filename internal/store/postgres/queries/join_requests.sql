-- Who asks to come into a group.

-- name: createJoinRequest
INSERT INTO join_requests (conversation_id, account_id, asked_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

-- name: deleteJoinRequest
DELETE FROM join_requests WHERE conversation_id = $1 AND account_id = $2

-- name: deleteJoinRequestsBefore
DELETE FROM join_requests WHERE asked_ms < $1

-- name: listJoinRequests
SELECT conversation_id, account_id, asked_ms FROM join_requests WHERE conversation_id = $1 ORDER BY asked_ms, account_id

-- name: listOwnJoinRequests
SELECT conversation_id, account_id, asked_ms FROM join_requests WHERE account_id = $1 ORDER BY asked_ms, conversation_id

-- name: hasJoinRequest
SELECT EXISTS (SELECT 1 FROM join_requests WHERE conversation_id = $1 AND account_id = $2)
