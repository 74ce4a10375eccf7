package client

import (
	"context"
	"crypto/sha256"
	"time"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/mls/hpke"
	"parley/wire"
)

// History (M9-M11): a device that was linked asks its siblings for what was said
// before. They hand it over in chunks, the latest first, that only it can open;
// the relay keeps each until it is fetched. Everything a transfer needs is on
// the device that asked, so it goes on after a crash of either side, and with
// another sibling (docs/design/0004-history-is-pulled.md).

// Bounds and times of history.
const (
	// historyAge is how far history goes back (M9).
	historyAge = 365 * 24 * time.Hour
	// historyWindow is how many chunks follow one request; the next request is
	// made when no more than that wait.
	historyWindow = 6
	// maxHistoryParts bounds what other devices can have this one remember.
	maxHistoryParts = 64
	// historyAgain is when an unanswered request is made again, doubling up to
	// historyAgainAtLast.
	historyAgain       = 15 * time.Second
	historyAgainAtLast = time.Hour
	// historyOverlap is how much earlier than its latest message a device that lost
	// its place asks from.
	historyOverlap = 24 * time.Hour
)

// joinedSelf asks for what own devices have set, and, on a linked device that is
// new, for the history.
func (tx *tx) joinedSelf(conversation *store.Conversation) error {
	tx.c.rejoined.Store(true)
	if err := tx.want(conversation, 0, 0); err != nil || tx.identity.Primary {
		return err
	}
	return tx.beginFirstHistory()
}

// beginFirstHistory asks for the history, unless this device has done so before.
func (tx *tx) beginFirstHistory() error {
	h, err := tx.FindHistory()
	if err != nil || h != nil {
		return err
	}
	return tx.beginHistory(tx.c.relayNow().Add(-historyAge).UnixMilli())
}

// refillHistory asks for what was said since this device was last in step.
func (tx *tx) refillHistory() error {
	last, err := tx.FindLatestTime()
	if err != nil {
		return err
	}
	since := max(last-historyOverlap.Milliseconds(), tx.c.relayNow().Add(-historyAge).UnixMilli())
	before, err := tx.FindHistory()
	if err != nil {
		return err
	}
	if before != nil && !before.Done() {
		since = min(since, before.Since)
	}
	return tx.beginHistory(since)
}

// beginHistory asks for the history since a time, from the latest on.
func (tx *tx) beginHistory(since int64) error {
	request, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	key, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		return err
	}
	private, err := key.Bytes()
	if err != nil {
		return err
	}
	if err := tx.DeleteHistoryParts(); err != nil {
		return err
	}
	tx.history = true
	return tx.SaveHistory(&store.History{Request: request, PrivateKey: private, Since: since})
}

// askForHistory asks for the next chunks, or again where nothing came.
func (w *worker) askForHistory(ctx context.Context) (did bool, err error) {
	w.askHistoryIn = -1
	var begin bool
	err = w.update(ctx, func(tx *tx) error {
		h, parts, err := tx.openHistory()
		if err != nil || h == nil {
			return err
		}
		if h.Ask && parts <= historyWindow {
			did, h.Ask = true, false
			return tx.tellHistoryRequest(h)
		}
		if parts > 0 {
			return nil
		}
		wait := time.Duration(h.Due-w.relayNow().UnixMilli()) * time.Millisecond
		if begin = wait <= 0; !begin {
			w.askHistoryIn = wait
		}
		return nil
	})
	if err != nil || !begin {
		return did, err
	}
	// What was left for former requests is not wanted any more.
	if _, err := request[*wire.Done](ctx, w.s, &wire.DeleteHistoryChunk{}); err != nil {
		return false, err
	}
	return true, w.update(ctx, func(tx *tx) error {
		h, parts, err := tx.openHistory()
		if err != nil || h == nil || parts > 0 {
			return err
		}
		h.Ask, h.Ahead, h.Tries = false, h.Behind, h.Tries+1
		h.Round++
		if h.Tries > 1 { // nobody answered: is anybody there?
			w.devicesListed = false
		}
		return tx.tellHistoryRequest(h)
	})
}

