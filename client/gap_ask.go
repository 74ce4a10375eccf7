package client

import (
	"context"
	"errors"
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
		return tx.askOutside(g, haveSiblings, now)
	}
	chat, known := tx.chatOf(conversation)
	single := g.First == g.Last && conversation.Kind != store.KindSelf && known
	if !haveSiblings && !single {
		return tx.DeleteGap(g.Request)
	}
	if single && conversation.Kind == store.KindGroup && g.Tries >= siblingTries {
		// What stood for it is gone: it is from before this account was out of the group.
		if waiting, err := tx.FindMessageAt(chat, g.First); err != nil || waiting == nil {
			return errors.Join(err, tx.DeleteGap(g.Request))
		}
	}
	if haveSiblings {
		if err := tx.tell(&content.Content{Body: gapRequest(g)}); err != nil {
			return err
		}
	}
	if single {
		if err := tx.askSender(chat, g, haveSiblings); err != nil {
			return err
		}
	}
	return tx.postpone(g, now)
}

func gapRequest(g store.Gap) *content.GapRequest {
	return &content.GapRequest{RequestID: g.Request[:], ConversationID: g.Conversation[:], First: g.First, Last: g.Last}
}

func (tx *tx) postpone(g store.Gap, now time.Time) error {
	wait := min(askAgain<<min(g.Tries, 16), askAgainAtLast)
	return tx.PostponeGap(g.Request, now.Add(wait).UnixMilli())
}

// askOutside asks for what this device has not read of a group that its account is not in. Only
// siblings can have it. What they do not bring soon is waited for no more, where people see it.
func (tx *tx) askOutside(g store.Gap, haveSiblings bool, now time.Time) error {
	chat, err := tx.chatIn(g.Conversation)
	if err != nil {
		return err
	}
	if chat == nil || chat.Kind != store.ChatGroup {
		return tx.DeleteGap(g.Request)
	}
	if !haveSiblings || g.Tries >= siblingTries {
		waiting, err := tx.FindMessageAt(chat.ID, g.First)
		if err != nil {
			return err
		}
		if g.First == g.Last && waiting != nil && waiting.Kind == store.KindWaiting {
			tx.messageRemoved(waiting)
			if err := tx.DeleteMessage(waiting.ID); err != nil {
				return err
			}
		}
	}
	if !haveSiblings || g.Tries >= longTries {
		return tx.DeleteGap(g.Request)
	}
	if err := tx.tell(&content.Content{Body: gapRequest(g)}); err != nil {
		return err
	}
	return tx.postpone(g, now)
}

// askSender asks who wrote a single message, and has the person told who is asked.
func (tx *tx) askSender(chat ident.ChatID, g store.Gap, haveSiblings bool) error {
	waiting, err := tx.FindMessageAt(chat, g.First)
	if err != nil {
		return err
	}
	if !haveSiblings || g.Tries > 0 {
		request := gapRequest(g)
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
