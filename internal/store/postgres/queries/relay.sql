-- Transactions, and what belongs to the relay as a whole.

-- name: beginRead
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: beginWrite
BEGIN ISOLATION LEVEL READ COMMITTED

-- name: probe
SELECT 1

-- name: takeTurn
UPDATE writer SET turn = $1 WHERE singleton = 1 RETURNING pg_current_xact_id()::text

-- name: findOutcome
-- A number does not prove a commit: a server that has crashed gives those out again whose transactions
-- it has lost. Nobody else has this turn.
SELECT CASE
  WHEN turn = $2 THEN 'committed'
  WHEN status = 'committed' THEN 'forgotten'
  ELSE coalesce(status, 'forgotten')
END FROM writer, pg_xact_status($1::text::xid8) AS status WHERE singleton = 1

-- name: commit
COMMIT

-- name: rollback
ROLLBACK

-- name: lockDatabase
SELECT pg_try_advisory_lock(7293640115)

-- name: findRelay
SELECT relay_id, signing_seed FROM relay

-- name: createRelay
INSERT INTO relay (singleton, relay_id, signing_seed) VALUES (1, $1, $2)

-- name: findServing
SELECT serving_since_ms, served_ms FROM relay

-- name: noteServing
UPDATE relay SET serving_since_ms = CASE WHEN $1 - served_ms > $2 THEN $1 ELSE serving_since_ms END,
  served_ms = greatest(served_ms, $1)
