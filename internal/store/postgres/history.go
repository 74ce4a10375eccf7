package postgres

import (
	"time"

	"parley/ident"
	"parley/internal/store"
)

// PutHistoryChunk implements store.Tx.
func (t *tx) PutHistoryChunk(device ident.DeviceID, id store.HistoryChunkID, data []byte, at time.Time) error {
	return t.do("putHistoryChunk", device[:], id[:], data, at.UnixMilli())
}

// FindHistoryChunk implements store.Reader.
func (t *tx) FindHistoryChunk(device ident.DeviceID, id store.HistoryChunkID) (data []byte, err error) {
	err = asStoreError(t.row("findHistoryChunk", device[:], id[:]).Scan(&data))
	return data, err
}

// CountHistoryChunks implements store.Reader.
func (t *tx) CountHistoryChunks(device ident.DeviceID) (n int, err error) {
	err = t.row("countHistoryChunks", device[:]).Scan(&n)
	return n, err
}

// CountHistoryChunksBefore implements store.Reader.
func (t *tx) CountHistoryChunksBefore(at time.Time) (n int, err error) {
	err = t.row("countHistoryChunksBefore", at.UnixMilli()).Scan(&n)
	return n, err
}

// DeleteHistoryChunk implements store.Tx.
func (t *tx) DeleteHistoryChunk(device ident.DeviceID, id store.HistoryChunkID) error {
	return t.do("deleteHistoryChunk", device[:], id[:])
}

// DeleteHistoryChunks implements store.Tx.
func (t *tx) DeleteHistoryChunks(device ident.DeviceID) error {
	return t.do("deleteHistoryChunks", device[:])
}

// DeleteHistoryChunksBefore implements store.Tx.
func (t *tx) DeleteHistoryChunksBefore(at time.Time) error {
	return t.do("deleteHistoryChunksBefore", at.UnixMilli())
}
