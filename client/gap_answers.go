package client

import (
	"context"
	"slices"
	"sync"
	"time"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// answers are the requests of siblings that this device may answer: the
// primary at once, others one after the other unless an answer came.
type answers struct {
	mu      sync.Mutex
	waiting map[ident.MessageID]*answer
	// told are the devices that answered a request of this device for the app state
	// while they waited for it themselves.
	told map[ident.MessageID][]ident.DeviceID
}

type answer struct {
	id      ident.MessageID
	request *content.GapRequest
	// contact is the chat in which somebody else asked; nil for a device of our own.
	contact *ident.ChatID
	due     time.Time
}

func (a *answer) dueAt() *time.Time { return &a.due }

func (a *answers) add(r *content.GapRequest, contact *ident.ChatID) {
	id, err := ident.IDFromBytes[ident.MessageID](r.RequestID)
	if err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting == nil {
		a.waiting = map[ident.MessageID]*answer{}
	}
	asked := &answer{id: id, request: r, contact: contact}
	if before := a.waiting[id]; before != nil {
		asked.due = before.due
	}
	a.waiting[id] = asked
}

func (a *answers) drop(id ident.MessageID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.waiting, id)
}

// noteTold adds a device to those that told what they have, and returns them.
func (a *answers) noteTold(request ident.MessageID, from ident.DeviceID) []ident.DeviceID {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.told == nil {
		a.told = map[ident.MessageID][]ident.DeviceID{}
	}
	if !slices.Contains(a.told[request], from) {
		a.told[request] = append(a.told[request], from)
	}
	return slices.Clone(a.told[request])
}

func (a *answers) forgetTold(request ident.MessageID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.told, request)
}

// next takes a request that is due out; see nextDue.
func (a *answers) next(now time.Time, wait time.Duration) (*answer, time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	due, until := nextDue(a.waiting, now, wait)
	if due != nil {
		delete(a.waiting, due.id)
	}
	return due, until
}

// nextDue returns a request that is due, after deciding when new ones are; without
// one, how long until the next is due, negative if there is none.
func nextDue[K comparable, T interface{ dueAt() *time.Time }](waiting map[K]T, now time.Time, wait time.Duration) (next T, until time.Duration) {
	until = -1
	for _, w := range waiting {
		due := w.dueAt()
		if due.IsZero() {
			*due = now.Add(wait)
		}
		left := due.Sub(now)
		if left <= 0 {
			return w, 0
		}
		if until < 0 || left < until {
			until = left
		}
	}
	return next, until
}

// answerGaps answers a sibling from what this device holds.
func (w *worker) answerGaps(ctx context.Context) (bool, error) {
	due, wait := w.answers.next(time.Now(), w.siblingWait())
	w.answerIn = wait
	if due == nil {
		return false, nil
	}
	return true, w.update(ctx, func(tx *tx) error { return tx.answerGap(due) })
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

// answerGap answers from what this device holds; a contact gets only what we
// wrote in the chat with it.
func (tx *tx) answerGap(a *answer) error {
	r := a.request
	id, err := ident.IDFromBytes[ident.ConversationID](r.ConversationID)
	if err != nil {
		return nil //nolint:nilerr // malformed content is skipped
	}
	self, err := tx.FindSelfConversation()
	if err != nil {
		return err
	}
	own := a.contact == nil && self != nil && self.ID == id
	if own && r.First == 0 {
		return tx.answerAppState(r)
	}
	chat, err := tx.chatIn(id)
	if own && chat == nil && err == nil {
		return tx.sendReply(a, nil, nil, true) // no notes were ever written
	}
	if err != nil || chat == nil || (a.contact != nil && *a.contact != chat.ID) {
		return err
	}
	messages, err := tx.FindMessagesInRange(chat.ID, r.First, r.Last, gapMessages)
	if err != nil {
		return err
	}
	if a.contact != nil {
		messages = slices.DeleteFunc(messages, func(m *store.Message) bool { return !m.Mine || r.First != r.Last })
	}
	amendments, err := tx.amendmentsFor(a, chat, messages)
	if err != nil {
		return err
	}
	incomplete, err := tx.lacks(id)
	if err != nil {
		return err
	}
	if a.contact != nil && chat.Kind == store.ChatGroup && len(messages) == 0 && string(r.SenderAccount) != string(tx.identity.Account[:]) {
		return nil // everybody would answer
	}
	nothing := false
	none := len(messages)+len(amendments) == 0
	if none && r.First == r.Last {
		if nothing, err = tx.saysNothing(id, chat.ID, r.First); err != nil {
			return err
		}
	}
	if none && !nothing && (incomplete || r.First == r.Last) {
		return nil // somebody else may have it
	}
	return tx.sendReply(a, messages, amendments, !incomplete || nothing)
}

// lacks reports whether this device waits for messages of the conversation
// itself, so that its answer may not be all there is.
func (tx *tx) lacks(id ident.ConversationID) (bool, error) {
	if tx.identity.Primary {
		// Who else could have more; only one that the account has just moved to.
		h, err := tx.FindHistory()
		return h != nil && !h.Done(), err
	}
	return tx.hasGap(func(g store.Gap) bool { return g.Conversation == id })
}

// hasGap reports whether this device waits for something that fits.
func (tx *tx) hasGap(fits func(store.Gap) bool) (bool, error) {
	gaps, err := tx.FindGaps(1 << 62)
	return slices.ContainsFunc(gaps, fits), err
}

// amendmentsFor are the amendments that a request asks for; of messages before the first
// of a full answer it is asked again.
func (tx *tx) amendmentsFor(a *answer, chat *store.Chat, messages []*store.Message) ([]*store.Amendment, error) {
	first := a.request.First
	if len(messages) == gapMessages {
		first = messages[len(messages)-1].Sequence
	}
	found, err := tx.FindAmendmentsInRange(chat.ID, first, a.request.Last)
	if err != nil || a.contact == nil {
		return found, err
	}
	own := tx.identity.Account
	return slices.DeleteFunc(found, func(f *store.Amendment) bool { return f.Sender != own || a.request.First != a.request.Last }), nil
}

// sendReply sends messages and amendments in parts that fit; whole says that there are
// no more.
func (tx *tx) sendReply(a *answer, messages []*store.Message, amendments []*store.Amendment, whole bool) error {
	reply, size := &content.GapReply{}, 0
	flush := func() error {
		reply.RequestID, reply.ConversationID = a.request.RequestID, a.request.ConversationID
		err := tx.tellIn(a.contact, &content.Content{Body: reply})
		reply, size = &content.GapReply{}, 0
		return err
	}
	makeRoom := func(n int) error {
		full := size > 0 && size+n > replyBytes
		if full {
			if err := flush(); err != nil {
				return err
			}
		}
		size += n
		return nil
	}
	for _, m := range messages {
		if err := makeRoom(storedSize(m) + 96); err != nil {
			return err
		}
		reply.Messages = append(reply.Messages, asStored(m))
	}
	for _, m := range amendments {
		if err := makeRoom(len(m.Content) + 96); err != nil {
			return err
		}
		reply.Amendments = append(reply.Amendments, asStoredAmendment(m))
	}
	if reply.Done = whole; len(messages) == gapMessages {
		reply.From = messages[len(messages)-1].Sequence
	}
	return flush()
}
