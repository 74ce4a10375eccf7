package client

import (
	"time"

	"parley/client/content"
	"parley/client/store"
	"parley/ident"
)

// overviewPatience is how long a new device waits for the overview of its history
// before it does what takes long: join its chats and make key packages.
const overviewPatience = 4 * time.Second

// awaitsOverview reports whether what takes long is to be done later: the overview
// shows the latest messages of all chats at once, if a sibling is there to send it.
func (w *worker) awaitsOverview(tx *tx) (bool, error) {
	w.overviewIn = -1
	if tx.identity.Primary || w.alone.Load() {
		return false, nil
	}
	h, err := tx.FindHistory()
	if err != nil || h != nil && (h.Done() || h.Overview) {
		return false, err
	}
	if h == nil { // it is asked for as soon as the self conversation is joined
		self, err := tx.FindSelfConversation()
		if err != nil || self != nil && self.Joined {
			return false, err
		}
	}
	if w.overviewDue.IsZero() {
		w.overviewDue = time.Now().Add(overviewPatience)
	}
	wait := time.Until(w.overviewDue)
	if wait <= 0 {
		return false, nil
	}
	w.overviewIn = wait
	return true, nil
}

// takeOverview closes up what lies between history and what this device has read
// itself, and asks for what the sibling waits for, too.
func (tx *tx) takeOverview(chunk *content.HistoryChunk) error {
	for _, r := range chunk.Reached {
		id, err := ident.IDFromBytes[ident.ConversationID](r.ConversationID)
		if err != nil {
			continue
		}
		if err := tx.SaveHistoryReach(id, r.Last); err != nil {
			return err
		}
	}
	all, err := tx.FindConversations()
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.FirstSequence == 0 {
			if c.LastSequence > 0 { // accounted for before
				if _, err := tx.TakeHistoryReach(c.ID); err != nil {
					return err
				}
			}
			continue
		}
		if err := tx.closeUp(c); err != nil {
			return err
		}
		if err := tx.SaveConversation(c); err != nil {
			return err
		}
	}
	for _, r := range chunk.Missing {
		id, err := ident.IDFromBytes[ident.ConversationID](r.ConversationID)
		if err != nil || r.First == 0 || r.First > r.Last {
			continue
		}
		if err := tx.want(&store.Conversation{ID: id}, r.First, r.Last); err != nil {
			return err
		}
	}
	return nil
}
