-- Chunks of history that wait for a device.

-- name: putHistoryChunk
INSERT INTO history_chunks (device_id, chunk_id, data, created_ms) VALUES (?, ?, ?, ?)
ON CONFLICT (device_id, chunk_id) DO NOTHING

-- name: findHistoryChunk
SELECT data FROM history_chunks WHERE device_id = ? AND chunk_id = ?

-- name: countHistoryChunks
SELECT count(*) FROM history_chunks WHERE device_id = ?

-- name: countHistoryChunksBefore
SELECT count(*) FROM history_chunks WHERE created_ms < ?

-- name: deleteHistoryChunk
DELETE FROM history_chunks WHERE device_id = ? AND chunk_id = ?

-- name: deleteHistoryChunks
DELETE FROM history_chunks WHERE device_id = ?

-- name: deleteHistoryChunksBefore
DELETE FROM history_chunks WHERE created_ms < ?
