package client

import (
	"context"
	"crypto/sha256"
	"slices"

	"parley/client/api"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
	"parley/wire/grouprules"
	"parley/wire/linkuri"
)

// joinGroup implements api.JoinGroup.
func (c *Client) joinGroup(ctx context.Context, p api.GroupLink) (api.Chat, error) {
	link, err := linkuri.ParseGroup(p.Link)
	if err != nil {
		return api.Chat{}, api.ErrGroupLink
	}
	s, err := c.connected(ctx)
	if err != nil {
		return api.Chat{}, err
	}
	return c.joinBy(ctx, s, link.Conversation, link.Secret)
}

// joinBy joins by the secret of an invite link, and returns when this device is in or must wait.
func (c *Client) joinBy(ctx context.Context, s *session, id ident.ConversationID, secret []byte) (api.Chat, error) {
	arrived := c.watchGroup(id)
	defer arrived.cancel()
	waiting, err := c.enter(ctx, s, id, linkToken(secret))
	if err != nil {
		return api.Chat{}, err
	}
	if waiting {
		return c.getChat(ctx, api.ChatID{ChatID: ident.ChatOfGroup(id).String()})
	}
	c.nudge()
	return arrived.wait(ctx)
}

// enter has the relay let this account into a group, or ask its admins.
func (c *Client) enter(ctx context.Context, s *session, id ident.ConversationID, token []byte) (waiting bool, err error) {
	r, err := request[*wire.RequestJoinResult](ctx, s, &wire.RequestJoin{ConversationID: id[:], Token: token})
	if err != nil {
		return false, err
	}
	return r.Waiting, c.update(ctx, func(tx *tx) error { return tx.expectGroup(id, token, r.Waiting) })
}

// expectGroup has a group joined that this account was let into by its link; with waiting,
// an admin is to add it.
func (tx *tx) expectGroup(id ident.ConversationID, token []byte, waiting bool) error {
	conversation, err := tx.FindConversation(id)
	if err != nil || conversation != nil && waiting {
		return err // it has been added meanwhile
	}
	known, err := tx.FindGroupChat(id)
	if err != nil {
		return err
	}
	if known == nil {
		unknown := &wire.GroupState{Version: 1, Admins: [][]byte{tx.identity.Account[:]}, Details: make([]byte, sha256.Size)}
		known = &store.GroupChat{Conversation: id, State: grouprules.Encode(unknown), Gone: store.GroupLeft}
	}
	asks := waiting && !known.Waiting
	if known.Waiting = waiting; token != nil {
		known.Token = token
	}
	if err := tx.SaveGroupChat(known); err != nil {
		return err
	}
	if conversation == nil {
		conversation = &store.Conversation{ID: id, Kind: store.KindGroup}
		if !waiting {
			if err := tx.SaveConversation(conversation); err != nil {
				return err
			}
		}
	}
	if err := tx.attachGroup(conversation); err != nil || !asks {
		return err
	}
	return tx.groupNotice(conversation, groupNotice{What: noticeAsked}, tx.c.relayNow().UnixMilli())
}

// withdrawJoin implements api.WithdrawJoin.
func (c *Client) withdrawJoin(ctx context.Context, p api.ChatID) (api.Chat, error) {
	chat, err := parseChatID(p.ChatID)
	if err != nil {
		return api.Chat{}, err
	}
	id := ident.ConversationID(chat)
	s, err := c.connected(ctx)
	if err != nil {
		return api.Chat{}, err
	}
	c.mu.Lock()
	own := c.identity.Account
	c.mu.Unlock()
	if err := dropJoins(ctx, s, id, []ident.AccountID{own}); err != nil {
		return api.Chat{}, err
	}
	err = c.update(ctx, func(tx *tx) error { return tx.waitNoMore(id, noticeWithdrawn) })
	if err != nil {
		return api.Chat{}, err
	}
	return c.getChat(ctx, p)
}

