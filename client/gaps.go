package client

import (
	"context"
	"sync"
	"time"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// Bounds of gap repair (X9).
const (
	// historyMessages is how many messages of a chat a sibling hands over.
	historyMessages = 500
	// replyBytes keeps one part of an answer below the limit for a message.
	replyBytes = 40 << 10
	// askAgain is when an unanswered request is repeated.
	askAgain = 60 * time.Second
	// siblingStep is how long each further sibling waits for the one before it:
	// the primary answers at once.
	siblingStep = 4 * time.Second
)

// missing puts a placeholder where a message stands that this device cannot
// read, and asks its siblings for it.
func (tx *tx) missing(conversation *store.Conversation, e *wire.Entry, id ident.MessageID) error {
	sender, err := ident.IDFromBytes[ident.AccountID](e.SenderAccount)
	if err != nil || conversation.Kind != store.KindDirect || conversation.Peer.IsZero() {
		return nil //nolint:nilerr // nothing that people would see
	}
	if _, err := tx.chatWith(conversation.Peer); err != nil {
		return err
	}
	changed, err := tx.CreateMessage(&store.Message{
		ID: id, Chat: conversation.Peer, Sequence: e.Sequence, Sender: sender,
		Mine: sender == tx.identity.Account, Kind: store.KindWaiting, SentAt: e.TimeMS,
	})
	if err != nil || !changed {
		return err
	}
	tx.messageChanged(id)
	if err := tx.touchChat(conversation.Peer, e.TimeMS); err != nil {
		return err
	}
	return tx.want(conversation, e.Sequence, e.Sequence)
}

// wantHistory asks for what was said before this device joined.
func (tx *tx) wantHistory(conversation *store.Conversation, joined uint64) error {
	if conversation.Kind != store.KindDirect || joined <= 1 {
		return nil
	}
	return tx.want(conversation, 1, joined-1)
}

func (tx *tx) want(conversation *store.Conversation, first, last uint64) error {
	id, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	return tx.CreateGap(store.Gap{Request: id, Conversation: conversation.ID, First: first, Last: last})
}

// askForGaps puts requests for open gaps into the outbox.
func (w *worker) askForGaps(ctx context.Context) (did bool, err error) {
	now := w.relayNow()
	err = w.update(ctx, func(tx *tx) error {
		self, err := tx.FindSelfConversation()
		if err != nil || self == nil || !self.Joined {
			return err
		}
		gaps, err := tx.FindGaps(now.Add(-askAgain).UnixMilli())
		if err != nil {
			return err
		}
		for _, g := range gaps {
			did = true
			if err := tx.TouchGap(g.Request, now.UnixMilli()); err != nil {
				return err
			}
			err := tx.tell(&content.Content{Body: &content.GapRequest{
				RequestID: g.Request[:], ConversationID: g.Conversation[:], First: g.First, Last: g.Last,
			}})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return did, err
}

// takeGapReply fills in what a sibling sent, if this device asked for it or
// waits for it.
func (tx *tx) takeGapReply(r *content.GapReply) error {
	request, err := ident.IDFromBytes[ident.MessageID](r.RequestID)
	if err != nil {
		return nil //nolint:nilerr // malformed content is skipped
	}
	tx.c.answers.drop(request)
	open, err := tx.HasGap(request)
	if err != nil || !open {
		return err
	}
	id, err := ident.IDFromBytes[ident.ConversationID](r.ConversationID)
	if err != nil {
		return nil //nolint:nilerr // malformed content is skipped
	}
	chat, err := tx.FindChatByConversation(id)
	if err != nil || chat == nil {
		return err
	}
	for _, m := range r.Messages {
		if err := tx.fillGap(chat.Account, m); err != nil {
			return err
		}
	}
	tx.chatChanged(chat.Account)
	if !r.Done {
		return nil
	}
	return tx.DeleteGap(request)
}

func (tx *tx) fillGap(chat ident.AccountID, m *content.StoredMessage) error {
	id, err := ident.IDFromBytes[ident.MessageID](m.MessageID)
	if err != nil {
		return nil //nolint:nilerr // malformed content is skipped
	}
	sender, err := ident.IDFromBytes[ident.AccountID](m.SenderAccount)
	if err != nil || m.Sequence == 0 {
		return nil //nolint:nilerr // malformed content is skipped
	}
	changed, err := tx.CreateMessage(&store.Message{
		ID: id, Chat: chat, Sequence: m.Sequence, Sender: sender, Mine: sender == tx.identity.Account,
		Kind: store.KindText, Text: m.Text, SentAt: m.TimeMS,
	})
	if changed {
		tx.messageChanged(id)
	}
	return err
}

// answers are the requests of siblings that this device may answer: the
// primary at once, others one after the other unless an answer came.
type answers struct {
	mu      sync.Mutex
	waiting map[ident.MessageID]answer
}

type answer struct {
	request *content.GapRequest
	due     time.Time
}

func (a *answers) add(r *content.GapRequest, _ ident.DeviceID) {
	id, err := ident.IDFromBytes[ident.MessageID](r.RequestID)
	if err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting == nil {
		a.waiting = map[ident.MessageID]answer{}
	}
	a.waiting[id] = answer{r, time.Time{}}
}

func (a *answers) drop(id ident.MessageID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.waiting, id)
}

// next returns a request that is due, after deciding when new ones are; without
// one, how long until the next is due, negative if there is none.
func (a *answers) next(now time.Time, wait time.Duration) (*content.GapRequest, time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	soonest := time.Duration(-1)
	for id, w := range a.waiting {
		if w.due.IsZero() {
			w.due = now.Add(wait)
			a.waiting[id] = w
		}
		if !now.Before(w.due) {
			delete(a.waiting, id)
			return w.request, 0
		}
		if until := w.due.Sub(now); soonest < 0 || until < soonest {
			soonest = until
		}
	}
	return nil, soonest
}

// answerGaps answers a sibling from what this device holds.
func (w *worker) answerGaps(ctx context.Context) (bool, error) {
	request, wait := w.answers.next(time.Now(), w.siblingWait())
	w.answerIn = wait
	if request == nil {
		return false, nil
	}
	return true, w.update(ctx, func(tx *tx) error { return tx.answerGap(request) })
}

// siblingWait is 0 on the primary and differs between linked devices.
func (c *Client) siblingWait() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.identity.Primary {
		return 0
	}
	return siblingStep * time.Duration(1+c.identity.Device[0]%4)
}

func (tx *tx) answerGap(r *content.GapRequest) error {
	id, err := ident.IDFromBytes[ident.ConversationID](r.ConversationID)
	if err != nil {
		return nil //nolint:nilerr // malformed content is skipped
	}
	chat, err := tx.FindChatByConversation(id)
	if err != nil || chat == nil {
		return err
	}
	messages, err := tx.FindMessagesInRange(chat.Account, r.First, r.Last, historyMessages)
	if err != nil {
		return err
	}
	if len(messages) == 0 && r.First == r.Last {
		return nil // somebody else may have it
	}
	return tx.sendReply(r, messages)
}

// sendReply sends messages in parts that fit.
func (tx *tx) sendReply(r *content.GapRequest, messages []*store.Message) error {
	reply := &content.GapReply{RequestID: r.RequestID, ConversationID: r.ConversationID}
	size := 0
	for _, m := range messages {
		if size+len(m.Text) > replyBytes && len(reply.Messages) > 0 {
			if err := tx.tell(&content.Content{Body: reply}); err != nil {
				return err
			}
			reply = &content.GapReply{RequestID: r.RequestID, ConversationID: r.ConversationID}
			size = 0
		}
		reply.Messages = append(reply.Messages, &content.StoredMessage{
			MessageID: m.ID[:], Sequence: m.Sequence, SenderAccount: m.Sender[:], Text: m.Text, TimeMS: m.SentAt,
		})
		size += len(m.Text) + 96
	}
	reply.Done = true
	return tx.tell(&content.Content{Body: reply})
}
