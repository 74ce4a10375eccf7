package sqlstore

import (
	"time"

	"parley/ident"
	"parley/internal/store"
)

// PutHistoryChunk implements store.Tx.
func (t *Tx) PutHistoryChunk(device ident.DeviceID, id store.HistoryChunkID, data []byte, at time.Time) error {
	return t.Do("putHistoryChunk", device[:], id[:], data, at.UnixMilli())
}

// FindHistoryChunk implements store.Reader.
func (t *Tx) FindHistoryChunk(device ident.DeviceID, id store.HistoryChunkID) (data []byte, err error) {
	err = t.Row("findHistoryChunk", device[:], id[:]).Scan(&data)
	return data, err
}

// CountHistoryChunks implements store.Reader.
func (t *Tx) CountHistoryChunks(device ident.DeviceID) (n int, err error) {
	err = t.Row("countHistoryChunks", device[:]).Scan(&n)
	return n, err
}

// CountHistoryChunksBefore implements store.Reader.
func (t *Tx) CountHistoryChunksBefore(at time.Time) (n int, err error) {
	err = t.Row("countHistoryChunksBefore", at.UnixMilli()).Scan(&n)
	return n, err
}

// DeleteHistoryChunk implements store.Tx.
func (t *Tx) DeleteHistoryChunk(device ident.DeviceID, id store.HistoryChunkID) error {
	return t.Do("deleteHistoryChunk", device[:], id[:])
}

// DeleteHistoryChunks implements store.Tx.
func (t *Tx) DeleteHistoryChunks(device ident.DeviceID) error {
	return t.Do("deleteHistoryChunks", device[:])
}

// DeleteHistoryChunksBefore implements store.Tx.
func (t *Tx) DeleteHistoryChunksBefore(at time.Time) error {
	return t.Do("deleteHistoryChunksBefore", at.UnixMilli())
}
