-- Transactions, and what belongs to the relay as a whole.

-- name: beginRead
BEGIN DEFERRED

-- name: beginWrite
BEGIN IMMEDIATE

-- name: commit
COMMIT

-- name: rollback
ROLLBACK

-- name: shrinkMemory
PRAGMA shrink_memory

-- name: findRelay
SELECT relay_id, signing_seed FROM relay

-- name: createRelay
INSERT INTO relay (singleton, relay_id, signing_seed) VALUES (1, ?, ?)

-- name: findServing
SELECT serving_since_ms, served_ms FROM relay

-- name: noteServing
UPDATE relay SET serving_since_ms = CASE WHEN ?1 - served_ms > ?2 THEN ?1 ELSE serving_since_ms END,
  served_ms = max(served_ms, ?1)

-- name: lastChange
SELECT coalesce(max(change), 0) FROM conversation_accounts
