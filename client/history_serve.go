package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/mls/hpke"
	"parley/wire"
)

// Bounds of what a sibling hands over.
const (
	// chunkMessages and chunkBytes bound one chunk: a device stores it in one
	// transaction, and holds it in memory.
	chunkMessages = 1000
	chunkBytes    = 256 << 10
	// overviewChats is of how many chats the overview has the latest messages,
	// overviewMessages of each, as long as they have overviewBytes.
	overviewChats    = 100
	overviewMessages = 20
	overviewBytes    = chunkBytes / overviewChats
	// overviewReaches bounds how many conversations it tells of. Of the others the
	// device asks for each range that it has not seen.
	overviewReaches = 8000
	// maxHistoryPlain is more than a chunk has of text, ids and contacts together.
	maxHistoryPlain = 1 << 20
	// historyFull is when a full relay is tried again, and historyFullTries how
	// often: then the device has to ask again.
	historyFull      = 500 * time.Millisecond
	historyFullTries = 240
	// sendingShown is how long the last thing sent is shown as progress.
	sendingShown = time.Minute
)

// serves are the requests for history that this device may answer: the primary
// at once, others one after the other unless a part came from somebody.
type serves struct {
	mu      sync.Mutex
	waiting map[ident.MessageID]*serve
	// sending is the progress by device.
	sending map[ident.DeviceID]sending
}

// serve is one request, and how far it is answered.
type serve struct {
	request *content.HistoryRequest
	id      ident.MessageID
	device  ident.DeviceID
	due     time.Time
	// behind is what has been sent up to, left how many chunks may follow.
	behind   store.HistoryCursor
	overview bool
	left     int
	// partial: this device waited for history itself when it began.
	partial bool
	// total and remaining are known once the first chunk is made.
	counted          bool
	total, remaining uint64
	fulls            int
}

func (s *serve) dueAt() *time.Time { return &s.due }

// sending is how much of the history another device has been sent.
type sending struct {
	sent, total uint64
	done        bool
	at          time.Time
}

func (s *serves) add(r *content.HistoryRequest, device ident.DeviceID) {
	id, err := ident.IDFromBytes[ident.MessageID](r.RequestID)
	behind, ok := decodeCursor(r.Behind)
	if err != nil || !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil {
		s.waiting, s.sending = map[ident.MessageID]*serve{}, map[ident.DeviceID]sending{}
	}
	for other, w := range s.waiting {
		if w.device == device {
			delete(s.waiting, other)
		}
	}
	s.waiting[id] = &serve{request: r, id: id, device: device, behind: behind, overview: behind.IsStart(), left: historyWindow}
}

// drop leaves a request that was not begun yet to another device.
func (s *serves) drop(id ident.MessageID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.waiting[id]; w != nil && !w.counted {
		delete(s.waiting, id)
		delete(s.sending, w.device)
	}
}

// end forgets a request that has been dealt with, unless a newer one came.
func (s *serves) end(w *serve) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting[w.id] == w {
		delete(s.waiting, w.id)
	}
}

// none reports whether nobody asks.
func (s *serves) none() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting) == 0
}

// next returns a request that is due; see nextDue.
func (s *serves) next(now time.Time, wait time.Duration) (*serve, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return nextDue(s.waiting, now, wait)
}

// note remembers how far a device has been sent its history.
func (s *serves) note(w *serve, done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sending[w.device] = sending{w.total - min(w.remaining, w.total), w.total, done, time.Now()}
}

