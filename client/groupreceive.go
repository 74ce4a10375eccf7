package client

import (
	"context"
	"slices"
	"time"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// takeGroupContent takes what a member of a group tells and people do not see.
func (tx *tx) takeGroupContent(conversation *store.Conversation, e *wire.Entry, from *ident.Certificate, c *content.Content) error {
	other := from.Account != tx.identity.Account
	switch body := c.Body.(type) {
	case *content.GroupDetailsTold:
		return tx.takeGroupDetails(conversation, from.Account, body.Details, e.TimeMS)
	case *content.GroupDetailsRequest:
		if other {
			return tx.answerDetails(conversation, body)
		}
	case *content.GapRequest:
		if other && body.First == body.Last {
			chat := ident.ChatOfGroup(conversation.ID)
			tx.c.answers.add(body, &chat)
		}
	case *content.GapReply:
		return tx.takeGapReply(body, from.Account)
	case *content.MediaRequest:
		return tx.takeMediaRequest(conversation, body, from)
	case *content.MediaReply:
		return tx.takeMediaReply(conversation, body, from)
	}
	return nil
}

// Times of asking for details: those who have them tell them at once, mostly.
const (
	askDetailsAfter = 5 * time.Second
	maxDetailRounds = 11 // 2^11 members and more
)

// detailsAsked is how often a group was asked for its details on this connection.
type detailsAsked struct {
	round uint32
	next  time.Time
}

// askForDetails asks the members of groups whose details are not here.
func (w *worker) askForDetails(ctx context.Context) (did bool, err error) {
	w.askDetailsIn = -1
	err = w.update(ctx, func(tx *tx) error {
		if !w.detailsLooked {
			all, err := tx.FindConversations()
			if err != nil {
				return err
			}
			for _, c := range all {
				tx.c.detailsDue[c.ID] = c.Kind == store.KindGroup
			}
			w.detailsLooked = true
		}
		for id, due := range tx.c.detailsDue {
			c, err := tx.FindConversation(id)
			if err != nil {
				return err
			}
			if !due || c == nil {
				delete(tx.c.detailsDue, id)
				continue
			}
			if !c.Joined {
				continue
			}
			asked, err := tx.askDetailsOf(w, c)
			if err != nil {
				return err
			}
			did = did || asked
		}
		return nil
	})
	w.detailsLooked = w.detailsLooked && err == nil
	return did, err
}

func (tx *tx) askDetailsOf(w *worker, c *store.Conversation) (bool, error) {
	v, err := tx.viewGroup(c.ID)
	if err != nil || v == nil {
		return false, err
	}
	lacks, err := tx.lacksDetails(v)
	if err != nil || !lacks {
		delete(w.detailsAsked, c.ID)
		delete(tx.c.detailsDue, c.ID)
		return false, err
	}
	asked := w.detailsAsked[c.ID]
	if asked == nil {
		asked = &detailsAsked{next: time.Now().Add(askDetailsAfter)}
		w.detailsAsked[c.ID] = asked
	}
	if wait := time.Until(asked.next); wait > 0 || asked.round >= maxDetailRounds {
		if asked.round < maxDetailRounds && (w.askDetailsIn < 0 || wait < w.askDetailsIn) {
			w.askDetailsIn = wait
		}
		return false, nil
	}
	chat := ident.ChatOfGroup(c.ID)
	request := &content.GroupDetailsRequest{Hash: v.state.Details, Round: asked.round}
	asked.round++
	asked.next = time.Now().Add(askDetailsAfter << min(asked.round, 6))
	return true, tx.tellIn(&chat, &content.Content{Body: request})
}

// answerDetails tells the details if it is this account's turn; its primary does.
func (tx *tx) answerDetails(conversation *store.Conversation, r *content.GroupDetailsRequest) error {
	v, err := tx.viewGroup(conversation.ID)
	if err != nil || v == nil || !tx.identity.Primary || r.Round >= maxDetailRounds {
		return err
	}
	place := slices.Index(v.present, tx.identity.Account)
	lacks, err := tx.lacksDetails(v)
	if err != nil || lacks || string(r.Hash) != string(v.state.Details) || place < 1<<r.Round-1 || place >= 1<<(r.Round+1)-1 {
		return err
	}
	return tx.tellDetails(conversation)
}
