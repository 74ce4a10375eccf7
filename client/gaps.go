package client

import (
	"time"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// Bounds of gap repair (X9).
const (
	// gapMessages is how many messages one answer holds; the rest is asked for again.
	gapMessages = 500
	// replyBytes keeps one part of an answer below the limit for a message.
	replyBytes = 40 << 10
	// askAgain is when an unanswered request is repeated, doubling up to
	// askAgainAtLast.
	askAgain       = 15 * time.Second
	askAgainAtLast = 24 * time.Hour
	// siblingTries is how often siblings are asked about an entry of our own before
	// a contact is believed that it says nothing.
	siblingTries = 4
	// longTries is how often an entry of our own was asked for when people are told
	// that it may not come: the last time a day and a half after the first.
	longTries = 14
	// siblingStep is how long each further sibling waits for the one before it:
	// the primary answers at once.
	siblingStep = 4 * time.Second
)

// missing puts a placeholder where a message stands that this device cannot
// read, and asks its siblings for it.
func (tx *tx) missing(conversation *store.Conversation, e *wire.Entry, id ident.MessageID) error {
	if conversation.Kind == store.KindSelf && conversation.Joined && e.Sequence > conversation.JoinSequence {
		return tx.want(conversation, e.Sequence, e.Sequence) // a note, perhaps
	}
	sender, err := ident.IDFromBytes[ident.AccountID](e.SenderAccount)
	if err != nil || conversation.Kind == store.KindSelf {
		return nil //nolint:nilerr // nothing that people would see
	}
	chat, known := tx.chatOf(conversation)
	if !known { // no chat to show it in yet
		return tx.want(conversation, e.Sequence, e.Sequence)
	}
	if e.Sequence <= conversation.Ahead {
		return tx.missingAgain(conversation, e, id, sender)
	}
	if conversation.Kind == store.KindDirect {
		if _, err := tx.chatWith(conversation.Peer); err != nil {
			return err
		}
	}
	changed, err := tx.CreateMessage(&store.Message{
		ID: id, Chat: chat, Sequence: e.Sequence, Sender: sender,
		Mine: sender == tx.identity.Account, Kind: store.KindWaiting, SentAt: e.TimeMS,
	})
	if err != nil {
		return err
	}
	if !changed { // it is here; perhaps it was sent again
		return tx.moveSentAgain(e, id, sender)
	}
	tx.messageChanged(id)
	if err := tx.touchChat(chat, e.TimeMS); err != nil {
		return err
	}
	return tx.want(conversation, e.Sequence, e.Sequence)
}

// missingAgain deals with an entry that this device has probably read, before the
// relay went back, and cannot read again. There is no placeholder for it: nobody
// could tell whether it was a message of people.
func (tx *tx) missingAgain(conversation *store.Conversation, e *wire.Entry, id ident.MessageID, sender ident.AccountID) error {
	known, err := tx.FindMessage(id)
	if err != nil {
		return err
	}
	if known == nil {
		return tx.want(conversation, e.Sequence-1, e.Sequence)
	}
	return tx.moveSentAgain(e, id, sender)
}

// moveSentAgain gives a message that is known the place of an entry that has it.
func (tx *tx) moveSentAgain(e *wire.Entry, id ident.MessageID, sender ident.AccountID) error {
	moved, err := tx.MoveMessage(id, sender, e.Sequence, e.TimeMS)
	if moved {
		tx.messageChanged(id)
	}
	return err
}

func (tx *tx) want(conversation *store.Conversation, first, last uint64) error {
	id, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	return tx.CreateGap(store.Gap{Request: id, Conversation: conversation.ID, First: first, Last: last})
}

// takeGapReply fills in what another device sent, if this one asked for it. A
// contact may only bring what it wrote itself.
func (tx *tx) takeGapReply(r *content.GapReply, from ident.AccountID) error {
	request, err := ident.IDFromBytes[ident.MessageID](r.RequestID)
	if err != nil {
		return nil //nolint:nilerr // malformed content is skipped
	}
	tx.c.answers.drop(request)
	gap, err := tx.FindGap(request)
	if err != nil || gap == nil || string(gap.Conversation[:]) != string(r.ConversationID) {
		return err
	}
	chat, err := tx.chatToFill(gap, len(r.Messages)+len(r.Amendments))
	if err != nil {
		return err
	}
	if chat == nil {
		if r.Done {
			err = tx.DeleteGap(request)
		}
		return err
	}
	for _, m := range r.Messages {
		if m.Sequence < gap.First || m.Sequence > gap.Last {
			continue // not what was asked for
		}
		if from != tx.identity.Account {
			if fits, err := tx.fitsPlaceholder(m.MessageID, m.Sequence, m.SenderAccount, from); err != nil || !fits {
				return err
			}
			if may, err := tx.mayBringAgain(chat, m, from); err != nil || !may {
				return err
			}
		}
		if err := tx.fillGap(chat, m); err != nil {
			return err
		}
	}
	if err := tx.fillAmendments(chat, gap, r.Amendments, from); err != nil {
		return err
	}
	tx.chatChanged(chat.ID)
	switch {
	case !r.Done:
		return nil
	case r.From > gap.First:
		tx.c.nudge()
		return tx.NarrowGap(request, r.From-1)
	case len(r.Messages)+len(r.Amendments) == 0 && gap.First == gap.Last:
		if believed, err := tx.dropPlaceholder(chat.ID, gap, from); err != nil || !believed {
			return err
		}
	}
	return tx.DeleteGap(request)
}

// chatIn is the chat of a conversation, also of a group that this account is in no more; nil if there is none.
func (tx *tx) chatIn(id ident.ConversationID) (*store.Chat, error) {
	chat, err := tx.FindChatByConversation(id)
	if err != nil || chat != nil {
		return chat, err
	}
	return tx.FindChat(ident.ChatOfGroup(id))
}

// chatToFill is the chat that a gap is in; nil if there is none and nothing to be
// put into it.
func (tx *tx) chatToFill(gap *store.Gap, messages int) (*store.Chat, error) {
	chat, err := tx.chatIn(gap.Conversation)
	if err != nil || chat != nil || messages == 0 {
		return chat, err
	}
	self, err := tx.FindSelfConversation()
	if err != nil || self == nil || self.ID != gap.Conversation {
		return nil, err
	}
	return tx.notes()
}

// dropPlaceholder takes away what stands for an entry that says nothing to
// people, as who has read it tells. A contact may tell of its own entries, and of
// ours when siblings were asked in vain: the device that wrote it may be gone.
func (tx *tx) dropPlaceholder(chat ident.ChatID, gap *store.Gap, from ident.AccountID) (believed bool, err error) {
	found, err := tx.FindMessageAt(chat, gap.First)
	if err != nil || found == nil || found.Kind != store.KindWaiting {
		return true, err
	}
	if from != tx.identity.Account && from != found.Sender && gap.Tries < siblingTries {
		return false, nil
	}
	tx.messageRemoved(found)
	return true, tx.DeleteMessage(found.ID)
}

// saysNothing reports whether this device has read an entry, and it was no
// message of people.
func (tx *tx) saysNothing(id ident.ConversationID, chat ident.ChatID, sequence uint64) (bool, error) {
	conversation, err := tx.FindConversation(id)
	if err != nil || conversation == nil || sequence <= conversation.JoinSequence || sequence > conversation.LastSequence {
		return false, err
	}
	found, err := tx.FindMessageAt(chat, sequence)
	return found == nil, err
}

// fitsPlaceholder reports whether a contact brings what it wrote itself, for a
// message that stands there unread.
func (tx *tx) fitsPlaceholder(messageID []byte, sequence uint64, sender []byte, from ident.AccountID) (bool, error) {
	id, err := ident.IDFromBytes[ident.MessageID](messageID)
	if err != nil {
		return false, nil //nolint:nilerr // malformed content is skipped
	}
	waiting, err := tx.FindMessage(id)
	if err != nil || waiting == nil {
		return false, err
	}
	return waiting.Kind == store.KindWaiting && waiting.Sender == from && waiting.Sequence == sequence &&
		string(sender) == string(from[:]), nil
}

func (tx *tx) fillGap(chat *store.Chat, m *content.StoredMessage) error {
	stored, ok := tx.storedMessage(chat, m)
	if !ok {
		return nil // malformed content is skipped
	}
	changed, err := tx.createOrMove(stored)
	if err != nil || !changed {
		return err
	}
	tx.messageChanged(stored.ID)
	if stored.Mine {
		return tx.readUpTo(chat.Conversation, m.Sequence, true)
	}
	return nil
}