// serveHistory makes one chunk for a sibling and leaves it at the relay.
func (w *worker) serveHistory(ctx context.Context) (bool, error) {
	w.serveHistoryIn = -1
	if w.serves.none() {
		return false, nil
	}
	wait, err := w.historyWait(ctx)
	if err != nil {
		return false, err
	}
	sv, wait := w.serves.next(time.Now(), wait)
	w.serveHistoryIn = wait
	if sv == nil {
		return false, nil
	}
	chunk, part, err := w.makeHistory(ctx, sv)
	if err != nil {
		return false, err
	}
	if part == nil { // another device has more
		w.serves.end(sv)
		return true, nil
	}
	err = w.leaveHistory(ctx, sv, chunk, part)
	switch {
	case hasCode(err, wire.ErrorHistoryFull) && sv.fulls < historyFullTries:
		sv.fulls++
		sv.due = time.Now().Add(historyFull)
		return true, nil
	case hasCode(err, wire.ErrorHistoryFull, wire.ErrorDeviceUnknown, wire.ErrorTooLarge), errors.Is(err, errHistoryKey):
		w.serves.end(sv)
		return true, nil
	case err != nil:
		return false, err
	}
	sv.fulls, sv.overview, sv.left = 0, false, sv.left-1
	sv.behind, _ = decodeCursor(part.End)
	sv.total, sv.remaining = part.Total, part.Remaining
	if part.Last {
		w.serves.end(sv)
	}
	w.serves.note(sv, part.Done)
	return true, w.update(ctx, func(tx *tx) error {
		tx.history = true
		return tx.tell(&content.Content{Body: part})
	})
}

// partialPatience is how much later than others a device answers that waits for
// history itself.
const partialPatience = 8 * time.Second

// historyWait is how long this device waits before it answers a request for history.
func (w *worker) historyWait(ctx context.Context) (wait time.Duration, err error) {
	wait = w.siblingWait()
	err = w.view(ctx, func(tx *tx) error {
		own, err := tx.FindHistory()
		if own != nil && !own.Done() {
			wait = partialPatience + wait/4
		}
		return err
	})
	return wait, err
}

// errHistoryKey: the device that asks has not given a key.
var errHistoryKey = errors.New("a request for history has no valid key")

// leaveHistory seals a chunk for the device that asked and leaves it at the relay.
func (w *worker) leaveHistory(ctx context.Context, sv *serve, chunk *content.HistoryChunk, part *content.HistoryPart) error {
	key, err := hpke.MLKEM768X25519().NewPublicKey(sv.request.PublicKey)
	if err != nil {
		return errHistoryKey
	}
	compressed, err := w.cfg.Deflate(ctx, content.Encode(chunk))
	if err != nil {
		return err
	}
	id, err := ident.NewID[ident.MessageID](w.cfg.Rand)
	if err != nil {
		return err
	}
	part.ChunkID = id[:]
	sealed, err := hpke.Seal(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), historyInfo(sv.id[:], part.ChunkID), compressed)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(sealed)
	part.Hash = hash[:]
	_, err = request[*wire.Done](ctx, w.s, &wire.PutHistoryChunk{DeviceID: sv.device[:], ChunkID: part.ChunkID, Data: sealed})
	return err
}

// makeHistory makes the next chunk and what is told of it; nil if this device
// has handed over all it has and waits for more itself.
func (w *worker) makeHistory(ctx context.Context, sv *serve) (chunk *content.HistoryChunk, part *content.HistoryPart, err error) {
	err = w.view(ctx, func(tx *tx) error {
		own, err := tx.FindHistory()
		if err != nil {
			return err
		}
		sv.partial = sv.partial || own != nil && !own.Done()
		if sv.partial && hasHad(sv.request.Had, tx.identity.Device) {
			return nil
		}
		if !sv.counted {
			if sv.total, err = tx.CountMessagesBehind(store.HistoryCursor{}, sv.request.SinceMS); err != nil {
				return err
			}
			if sv.remaining, err = tx.CountMessagesBehind(sv.behind, sv.request.SinceMS); err != nil {
				return err
			}
			sv.counted = true
		}
		part = &content.HistoryPart{
			RequestID: sv.id[:], Round: sv.request.Round, Behind: encodeCursor(sv.behind), Total: sv.total, Remaining: sv.remaining, Partial: sv.partial,
		}
		if sv.overview {
			chunk, err = tx.overview(sv.request.SinceMS)
			return err
		}
		chunk, err = tx.historyPage(sv, part)
		return err
	})
	return chunk, part, err
}

