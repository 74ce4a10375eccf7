-- name: findDevice
SELECT device_id, account_id, certificate, device_key, is_primary, created_ms, last_active_ms, cursor,
  address, linked_by, warned_ms, removed_for, removed_ms IS NOT NULL
FROM devices WHERE device_id = ?

-- name: findStanding
-- A row for each suite of which key packages are left, or one without.
SELECT d.account_id, d.device_key, d.is_primary, d.last_active_ms, d.warned_ms,
  CASE WHEN d.is_primary THEN d.last_active_ms ELSE coalesce((SELECT p.last_active_ms FROM devices p
    WHERE p.account_id = d.account_id AND p.is_primary = 1 AND p.removed_ms IS NULL), 0) END,
  d.cursor, a.phone, a.head, coalesce(k.suite, 0), coalesce(k.left_over, 0)
FROM devices d JOIN account_states a ON a.account_id = d.account_id
LEFT JOIN (SELECT suite, count(*) AS left_over FROM key_packages WHERE device_id = ?1 GROUP BY suite) k ON true
WHERE d.device_id = ?1 AND d.removed_ms IS NULL

-- name: listDevices
SELECT device_id, account_id, certificate, device_key, is_primary, created_ms, last_active_ms, cursor,
  address, linked_by, warned_ms, removed_for, removed_ms IS NOT NULL
FROM devices WHERE account_id = ? AND removed_ms IS NULL
ORDER BY is_primary DESC, created_ms, device_id

-- name: createDevice
INSERT INTO devices (device_id, account_id, certificate, device_key, is_primary, created_ms, last_active_ms, cursor,
  address, linked_by)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: setPrimary
UPDATE devices SET is_primary = ?, certificate = ? WHERE device_id = ? AND removed_ms IS NULL

-- name: removeDevice
UPDATE devices SET removed_ms = ?, removed_for = ?, address = '' WHERE device_id = ? AND removed_ms IS NULL

-- name: countRemovals
UPDATE conversations SET removals = removals + 1
WHERE conversation_id IN (SELECT conversation_id FROM members WHERE device_id = ?)

-- name: touchDevice
UPDATE devices SET last_active_ms = ?1, address = ?2
WHERE device_id = ?3 AND last_active_ms <= ?1 AND removed_ms IS NULL

-- name: warnDevice
UPDATE devices SET warned_ms = ? WHERE device_id = ?

-- name: listSilent
SELECT DISTINCT linked.account_id FROM devices linked
JOIN devices p ON p.account_id = linked.account_id AND p.is_primary = 1 AND p.removed_ms IS NULL
WHERE linked.account_id > ? AND linked.is_primary = 0 AND linked.removed_ms IS NULL
  AND (p.last_active_ms <= ? OR linked.last_active_ms <= ?)
ORDER BY linked.account_id LIMIT ?

-- name: countKeyPackages
SELECT suite, count(*) FROM key_packages WHERE device_id = ? GROUP BY suite

-- name: createKeyPackage
INSERT INTO key_packages (device_id, suite, key_package) VALUES (?, ?, ?)

-- name: trimKeyPackages
DELETE FROM key_packages WHERE key_package_id IN (
  SELECT key_package_id FROM key_packages WHERE device_id = ? AND suite = ?
  ORDER BY key_package_id DESC LIMIT -1 OFFSET ?)

-- name: deleteKeyPackages
DELETE FROM key_packages WHERE device_id = ?

-- name: putLastResort
INSERT INTO last_resort_key_packages (device_id, suite, key_package) VALUES (?, ?, ?)
ON CONFLICT (device_id, suite) DO UPDATE SET key_package = excluded.key_package

-- name: deleteLastResort
DELETE FROM last_resort_key_packages WHERE device_id = ?

-- name: claimKeyPackage
DELETE FROM key_packages WHERE key_package_id = (
  SELECT min(key_package_id) FROM key_packages WHERE device_id = ? AND suite = ?)
RETURNING key_package

-- name: findLastResort
SELECT key_package FROM last_resort_key_packages WHERE device_id = ? AND suite = ?