// waitNoMore ends the wish of this account to come into a group, and tells why.
func (tx *tx) waitNoMore(id ident.ConversationID, why string) error {
	known, err := tx.FindGroupChat(id)
	if err != nil || known == nil || !known.Waiting {
		return err
	}
	known.Waiting, known.Token = false, nil
	if err := tx.SaveGroupChat(known); err != nil {
		return err
	}
	return tx.groupNotice(&store.Conversation{ID: id}, groupNotice{What: why}, tx.c.relayNow().UnixMilli())
}

// heldBack gives up joining a group from outside: its admins are asked whether this
// account may come in.
func (w *worker) heldBack(ctx context.Context, id ident.ConversationID) error {
	return w.update(ctx, func(tx *tx) error {
		conversation, err := tx.FindConversation(id)
		if err != nil || conversation == nil || conversation.Kind != store.KindGroup || conversation.Joined {
			return err
		}
		if _, err := tx.endMembership(conversation, store.GroupLeft, tx.c.relayNow().UnixMilli()); err != nil {
			return err
		}
		tx.closeGroup(id)
		conversation.Dropped = true
		if err := tx.DeleteConversation(id); err != nil {
			return err
		}
		return tx.expectGroup(id, nil, true)
	})
}

// pullJoinRequests learns, once on each connection and when it changed, who asks to come into
// the groups of which this account is an admin, and whether it is still asked what this account asks.
func (w *worker) pullJoinRequests(ctx context.Context) (bool, error) {
	var next ident.ConversationID
	waits := false
	err := w.update(ctx, func(tx *tx) error {
		if !w.joinsListed {
			if err := tx.dueJoins(); err != nil {
				return err
			}
			w.joinsListed = true
		}
		for id := range tx.c.joinsDue {
			delete(tx.c.joinsDue, id)
			known, err := tx.FindGroupChat(id)
			if err != nil {
				return err
			}
			decides, err := tx.decides(known)
			if err != nil {
				return err
			}
			if waits = known != nil && known.Waiting; waits || decides {
				next = id
				return nil
			}
		}
		return nil
	})
	switch {
	case err != nil || next == (ident.ConversationID{}):
		return false, err
	case waits:
		err = w.pullOwnJoin(ctx, next)
	default:
		err = w.pullJoins(ctx, next)
	}
	if err != nil {
		w.mu.Lock()
		w.joinsDue[next] = true
		w.mu.Unlock()
	}
	return err == nil, err
}

// pullOwnJoin looks whether an admin has declined what this account asks, or nobody has to approve it any more.
func (w *worker) pullOwnJoin(ctx context.Context, id ident.ConversationID) error {
	r, err := request[*wire.ListJoinRequestsResult](ctx, w.s, &wire.ListJoinRequests{})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(r.Requests, func(q *wire.JoinRequest) bool { return string(q.ConversationID) == string(id[:]) }) {
		return w.enterAgain(ctx, id)
	}
	_, err = request[*wire.FetchGroupInfoResult](ctx, w.s, &wire.FetchGroupInfo{ConversationID: id[:]})
	if !hasCode(err, wire.ErrorConversationUnknown) {
		return err // it was added, as the feed will tell
	}
	return w.update(ctx, func(tx *tx) error { return tx.waitNoMore(id, noticeDeclined) })
}

// enterAgain asks once more by the link by which this account waits, if that is still good: it is let in
// where admins do not approve any more who comes. Else they still may add it.
func (w *worker) enterAgain(ctx context.Context, id ident.ConversationID) error {
	var token []byte
	err := w.view(ctx, func(tx *tx) error {
		known, err := tx.FindGroupChat(id)
		if err == nil && known != nil {
			token = known.Token
		}
		return err
	})
	if err != nil || len(token) == 0 {
		return err
	}
	_, err = w.enter(ctx, w.s, id, token)
	if hasCode(err, wire.ErrorInviteInvalid, wire.ErrorGroupFull) {
		return nil
	}
	return err
}
