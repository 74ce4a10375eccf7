package client

import (
	"context"
	"errors"

	"parley/client/store"
	"parley/mls"
	"parley/wire"
)

// A backup of the storage may be put back, or a power cut may take its last
// writes. Then the device has sent messages under keys that are new to its
// storage. It notices by its own messages in the feed, and by an
// acknowledgement at the relay that the storage does not have; nothing is sent
// before the feed has been read to its end. Groups that are rewound are read
// until then, and joined again, which brings new keys; siblings are asked for
// what is missing.

// storageIsOlder leaves all groups: the relay has an acknowledgement that the
// storage does not have. Siblings are asked for what was said since.
func (tx *tx) storageIsOlder() error {
	all, err := tx.FindConversations()
	if err != nil || len(all) == 0 {
		return err
	}
	tx.c.log.Warn("the storage is older than what this device has acknowledged", "conversations", len(all))
	if err := tx.refillHistory(); err != nil {
		return err
	}
	return tx.leaveGroups()
}

// leaveGroups marks all groups. What was on its way begins anew.
func (tx *tx) leaveGroups() error {
	all, err := tx.FindConversations()
	if err != nil {
		return err
	}
	for _, c := range all {
		if isCreation(c) {
			tx.closeGroup(c.ID)
			if err := tx.DeleteConversation(c.ID); err != nil {
				return err
			}
			continue
		}
		tx.closeGroup(c.ID) // and open it marked
		c.Pending, c.CommitDue, c.Rewound = nil, false, c.Joined
		if err := tx.SaveConversation(c); err != nil {
			return err
		}
	}
	tx.c.rewound.Store(true)
	return nil
}

// checkOwn looks whether the group knows of a message of our own. One that it does
// not know is asked for, in a range: nobody answers for a single message that
// people do not see, and it would be asked for again and again.
func (tx *tx) checkOwn(conversation *store.Conversation, e *wire.Entry) error {
	if e.Sequence <= conversation.JoinSequence || !conversation.Joined {
		return nil
	}
	g, err := tx.group(conversation)
	if err != nil || g == nil {
		return err
	}
	_, err = g.Process(e.Message)
	tx.noteRewound(conversation, err)
	if errors.Is(err, mls.ErrRewound) && conversation.Kind == store.KindDirect {
		return tx.want(conversation, e.Sequence-1, e.Sequence)
	}
	return nil
}

// noteRewound marks a conversation if that is what opening a message told.
func (tx *tx) noteRewound(conversation *store.Conversation, err error) {
	if errors.Is(err, mls.ErrRewound) && !conversation.Rewound {
		tx.c.log.Warn("a group is older than what this device has sent in it")
		conversation.Rewound = true
		tx.c.rewound.Store(true)
	}
}

// leaveRewound gives up groups that are rewound, once they have opened what the
// feed holds for them; joinNext joins them again.
func (w *worker) leaveRewound(ctx context.Context) (did bool, err error) {
	if w.needPull || !w.rewound.Swap(false) {
		return false, nil
	}
	err = w.update(ctx, func(tx *tx) error {
		all, err := tx.FindConversations()
		if err != nil {
			return err
		}
		for _, c := range all {
			if !c.Rewound {
				continue
			}
			did = true
			if err := tx.lost(c); err != nil {
				return err
			}
			if err := tx.SaveConversation(c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.rewound.Store(true)
	}
	return did, err
}
