package client

import (
	"context"
	"errors"

	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// listConversations learns, once on each connection, which conversations the
// account has, so that a newly linked device can join them.
func (w *worker) listConversations(ctx context.Context) (bool, error) {
	if w.listed && !w.relist.Swap(false) {
		return false, nil
	}
	r, err := request[*wire.ListConversationsResult](ctx, w.s, &wire.ListConversations{})
	if err != nil {
		return false, err
	}
	err = w.update(ctx, func(tx *tx) error {
		for _, listed := range r.Conversations {
			if err := tx.learnConversation(listed); err != nil {
				return err
			}
		}
		return tx.leaveUnlisted(r.Conversations)
	})
	w.listed = err == nil
	return true, err
}

func (tx *tx) learnConversation(listed *wire.Conversation) error {
	id, err := ident.IDFromBytes[ident.ConversationID](listed.ConversationID)
	if err != nil {
		return nil //nolint:nilerr // a malformed row is skipped
	}
	conversation, err := tx.FindConversation(id)
	if err != nil {
		return err
	}
	if conversation == nil {
		conversation = &store.Conversation{ID: id, Kind: uint32(listed.Kind)}
	} else if behind, err := tx.noteBehind(conversation, listed); err != nil {
		return err
	} else if conversation.Kind != store.KindDirect || !conversation.Peer.IsZero() {
		if behind {
			return tx.SaveConversation(conversation)
		}
		return nil
	}
	for _, raw := range listed.Accounts {
		if conversation.Kind != store.KindDirect {
			break
		}
		account, err := ident.IDFromBytes[ident.AccountID](raw)
		if err == nil && account != tx.identity.Account {
			conversation.Peer = account
		}
	}
	if conversation.Kind == store.KindDirect && conversation.Peer.IsZero() {
		return nil
	}
	if err := tx.SaveConversation(conversation); err != nil {
		return err
	}
	if err := tx.attachChat(conversation); err != nil {
		return err
	}
	if chat, ok := tx.chatOf(conversation); ok && conversation.Kind != store.KindSelf {
		return tx.touchChat(chat, listed.LastActiveMS)
	}
	return nil
}

// touchChat moves a chat up the list.
func (tx *tx) touchChat(id ident.ChatID, at int64) error {
	chat, err := tx.FindChat(id)
	if err != nil || chat == nil {
		return err
	}
	tx.chatChanged(id)
	if at > chat.Updated {
		chat.Updated = at
	}
	return tx.SaveChat(chat)
}

// joinNext joins one conversation by external commit: self first, then the
// most recent (DESIGN section 5). The commit is sent by sendPending. One that
// cannot be joined now is tried again later and does not hold up the others.
func (w *worker) joinNext(ctx context.Context) (bool, error) {
	conversation, err := w.unjoined(ctx)
	if err != nil || conversation == nil {
		return false, err
	}
	w.letJoin = false
	info, err := request[*wire.FetchGroupInfoResult](ctx, w.s, &wire.FetchGroupInfo{ConversationID: conversation.ID[:]})
	switch {
	case hasCode(err, wire.ErrorConversationUnknown):
		return true, w.forgetUnknown(ctx, conversation.ID)
	case err == nil:
		err = w.beginJoin(ctx, conversation.ID, info)
	}
	if errors.Is(err, errUnjoinable) {
		if err := w.noteUnjoinable(ctx, conversation.ID, info.GroupID); err != nil {
			return true, err
		}
	}
	if err != nil {
		return true, w.handleFailure(joinKey(conversation), err)
	}
	return true, nil
}

// joinKey names the joining of a conversation among the delays.
func joinKey(c *store.Conversation) string { return "join " + c.ID.String() }

// unjoined is the next conversation to join.
func (w *worker) unjoined(ctx context.Context) (next *store.Conversation, err error) {
	err = w.view(ctx, func(tx *tx) error {
		hold, err := w.awaitsOverview(tx)
		if err != nil {
			return err
		}
		all, err := tx.FindConversations()
		if err != nil {
			return err
		}
		chats, err := tx.FindChats()
		if err != nil {
			return err
		}
		updated := make(map[ident.ConversationID]int64, len(chats))
		for _, chat := range chats {
			updated[chat.Conversation] = chat.Updated
		}
		var newest int64 = -1
		for _, c := range all {
			if c.Joined || c.Pending != nil || c.Replace != nil || hold && c.Kind != store.KindSelf || w.delayed(joinKey(c)) || w.delayed(commitKey(c)) {
				continue
			}
			if c.Kind == store.KindSelf {
				next = c
				return nil
			}
			if refused, err := tx.refusesGroup(c); err != nil || refused {
				if err != nil {
					return err
				}
				continue
			}
			if at, known := updated[c.ID]; known && at > newest {
				next, newest = c, at
			}
		}
		return nil
	})
	return next, err
}

// beginJoin makes the external commit and keeps the group as it will be. In a
// large group the commit takes long, so it is made between two transactions, and
// in a browser in pieces: calls are answered meanwhile.
func (w *worker) beginJoin(ctx context.Context, id ident.ConversationID, info *wire.FetchGroupInfoResult) error {
	var cfg mls.Config
	var opt mls.ExternalJoinOptions
	var conversation *store.Conversation
	err := w.view(ctx, func(tx *tx) (err error) {
		if conversation, err = tx.findUnjoined(id); conversation != nil {
			cfg, opt = tx.mlsConfig(conversation), mls.ExternalJoinOptions{Leaf: tx.leafOptions()}
			opt.AuthenticatedData, err = tx.joinToken(conversation)
		}
		return err
	})
	if err != nil || conversation == nil {
		return err
	}
	cfg.Progress = w.cfg.pauses(ctx)
	join, err := mls.JoinExternal(cfg, info.GroupInfo, opt)
	if err == nil {
		err = fitsConversation(conversation, join.Group())
	}
	if err != nil {
		return asUnjoinable(ctx, err)
	}
	return w.update(ctx, func(tx *tx) error { return tx.keepJoin(id, info.Epoch, join) })
}

// findUnjoined is a conversation that is not joined and has no commit under way,
// else nil.
func (tx *tx) findUnjoined(id ident.ConversationID) (*store.Conversation, error) {
	conversation, err := tx.FindConversation(id)
	if err != nil || conversation == nil || conversation.Joined || conversation.Pending != nil {
		return nil, err
	}
	return conversation, nil
}

// pauses pauses at each step of an MLS operation, and ends it with ctx.
func (c *Config) pauses(ctx context.Context) func(done, total int) error {
	if c.Pause == nil {
		return nil
	}
	return func(int, int) error {
		c.Pause()
		return ctx.Err()
	}
}

// keepJoin keeps the group as it will be, unless the conversation was joined meanwhile.
func (tx *tx) keepJoin(id ident.ConversationID, epoch uint64, join *mls.ExternalJoin) error {
	conversation, err := tx.findUnjoined(id)
	if err != nil || conversation == nil {
		return err
	}
	g := join.Group()
	message, err := ident.NewID[ident.MessageID](tx.c.cfg.Rand)
	if err != nil {
		return err
	}
	conversation.Pending = &store.PendingCommit{
		MessageID: message, State: join.MarshalState(),
		Request: encodePending(&wire.Send{
			ConversationID: id[:], MessageID: message[:], Kind: wire.EntryCommit, Epoch: epoch,
			Message: join.Commit, GroupInfo: join.GroupInfo, External: true,
			Added: []*wire.Member{tx.memberAt(g.OwnLeaf())},
		}),
	}
	return tx.SaveConversation(conversation)
}

// memberAt is this device at a leaf, for the relay.
func (tx *tx) memberAt(leaf mls.LeafIndex) *wire.Member {
	return &wire.Member{AccountID: tx.identity.Account[:], DeviceID: tx.identity.Device[:], LeafIndex: uint32(leaf)}
}
