package client

import (
	"context"

	"parley/client/store"
	"parley/wire"
)

// The relay keeps entries for a bounded time, so that a device that was away for
// long finds holes: in a conversation, before the next entry of it, or at the
// end of the feed, where no entry tells of it.

// noteHole asks for entries the relay retired before this device fetched them, or lost
// when it was put back to a backup: siblings may have them.
func (tx *tx) noteHole(conversation *store.Conversation, next uint64) error {
	last := conversation.LastSequence
	if last == 0 || next <= last+1 {
		return nil
	}
	if shut, err := tx.shutOut(conversation); err != nil || shut {
		return err
	}
	if conversation.Kind == store.KindSelf {
		if err := tx.want(conversation, 0, 0); err != nil {
			return err
		}
	}
	return tx.want(conversation, last+1, next-1)
}

// noteSkipped has this device ask its siblings for what was said if the relay has
// retired entries that it never read: nothing else tells of the last ones in a
// conversation. Before a device has acknowledged anything, what is skipped is
// what was there before it.
func (w *worker) noteSkipped(ctx context.Context, r *wire.PullResult) error {
	next := r.Next + 1
	if len(r.Entries) > 0 {
		next = r.Entries[0].Position
	}
	return w.update(ctx, func(tx *tx) error {
		if tx.progress.Acknowledged == 0 || next <= tx.progress.Feed+1 {
			return nil
		}
		tx.c.log.Warn("the relay has retired entries that this device has not read", "entries", next-tx.progress.Feed-1)
		self, err := tx.FindSelfConversation()
		if err != nil {
			return err
		}
		if self != nil {
			if err := tx.want(self, 0, 0); err != nil {
				return err
			}
		}
		return tx.refillHistory()
	})
}

// skipTo moves behind positions that the relay has no entries for any more.
func (w *worker) skipTo(ctx context.Context, next uint64) error {
	if w.position() >= next {
		return nil
	}
	return w.update(ctx, func(tx *tx) error {
		tx.progress.Feed = max(tx.progress.Feed, next)
		return nil
	})
}
