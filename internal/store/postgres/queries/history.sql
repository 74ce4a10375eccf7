-- Chunks of history that wait for a device.

-- name: putHistoryChunk
INSERT INTO history_chunks (device_id, chunk_id, data, created_ms) VALUES ($1, $2, $3, $4)
ON CONFLICT (device_id, chunk_id) DO NOTHING

-- name: findHistoryChunk
SELECT data FROM history_chunks WHERE device_id = $1 AND chunk_id = $2

-- name: countHistoryChunks
SELECT count(*) FROM history_chunks WHERE device_id = $1

-- name: countHistoryChunksBefore
SELECT count(*) FROM history_chunks WHERE created_ms < $1

-- name: deleteHistoryChunk
DELETE FROM history_chunks WHERE device_id = $1 AND chunk_id = $2

-- name: deleteHistoryChunks
DELETE FROM history_chunks WHERE device_id = $1

-- name: deleteHistoryChunksBefore
DELETE FROM history_chunks WHERE created_ms < $1
