package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"

	"parley/client/content"
	"parley/client/store"
	"parley/mls/hpke"
	"parley/wire"
)

// errHistoryChunk: a chunk is not what the device that left it said.
var errHistoryChunk = errors.New("a chunk of history is damaged")

// takeHistoryFirst takes a chunk before other work, but lets a conversation be
// joined between two.
func (w *worker) takeHistoryFirst(ctx context.Context) (bool, error) {
	if w.letJoin {
		return false, nil
	}
	return w.takeHistory(ctx)
}

// takeHistoryRest takes a chunk after other work, where takeHistoryFirst has not
// looked.
func (w *worker) takeHistoryRest(ctx context.Context) (bool, error) {
	if !w.letJoin {
		return false, nil
	}
	return w.takeHistory(ctx)
}

// takeHistory takes the next chunk that waits, or deletes one at the relay.
func (w *worker) takeHistory(ctx context.Context) (bool, error) {
	var h *store.History
	var part *store.HistoryPart
	err := w.view(ctx, func(tx *tx) (err error) {
		if part, err = tx.FindHistoryPart(); err != nil || part == nil {
			return err
		}
		h, err = tx.FindHistory()
		return err
	})
	if err != nil || part == nil {
		return false, err
	}
	if !part.Wanted || h == nil || h.Done() || !part.Behind.Equal(h.Behind) {
		if _, err := request[*wire.Done](ctx, w.s, &wire.DeleteHistoryChunk{ChunkID: part.ChunkID}); err != nil {
			return false, err
		}
		return true, w.update(ctx, func(tx *tx) error { return tx.DeleteHistoryPart(part) })
	}
	w.letJoin = true
	chunk, err := w.fetchHistory(ctx, h, part)
	if errors.Is(err, errHistoryChunk) || hasCode(err, wire.ErrorHistoryUnknown) {
		w.log.Warn("history is asked for again", "error", err)
		return true, w.update(ctx, (*tx).dropHistoryParts)
	}
	if err != nil {
		return false, err
	}
	return true, w.update(ctx, func(tx *tx) error { return tx.applyHistory(part, chunk) })
}

// dropHistoryParts forgets what was announced, and has it asked for again after a
// while.
func (tx *tx) dropHistoryParts() error {
	h, err := tx.FindHistory()
	if err != nil || h == nil {
		return err
	}
	h.Ahead, h.Ask = h.Behind, false
	h.Round++ // what comes late of this one has no place
	if err := tx.SaveHistory(h); err != nil {
		return err
	}
	return tx.DeleteHistoryParts()
}

// fetchHistory fetches a chunk and opens it. The error is errHistoryChunk if it is
// not what was announced.
func (w *worker) fetchHistory(ctx context.Context, h *store.History, part *store.HistoryPart) (*content.HistoryChunk, error) {
	r, err := request[*wire.HistoryChunk](ctx, w.s, &wire.GetHistoryChunk{ChunkID: part.ChunkID})
	if err != nil {
		return nil, err
	}
	return w.openHistoryChunk(ctx, h, part, r.Data)
}

// openHistoryChunk opens what was left at the relay.
func (c *Client) openHistoryChunk(ctx context.Context, h *store.History, part *store.HistoryPart, sealed []byte) (*content.HistoryChunk, error) {
	if hash := sha256.Sum256(sealed); !bytes.Equal(hash[:], part.Hash) {
		return nil, errHistoryChunk
	}
	key, err := hpke.MLKEM768X25519().NewPrivateKey(h.PrivateKey)
	if err != nil {
		return nil, err
	}
	compressed, err := hpke.Open(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), historyInfo(h.Request[:], part.ChunkID), sealed)
	if err != nil {
		return nil, errHistoryChunk
	}
	return c.decodeHistoryChunk(ctx, compressed)
}

// decodeHistoryChunk reads a chunk that was unsealed.
func (c *Client) decodeHistoryChunk(ctx context.Context, compressed []byte) (*content.HistoryChunk, error) {
	plain, err := c.cfg.Inflate(ctx, compressed, maxHistoryPlain)
	if err != nil {
		return nil, errHistoryChunk
	}
	chunk, err := content.Decode[content.HistoryChunk](plain)
	if err != nil {
		return nil, errHistoryChunk
	}
	return chunk, nil
}

// historyInfo is the HPKE info: a chunk opens for one request and under one id.
func historyInfo(request, chunk []byte) []byte {
	return append(append([]byte("parley history v1\x00"), request...), chunk...)
}

// applyHistory takes a chunk, if history still stands before it.
func (tx *tx) applyHistory(part *store.HistoryPart, chunk *content.HistoryChunk) error {
	h, err := tx.FindHistory()
	if err != nil || h == nil || h.Done() || !part.Behind.Equal(h.Behind) {
		return err
	}
	waiting, err := tx.FindWaiting()
	if err != nil {
		return err
	}
	for _, chat := range chunk.Chats {
		taken, err := tx.takeHistoryChat(chat, h.Since, waiting)
		if err != nil {
			return err
		}
		h.Taken += taken
	}
	if part.End.IsStart() && !h.Overview {
		if err := tx.takeOverview(chunk); err != nil {
			return err
		}
		h.Overview = true
	}
	h.Behind, h.Total, h.Remaining, h.Tries = part.End, part.Total, part.Remaining, 0
	h.Partial = h.Partial || part.Partial
	tx.history = true
	switch {
	case part.Done && h.Partial:
		err = tx.beginAgain(h)
	case part.Done:
		err = tx.endHistory(h)
	default:
		err = tx.SaveHistory(h)
	}
	if err != nil {
		return err
	}
	return tx.TakeHistoryPart(part)
}
