-- What relays that share the database tell each other.

-- name: lockDatabaseShared
SELECT pg_try_advisory_lock_shared(7293640115)

-- name: findLastNotice
SELECT notice FROM writer

-- name: listNotices
SELECT number, CASE WHEN relay_id <> $2 THEN body END FROM notices WHERE number > $1 ORDER BY number LIMIT $3

-- name: createNotice
WITH last AS (UPDATE writer SET notice = notice + 1 RETURNING notice)
INSERT INTO notices (number, relay_id, body) SELECT notice, $1, $2 FROM last

-- name: deleteNotices
-- The last one stays: without it nobody would see that there were some.
DELETE FROM notices WHERE created < clock_timestamp() - interval '10 minutes' AND number < (SELECT notice FROM writer)

-- name: deleteRelays
DELETE FROM relays WHERE seen < clock_timestamp() - interval '1 hour'

-- name: noteRelay
INSERT INTO relays (relay_id, seen) VALUES ($1, clock_timestamp()) ON CONFLICT (relay_id) DO UPDATE SET seen = excluded.seen

-- name: forgetRelay
DELETE FROM relays WHERE relay_id = $1

-- name: isFirst
SELECT coalesce((SELECT relay_id FROM relays WHERE seen > clock_timestamp() - interval '15 seconds' ORDER BY relay_id LIMIT 1) = $1, false)

-- name: listRelays
SELECT relay_id FROM relays WHERE seen > clock_timestamp() - interval '15 seconds' ORDER BY relay_id

-- name: listConnected
SELECT d.device_id FROM devices d JOIN relays r ON r.relay_id = d.connected_to AND r.seen > clock_timestamp() - interval '15 seconds'
WHERE d.account_id = $1 AND d.removed_ms IS NULL AND d.connected_to <> $2

-- name: enterDevice
UPDATE devices SET connection = connection + 1, connected_to = $2 WHERE device_id = $1 RETURNING connection

-- name: leaveDevice
UPDATE devices SET connected_to = NULL WHERE device_id = $1 AND connection = $2

-- name: claimWake
UPDATE push_subscriptions SET woken_ms = $2 WHERE device_id = $1 AND woken_ms <= $3 RETURNING true