// historyPage is what follows a cursor; it completes what is told of it.
func (tx *tx) historyPage(sv *serve, part *content.HistoryPart) (*content.HistoryChunk, error) {
	page, err := tx.FindMessagesBehind(sv.behind, sv.request.SinceMS, chunkMessages+1)
	if err != nil {
		return nil, err
	}
	size, n := 0, 0
	for ; n < min(len(page), chunkMessages); n++ {
		more, err := tx.historySize(page[n])
		if err != nil {
			return nil, err
		}
		if size += more; size > chunkBytes {
			break
		}
	}
	part.Done = n == len(page)
	part.Last = part.Done || sv.left <= 1
	part.Remaining -= min(part.Remaining, uint64(n))
	end := store.HistoryCursor{At: 0, ID: make([]byte, wire.IDSize)} // behind everything
	if !part.Done {
		end = store.HistoryCursor{At: page[n-1].SentAt, ID: page[n-1].ID[:]}
	}
	part.End = encodeCursor(end)
	chunk := &content.HistoryChunk{}
	return chunk, tx.addToChunk(chunk, page[:n])
}

// addToChunk adds messages with the contacts of their chats.
func (tx *tx) addToChunk(chunk *content.HistoryChunk, messages []*store.Message) error {
	chats := map[ident.ChatID]*content.HistoryChat{}
	for _, m := range messages {
		chat := chats[m.Chat]
		if chat == nil {
			var err error
			if chat, err = tx.historyOf(m.Chat); err != nil {
				return err
			}
			if chat == nil {
				continue
			}
			chats[m.Chat] = chat
			chunk.Chats = append(chunk.Chats, chat)
		}
		stored := asStored(m)
		if _, err := tx.addAmendments(stored, m); err != nil {
			return err
		}
		chat.Messages = append(chat.Messages, stored)
	}
	return tx.nameWriters(chunk)
}

// overview has the latest messages of the latest chats, so that a new device's
// screen is of use at once, all groups, and how far this device has followed conversations.
func (tx *tx) overview(since int64) (*content.HistoryChunk, error) {
	chunk := &content.HistoryChunk{}
	chats, err := tx.FindChats()
	if err != nil {
		return nil, err
	}
	for _, chat := range chats[:min(len(chats), overviewChats)] {
		page, err := tx.FindMessages(store.MessagePage{Chat: chat.ID, Before: store.PendingSort, Limit: overviewMessages})
		if err != nil {
			return nil, err
		}
		if err := tx.addToChunk(chunk, latestThatFit(page, since)); err != nil {
			return nil, err
		}
	}
	if err := tx.addGroups(chunk, chats); err != nil {
		return nil, err
	}
	if err := tx.addMembers(chunk); err != nil {
		return nil, err
	}
	return chunk, tx.addReaches(chunk)
}

// latestThatFit are the last texts of a page that have overviewBytes together,
// but one at least.
func latestThatFit(page []*store.Message, since int64) (fit []*store.Message) {
	size := 0
	for i := len(page) - 1; i >= 0; i-- {
		m := page[i]
		if !store.IsWritten(m.Kind) || m.SentAt < since {
			continue
		}
		if size += storedSize(m); size > overviewBytes && len(fit) > 0 {
			break
		}
		fit = append(fit, m)
	}
	return fit
}

func (tx *tx) addReaches(chunk *content.HistoryChunk) error {
	conversations, err := tx.FindConversations()
	if err != nil {
		return err
	}
	for _, c := range conversations[:min(len(conversations), overviewReaches)] {
		if c.Kind == store.KindDirect {
			chunk.Reached = append(chunk.Reached, &content.HistoryReach{ConversationID: c.ID[:], Last: c.LastSequence})
		}
	}
	gaps, err := tx.FindGaps(1 << 62)
	if err != nil {
		return err
	}
	for _, g := range gaps[:min(len(gaps), overviewReaches)] {
		if g.First > 0 {
			chunk.Missing = append(chunk.Missing, &content.HistoryReach{ConversationID: g.Conversation[:], First: g.First, Last: g.Last})
		}
	}
	return nil
}