// openHistory is the history that is not complete, if there is anybody to ask,
// and how many parts of it wait.
func (tx *tx) openHistory() (*store.History, int, error) {
	h, err := tx.FindHistory()
	if err != nil || h == nil || h.Done() {
		return nil, 0, err
	}
	siblings, err := tx.siblings()
	if err != nil || siblings < 0 {
		return nil, 0, err
	}
	if siblings == 0 {
		tx.history = true
		return nil, 0, tx.DeleteHistory()
	}
	had, err := tx.hadFromAll(h)
	if err != nil {
		return nil, 0, err
	}
	if had {
		return nil, 0, tx.endHistory(h)
	}
	parts, err := tx.CountHistoryParts()
	return h, parts, err
}

// tellHistoryRequest asks for what follows what has been announced.
func (tx *tx) tellHistoryRequest(h *store.History) error {
	key, err := hpke.MLKEM768X25519().NewPrivateKey(h.PrivateKey)
	if err != nil {
		return err
	}
	wait := min(historyAgain<<min(max(h.Tries-1, 0), 16), historyAgainAtLast)
	h.Due = tx.c.relayNow().Add(wait).UnixMilli()
	if err := tx.SaveHistory(h); err != nil {
		return err
	}
	request := &content.HistoryRequest{
		RequestID: h.Request[:], Round: h.Round, PublicKey: key.PublicKey().Bytes(), SinceMS: h.Since, Behind: encodeCursor(h.Ahead),
	}
	for _, id := range h.Had {
		request.Had = append(request.Had, id[:])
	}
	return tx.tell(&content.Content{Body: request})
}

func encodeCursor(c store.HistoryCursor) *content.HistoryCursor {
	if c.IsStart() {
		return nil
	}
	return &content.HistoryCursor{TimeMS: c.At, MessageID: c.ID}
}

// decodeCursor reports whether the cursor is well-formed; none is the start.
func decodeCursor(c *content.HistoryCursor) (store.HistoryCursor, bool) {
	if c == nil {
		return store.HistoryCursor{}, true
	}
	return store.HistoryCursor{At: c.TimeMS, ID: c.MessageID}, len(c.MessageID) == len(ident.MessageID{})
}

// takeHistoryPart notes what another device has left at the relay. A chunk that
// does not follow what was announced before is only deleted there.
func (tx *tx) takeHistoryPart(p *content.HistoryPart, from ident.DeviceID) error {
	request, err := ident.IDFromBytes[ident.MessageID](p.RequestID)
	if err != nil || len(p.ChunkID) != wire.IDSize {
		return nil //nolint:nilerr // malformed content is skipped
	}
	tx.c.serves.drop(request)
	h, err := tx.FindHistory()
	if err != nil || h == nil || h.Request != request {
		return err
	}
	parts, err := tx.CountHistoryParts()
	if err != nil || parts >= maxHistoryParts {
		return err
	}
	part := &store.HistoryPart{ChunkID: p.ChunkID, Hash: p.Hash, Total: p.Total, Remaining: p.Remaining, Done: p.Done, Partial: p.Partial}
	var wellFormed [2]bool
	part.Behind, wellFormed[0] = decodeCursor(p.Behind)
	part.End, wellFormed[1] = decodeCursor(p.End)
	isOverview := part.Behind.IsStart() && part.End.IsStart()
	follows := part.Behind.Equal(h.Ahead) && (isOverview || part.End.Behind(part.Behind))
	part.Wanted = !h.Done() && p.Round == h.Round && follows && wellFormed == [2]bool{true, true} && len(p.Hash) == sha256.Size
	if err := tx.CreateHistoryPart(part); err != nil || !part.Wanted {
		return err
	}
	h.Mixed = !isOverview && (h.Mixed || h.Sender != from)
	h.Ahead, h.Ask, h.Sender = part.End, p.Last && !p.Done, from
	h.Due = tx.c.relayNow().Add(historyAgain).UnixMilli()
	tx.history = true
	return tx.SaveHistory(h)
}

// firstSeen notes where this device's own reading of a conversation begins.
func (tx *tx) firstSeen(conversation *store.Conversation, sequence uint64) error {
	conversation.FirstSequence = sequence
	h, err := tx.FindHistory()
	if err != nil || h == nil || !h.Overview {
		return err
	}
	return tx.closeUp(conversation)
}

// closeUp asks for what lies between the history of a conversation and what this
// device has read itself.
func (tx *tx) closeUp(conversation *store.Conversation) error {
	first := conversation.FirstSequence
	conversation.FirstSequence = 0
	reached, err := tx.TakeHistoryReach(conversation.ID)
	if err != nil || conversation.Kind != store.KindDirect || reached+1 >= first {
		return err
	}
	return tx.want(conversation, reached+1, first-1)
}
