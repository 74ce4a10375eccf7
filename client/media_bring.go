package client

import (
	"context"
	"sync"
	"time"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

const (
	// bringAgain is how soon the same file is brought again to a chat that asks.
	bringAgain = 10 * time.Minute
	// broughtADay bounds what is brought in a day because others asked, bytes: it counts
	// against this account's room at the relay.
	broughtADay = 1 << 30
)

// bringKey is a file that was asked for in a conversation.
type bringKey struct {
	media        store.MediaID
	conversation ident.ConversationID
}

// bring is a file that this device may bring to the relay again.
type bring struct {
	key     bringKey
	message []byte
	// chat is where to answer; nil is the self conversation.
	chat *ident.ChatID
	due  time.Time
}

func (b *bring) dueAt() *time.Time { return &b.due }

// brings are the requests for files that this device may answer: the primary at once,
// others one after the other unless one of them brings it.
type brings struct {
	mu      sync.Mutex
	waiting map[bringKey]*bring
	// begun is when files were last brought; day and bytes count what others asked for.
	begun map[bringKey]time.Time
	day   time.Time
	bytes int64
}

func (b *brings) add(asked *bring, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == nil {
		b.waiting, b.begun = map[bringKey]*bring{}, map[bringKey]time.Time{}
	}
	if at, known := b.begun[asked.key]; asked.chat != nil && known && now.Sub(at) < bringAgain {
		return
	}
	if b.waiting[asked.key] == nil {
		b.waiting[asked.key] = asked
	}
}

// drop forgets a request: another device answers it.
func (b *brings) drop(id store.MediaID, conversation ident.ConversationID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.waiting, bringKey{id, conversation})
}

func (b *brings) next(now time.Time, wait time.Duration) (*bring, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	due, until := nextDue(b.waiting, now, wait)
	if due != nil {
		delete(b.waiting, due.key)
	}
	return due, until
}

// begin reports whether a file of a size may be brought, and counts it.
func (b *brings) begin(asked *bring, size int64, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if asked.chat != nil {
		if now.Sub(b.day) > 24*time.Hour {
			b.day, b.bytes = now, 0
		}
		if b.bytes+size > broughtADay {
			return false
		}
		b.bytes += size
	}
	b.begun[asked.key] = now
	return true
}

// takeMediaRequest takes a request for a file: of an own device for any that is here, of
// others for what this account has sent them.
func (tx *tx) takeMediaRequest(conversation *store.Conversation, r *content.MediaRequest, from *ident.Certificate) error {
	if from.Device == tx.identity.Device || len(r.MediaID) != len(store.MediaID{}) || tx.c.cfg.Files == nil {
		return nil
	}
	asked := &bring{key: bringKey{store.MediaID(r.MediaID), conversation.ID}, message: r.MessageID}
	if conversation.Kind != store.KindSelf {
		sent, err := tx.hasSent(conversation, r)
		if err != nil || !sent || from.Account == tx.identity.Account {
			return err
		}
		chat, known := tx.chatOf(conversation)
		if !known {
			return nil
		}
		asked.chat = &chat
	}
	file, err := tx.FindMedia(asked.key.media)
	if err != nil {
		return err
	}
	if !canBring(file) {
		asked.due = time.Now() // nobody need wait to hear that
	}
	tx.c.brings.add(asked, time.Now())
	return nil
}

// canBring reports whether a file lies here and was sent.
func canBring(file *store.Media) bool {
	return file != nil && file.Local && file.State != store.MediaHere
}

// hasSent reports whether this account has sent a file in a conversation, for keeps.
func (tx *tx) hasSent(conversation *store.Conversation, r *content.MediaRequest) (bool, error) {
	id, err := ident.IDFromBytes[ident.MessageID](r.MessageID)
	if err != nil {
		return false, nil //nolint:nilerr // malformed content is skipped
	}
	m, err := tx.FindMessage(id)
	if err != nil || m == nil || !m.Mine || isOnce(m) {
		return false, err
	}
	chat, known := tx.chatOf(conversation)
	c, ok := contentOf(m)
	if !ok || !known || m.Chat != chat {
		return false, nil
	}
	body, ok := c.Body.(*content.Media)
	return ok && string(body.MediaID) == string(r.MediaID) && string(body.Hash) == string(r.Hash), nil
}

// answerFiles is the job that answers requests for files.
func (w *worker) answerFiles(ctx context.Context) (bool, error) {
	asked, until := w.brings.next(time.Now(), w.siblingWait()/4)
	w.answerFilesIn = until
	if asked == nil {
		return false, nil
	}
	var file *store.Media
	err := w.update(ctx, func(tx *tx) (err error) {
		file, err = tx.FindMedia(asked.key.media)
		if err != nil {
			return err
		}
		if canBring(file) && w.brings.begin(asked, file.Size, time.Now()) {
			return tx.replyMedia(asked, content.MediaComing)
		}
		file = nil
		return tx.replyMedia(asked, content.MediaMissing)
	})
	if err != nil || file == nil {
		return true, err
	}
	w.spawn(func() {
		if w.bringFile(w.ctx, file) {
			if err := w.update(w.ctx, func(tx *tx) error { return tx.replyMedia(asked, content.MediaThere) }); err != nil {
				w.log.Error("a file was not announced", "error", err)
			}
			w.nudge()
		}
	})
	return true, nil
}

func (tx *tx) replyMedia(asked *bring, answer content.MediaAnswer) error {
	return tx.tellIn(asked.chat, &content.Content{Quiet: true, Body: &content.MediaReply{MediaID: asked.key.media[:], MessageID: asked.message, Answer: answer}})
}

// bringFile sees to it that the relay has a file that lies here, as it was sealed, and
// reports whether it has. Nobody is shown anything: it is not what the person does.
func (c *Client) bringFile(ctx context.Context, file *store.Media) bool {
	ctx, cancel := context.WithTimeout(ctx, bringing)
	defer cancel()
	up := *file
	up.State = store.MediaUploading
	p := &progress{c: c, m: &up, total: content.SealedSize(file.Size), silent: true}
	for wait := firstTransferWait; ; wait = min(2*wait, lastTransferWait) {
		before := p.moved
		err := c.transferOnce(ctx, &up, p)
		if err == nil {
			return true
		}
		if end := transferEnd(err); end != "" {
			c.log.Warn("a file was not brought to the relay again", "code", end)
			return false
		}
		if p.moved > before {
			wait = firstTransferWait
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false
		}
	}
}
