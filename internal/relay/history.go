package relay

import (
	"errors"

	"parley/ident"
	"parley/internal/store"
	"parley/wire"
)

// callHistory carries out the requests about chunks of history: what a device
// has left for another one of its account.
func (s *Session) callHistory(call wire.RequestCall) (wire.ResponseResult, error) {
	switch m := call.(type) {
	case *wire.PutHistoryChunk:
		return s.putHistoryChunk(m)
	case *wire.GetHistoryChunk:
		return s.getHistoryChunk(m)
	case *wire.DeleteHistoryChunk:
		return s.deleteHistoryChunk(m)
	}
	return s.callMedia(call)
}

func (s *Session) putHistoryChunk(m *wire.PutHistoryChunk) (*wire.Done, error) {
	device, err := ident.IDFromBytes[ident.DeviceID](m.DeviceID)
	if err != nil || len(m.ChunkID) != wire.IDSize || len(m.Data) == 0 {
		return nil, refuse(wire.ErrorMalformed)
	}
	if len(m.Data) > wire.MaxHistoryChunk {
		return nil, refuse(wire.ErrorTooLarge)
	}
	id := store.HistoryChunkID(m.ChunkID)
	r := s.relay
	return &wire.Done{}, r.store.Update(r.ctx, func(tx store.Tx) error {
		if err := refuseRemoved(tx, s.who.device); err != nil {
			return err
		}
		to, err := tx.FindDevice(device)
		if err != nil {
			return missing(err, wire.ErrorDeviceUnknown)
		}
		if to.Account != s.who.account || to.Removed {
			return refuse(wire.ErrorDeviceUnknown)
		}
		if err := refuseFullHistory(tx, device, id); err != nil {
			return err
		}
		return tx.PutHistoryChunk(device, id, m.Data, r.now())
	})
}

// refuseFullHistory refuses another chunk for a device that has too many to fetch.
func refuseFullHistory(r store.Reader, device ident.DeviceID, id store.HistoryChunkID) error {
	n, err := r.CountHistoryChunks(device)
	if err != nil || n < wire.MaxHistoryChunks {
		return err
	}
	_, err = r.FindHistoryChunk(device, id)
	if errors.Is(err, store.ErrNotFound) {
		return refuse(wire.ErrorHistoryFull)
	}
	return err
}

func (s *Session) getHistoryChunk(m *wire.GetHistoryChunk) (*wire.HistoryChunk, error) {
	if len(m.ChunkID) != wire.IDSize {
		return nil, refuse(wire.ErrorMalformed)
	}
	r := s.relay
	result := &wire.HistoryChunk{}
	err := r.store.View(r.ctx, func(reader store.Reader) (err error) {
		result.Data, err = reader.FindHistoryChunk(s.who.device, store.HistoryChunkID(m.ChunkID))
		return missing(err, wire.ErrorHistoryUnknown)
	})
	return result, err
}

func (s *Session) deleteHistoryChunk(m *wire.DeleteHistoryChunk) (*wire.Done, error) {
	if len(m.ChunkID) != wire.IDSize && len(m.ChunkID) != 0 {
		return nil, refuse(wire.ErrorMalformed)
	}
	r := s.relay
	return &wire.Done{}, r.store.Update(r.ctx, func(tx store.Tx) error {
		if len(m.ChunkID) == 0 {
			return tx.DeleteHistoryChunks(s.who.device)
		}
		return tx.DeleteHistoryChunk(s.who.device, store.HistoryChunkID(m.ChunkID))
	})
}
