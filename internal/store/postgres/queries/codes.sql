-- name: listCodes
SELECT phone, kind, salt, hash, expires_ms, tries FROM codes WHERE phone = $1 ORDER BY kind

-- name: putCode
INSERT INTO codes (phone, kind, salt, hash, expires_ms, tries) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (phone, kind) DO UPDATE
SET salt = excluded.salt, hash = excluded.hash, expires_ms = excluded.expires_ms, tries = excluded.tries

-- name: updateCodeTries
UPDATE codes SET tries = $1 WHERE phone = $2 AND kind = $3

-- name: deleteCodes
DELETE FROM codes WHERE phone = $1

-- name: deleteCodesBefore
DELETE FROM codes WHERE expires_ms < $1

-- name: countCodesBefore
SELECT (SELECT count(*) FROM codes WHERE expires_ms < $1) + (SELECT count(*) FROM mail_codes WHERE expires_ms < $1)
