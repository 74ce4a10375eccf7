-- Encrypted files that lie beside the database.

-- name: createMedia
INSERT INTO media (media_id, account_id, size, created_ms, used_ms) VALUES ($1, $2, $3, $4, $4)

-- name: findMedia
SELECT account_id, size, hash, created_ms, used_ms FROM media WHERE media_id = $1

-- name: sumMedia
SELECT coalesce(sum(size), 0) FROM media WHERE account_id = $1

-- name: finishMedia
UPDATE media SET hash = $2, used_ms = $3 WHERE media_id = $1

-- name: touchMedia
UPDATE media SET used_ms = greatest(used_ms, $2) WHERE media_id = $1

-- name: deleteMedia
DELETE FROM media WHERE media_id = $1

-- name: countMediaBefore
SELECT count(*) FROM media WHERE (hash IS NOT NULL AND used_ms < $1) OR (hash IS NULL AND used_ms < $2)

-- name: listMediaBefore
SELECT media_id FROM media WHERE (hash IS NOT NULL AND used_ms < $1) OR (hash IS NULL AND used_ms < $2)
ORDER BY used_ms, media_id LIMIT $3
