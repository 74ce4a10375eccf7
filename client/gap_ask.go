package client

import (
	"context"
	"time"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// askForGaps puts requests for open gaps into the outbox.
func (w *worker) askForGaps(ctx context.Context) (did bool, err error) {
	now := w.relayNow()
	err = w.update(ctx, func(tx *tx) error {
		siblings, err := tx.siblings()
		if err != nil || siblings < 0 {
			return err
		}
		gaps, err := tx.FindGaps(now.UnixMilli())
		if err != nil {
			return err
		}
		for _, g := range gaps {
			did = true
			if err := tx.ask(g, siblings > 0, now); err != nil {
				return err
			}
		}
		return nil
	})
	return did, err
}

// siblings counts our other devices in the self conversation; -1 while this
// device is not in it.
func (tx *tx) siblings() (int, error) {
	self, err := tx.FindSelfConversation()
	if err != nil || self == nil || !self.Joined {
		return -1, err
	}
	g, err := tx.group(self)
	if err != nil || g == nil {
		return -1, err
	}
	return len(g.Members()) - 1, nil
}

// ask asks our siblings first. A single message is asked of its sender, too,
// once they did not have it; what came before this device is not: whoever took
// over a number must not get its history from others.
func (tx *tx) ask(g store.Gap, haveSiblings bool, now time.Time) error {
	conversation, err := tx.FindConversation(g.Conversation)
	if err != nil {
		return err
	}
	if conversation == nil {
		return tx.DeleteGap(g.Request)
	}
	chat, known := tx.chatOf(conversation)
	single := g.First == g.Last && conversation.Kind != store.KindSelf && known
	if !haveSiblings && !single {
		return tx.DeleteGap(g.Request)
	}
	request := &content.GapRequest{RequestID: g.Request[:], ConversationID: g.Conversation[:], First: g.First, Last: g.Last}
	if haveSiblings {
		if err := tx.tell(&content.Content{Body: request}); err != nil {
			return err
		}
	}
	if single {
		if err := tx.askSender(chat, g, request, haveSiblings); err != nil {
			return err
		}
	}
	wait := min(askAgain<<min(g.Tries, 16), askAgainAtLast)
	return tx.PostponeGap(g.Request, now.Add(wait).UnixMilli())
}

// askSender asks who wrote a single message, and has the person told who is asked.
func (tx *tx) askSender(chat ident.ChatID, g store.Gap, request *content.GapRequest, haveSiblings bool) error {
	waiting, err := tx.FindMessageAt(chat, g.First)
	if err != nil {
		return err
	}
	if !haveSiblings || g.Tries > 0 {
		if waiting != nil && chat == ident.ChatOfGroup(g.Conversation) {
			request.SenderAccount = waiting.Sender[:]
		}
		if err := tx.tellIn(&chat, &content.Content{Body: request}); err != nil {
			return err
		}
	}
	if waiting != nil && (g.Tries == 1 || g.Tries+1 == longTries) {
		tx.messageChanged(waiting.ID)
	}
	return nil
}
