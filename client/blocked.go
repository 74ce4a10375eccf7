package client

import (
	"context"
	"slices"

	"parley/client/api"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// pullBlocked learns, once on each connection and when it changed, whom the account
// blocks (M55).
func (w *worker) pullBlocked(ctx context.Context) (bool, error) {
	if w.blockedListed {
		return false, nil
	}
	r, err := request[*wire.ListBlockedResult](ctx, w.s, &wire.ListBlocked{})
	if err != nil {
		return false, err
	}
	w.blockedListed = true
	now := accountsOf(r.AccountIDs)
	w.watched = -1 // who may be watched has changed with it
	return true, w.update(ctx, func(tx *tx) error { return tx.takeBlocked(now) })
}

func (tx *tx) takeBlocked(now []ident.AccountID) error {
	changed, err := tx.SaveBlocked(now)
	for _, account := range changed {
		tx.contactChanged(account)
	}
	return err
}

// isBlocked reports whether the person has blocked an account.
func (tx *tx) isBlocked(account ident.AccountID) (bool, error) {
	block, err := tx.FindBlock(account)
	return block != nil && !block.Ended, err
}

// shutOut reports whether what is missing before an entry of a conversation was not let
// through because its sender was blocked.
func (tx *tx) shutOut(conversation *store.Conversation) (bool, error) {
	if conversation.Kind != store.KindDirect {
		return false, nil
	}
	block, err := tx.FindBlock(conversation.Peer)
	if err != nil || block == nil {
		return false, err
	}
	if block.Ended {
		err = tx.DeleteBlock(conversation.Peer)
	}
	return true, err
}

// setBlocked implements api.SetBlocked.
func (c *Client) setBlocked(ctx context.Context, p api.SetBlockedParams) (api.Chat, error) {
	id, err := parseChatID(p.ChatID)
	if err != nil {
		return api.Chat{}, err
	}
	var account ident.AccountID
	err = c.view(ctx, func(tx *tx) error {
		chat, err := tx.FindChat(id)
		switch {
		case err != nil:
			return err
		case chat == nil || chat.Kind != store.ChatDirect || tx.isOwn(id):
			return api.ErrChatUnknown
		}
		account = chat.Account
		return nil
	})
	if err != nil {
		return api.Chat{}, err
	}
	s, err := c.connected(ctx)
	if err != nil {
		return api.Chat{}, err
	}
	if _, err := request[*wire.Done](ctx, s, &wire.SetBlocked{AccountID: account[:], Blocked: p.Blocked}); err != nil {
		return api.Chat{}, err
	}
	var shown *api.Chat
	err = c.update(ctx, func(tx *tx) error {
		now, err := tx.FindBlocked()
		if err != nil {
			return err
		}
		now = slices.DeleteFunc(now, func(id ident.AccountID) bool { return id == account })
		if p.Blocked {
			now = append(now, account)
		}
		if err := tx.takeBlocked(now); err != nil {
			return err
		}
		shown, err = tx.showChat(id)
		return err
	})
	if err != nil {
		return api.Chat{}, err
	}
	return *shown, nil
}

// listBlocked implements api.ListBlocked.
func (c *Client) listBlocked(ctx context.Context, _ api.None) (api.Chats, error) {
	list := api.Chats{Chats: []api.Chat{}}
	err := c.view(ctx, func(tx *tx) error {
		blocked, err := tx.FindBlocked()
		if err != nil {
			return err
		}
		for _, account := range blocked {
			chat, err := tx.FindChat(ident.ChatWith(account))
			if err != nil {
				return err
			}
			if chat == nil {
				continue // it was blocked on a device that has more history
			}
			shown, err := tx.showChat(chat.ID)
			if err != nil {
				return err
			}
			list.Chats = append(list.Chats, *shown)
		}
		return nil
	})
	return list, err
}
