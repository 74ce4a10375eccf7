-- name: listCodes
SELECT phone, kind, salt, hash, expires_ms, tries FROM codes WHERE phone = ? ORDER BY kind

-- name: putCode
INSERT INTO codes (phone, kind, salt, hash, expires_ms, tries) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (phone, kind) DO UPDATE
SET salt = excluded.salt, hash = excluded.hash, expires_ms = excluded.expires_ms, tries = excluded.tries

-- name: updateCodeTries
UPDATE codes SET tries = ? WHERE phone = ? AND kind = ?

-- name: deleteCodes
DELETE FROM codes WHERE phone = ?

-- name: deleteCodesBefore
DELETE FROM codes WHERE expires_ms < ?

-- name: countCodesBefore
SELECT (SELECT count(*) FROM codes WHERE expires_ms < ?1) + (SELECT count(*) FROM mail_codes WHERE expires_ms < ?1)
