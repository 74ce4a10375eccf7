-- name: findDevice
SELECT device_id, account_id, certificate, device_key, is_primary, created_ms, last_active_ms, cursor,
  address, linked_by, warned_ms, removed_for, removed_ms IS NOT NULL
FROM devices WHERE device_id = $1

-- name: findStanding
-- A row for each suite of which key packages are left, or one without.
SELECT d.account_id, d.device_key, d.is_primary, d.last_active_ms, d.warned_ms,
  CASE WHEN d.is_primary THEN d.last_active_ms ELSE coalesce((SELECT p.last_active_ms FROM devices p
    WHERE p.account_id = d.account_id AND p.is_primary AND p.removed_ms IS NULL), 0) END,
  d.cursor, a.phone, a.head, coalesce(k.suite, 0), coalesce(k.left_over, 0)
FROM devices d JOIN accounts a ON a.account_id = d.account_id
LEFT JOIN (SELECT suite, count(*) AS left_over FROM key_packages WHERE device_id = $1 GROUP BY suite) k ON true
WHERE d.device_id = $1 AND d.removed_ms IS NULL

-- name: listDevices
SELECT device_id, account_id, certificate, device_key, is_primary, created_ms, last_active_ms, cursor,
  address, linked_by, warned_ms, removed_for, removed_ms IS NOT NULL
FROM devices WHERE account_id = $1 AND removed_ms IS NULL
ORDER BY is_primary DESC, created_ms, device_id

-- name: createDevice
INSERT INTO devices (device_id, account_id, certificate, device_key, is_primary, created_ms, last_active_ms, cursor,
  address, linked_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: setPrimary
UPDATE devices SET is_primary = $1, certificate = $2 WHERE device_id = $3 AND removed_ms IS NULL

-- name: removeDevice
UPDATE devices SET removed_ms = $1, removed_for = $2, address = '' WHERE device_id = $3 AND removed_ms IS NULL

-- name: countRemovals
-- Members whose account has left are counted already.
WITH gone AS (
  UPDATE members SET removed = true WHERE device_id = $1 AND NOT removed RETURNING conversation_id, account_id
)
UPDATE conversations c SET removals = removals + 1
FROM gone JOIN conversation_accounts a ON a.conversation_id = gone.conversation_id AND a.account_id = gone.account_id
WHERE c.conversation_id = gone.conversation_id

-- name: touchDevice
UPDATE devices SET last_active_ms = $1, address = $2
WHERE device_id = $3 AND last_active_ms <= $1 AND removed_ms IS NULL

-- name: warnDevice
UPDATE devices SET warned_ms = $1 WHERE device_id = $2

-- name: listSilent
SELECT DISTINCT linked.account_id FROM devices linked
JOIN devices p ON p.account_id = linked.account_id AND p.is_primary AND p.removed_ms IS NULL
WHERE linked.account_id > $1 AND NOT linked.is_primary AND linked.removed_ms IS NULL
  AND (p.last_active_ms <= $2 OR linked.last_active_ms <= $3)
ORDER BY linked.account_id LIMIT $4

-- name: countKeyPackages
SELECT suite, count(*) FROM key_packages WHERE device_id = $1 GROUP BY suite

-- name: createKeyPackage
INSERT INTO key_packages (device_id, suite, key_package) VALUES ($1, $2, $3)

-- name: trimKeyPackages
DELETE FROM key_packages WHERE key_package_id IN (
  SELECT key_package_id FROM key_packages WHERE device_id = $1 AND suite = $2
  ORDER BY key_package_id DESC OFFSET $3)

-- name: deleteKeyPackages
DELETE FROM key_packages WHERE device_id = $1

-- name: putLastResort
INSERT INTO last_resort_key_packages (device_id, suite, key_package) VALUES ($1, $2, $3)
ON CONFLICT (device_id, suite) DO UPDATE SET key_package = excluded.key_package

-- name: deleteLastResort
DELETE FROM last_resort_key_packages WHERE device_id = $1

-- name: claimKeyPackage
DELETE FROM key_packages WHERE key_package_id = (
  SELECT min(key_package_id) FROM key_packages WHERE device_id = $1 AND suite = $2)
RETURNING key_package

-- name: findLastResort
SELECT key_package FROM last_resort_key_packages WHERE device_id = $1 AND suite = $2
