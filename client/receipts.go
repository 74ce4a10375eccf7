package client

import (
	"context"
	"time"

	"parley/client/api"
	"parley/client/content"
	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// pullReceipts learns, once on each connection, what changed meanwhile.
func (w *worker) pullReceipts(ctx context.Context) (bool, error) {
	if w.receipted {
		return false, nil
	}
	w.mu.Lock()
	since := w.progress.Receipts
	w.mu.Unlock()
	r, err := request[*wire.PullReceiptsResult](ctx, w.s, &wire.PullReceipts{Since: since})
	if err != nil {
		return false, err
	}
	if err := w.takeReceipts(ctx, r.Receipts); err != nil {
		return false, err
	}
	w.receipted = !r.More
	return true, w.update(ctx, func(tx *tx) error {
		tx.progress.Receipts = r.Since
		return nil
	})
}

func (w *worker) takeReceipts(ctx context.Context, receipts []*wire.Receipt) error {
	return w.update(ctx, func(tx *tx) error {
		for _, r := range receipts {
			if err := tx.takeReceipt(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (tx *tx) takeReceipt(r *wire.Receipt) error {
	if r == nil {
		return nil
	}
	conversation, err := ident.IDFromBytes[ident.ConversationID](r.ConversationID)
	if err != nil {
		return nil //nolint:nilerr // a malformed receipt is skipped
	}
	account, err := ident.IDFromBytes[ident.AccountID](r.AccountID)
	if err != nil {
		return nil //nolint:nilerr // a malformed receipt is skipped
	}
	before, err := tx.FindReceipt(conversation, account)
	if err != nil {
		return err
	}
	now := store.Receipt{Conversation: conversation, Account: account, Delivered: r.Delivered, Read: r.Read}
	chat, err := tx.FindChatByConversation(conversation)
	if err != nil {
		return err
	}
	if chat != nil && chat.Kind == store.ChatGroup {
		if err := tx.noteReceiptTimes(chat, before, r); err != nil {
			return err
		}
		return tx.takeGroupReceipt(chat, now)
	}
	if err := tx.SaveReceipt(now); err != nil || chat == nil {
		return err
	}
	if err := tx.noteReceiptTimes(chat, before, r); err != nil {
		return err
	}
	if chat.Account != account {
		return nil
	}
	return tx.receiptChanged(chat, before, now)
}

// noteReceiptTimes keeps when a receipt came to messages of our own.
func (tx *tx) noteReceiptTimes(chat *store.Chat, before store.Receipt, now *wire.Receipt) error {
	for _, step := range []struct {
		read     bool
		from, to uint64
		at       int64
	}{{false, before.Delivered, now.Delivered, now.DeliveredMS}, {true, before.Read, now.Read, now.ReadMS}} {
		if step.to <= step.from || step.at <= 0 {
			continue
		}
		own, err := tx.HasOwnBetween(chat.ID, step.from, step.to)
		if err != nil {
			return err
		}
		if !own {
			continue
		}
		if err := tx.SaveReceiptTime(before.Conversation, before.Account, step.read, step.to, step.at); err != nil {
			return err
		}
	}
	return nil
}

// receiptChanged has the messages shown anew whose ticks changed.
func (tx *tx) receiptChanged(chat *store.Chat, before, now store.Receipt) error {
	for _, r := range [][2]uint64{{before.Delivered, now.Delivered}, {before.Read, now.Read}} {
		if r[1] <= r[0] {
			continue
		}
		messages, err := tx.FindOwnBetween(chat.ID, r[0], r[1])
		if err != nil {
			return err
		}
		for _, m := range messages {
			tx.messageChanged(m.ID)
		}
		if len(messages) > 0 {
			tx.chatChanged(chat.ID)
		}
	}
	return nil
}

// tellRead tells the relay, and our other devices, what was read.
func (w *worker) tellRead(ctx context.Context) (bool, error) {
	var chats []*store.Chat
	var quiet bool
	err := w.view(ctx, func(tx *tx) (err error) {
		if chats, err = tx.FindChatsToTell(); err == nil && len(chats) > 0 {
			quiet, err = tx.readsQuietly(chats[0])
		}
		return err
	})
	if err != nil || len(chats) == 0 {
		return false, err
	}
	chat := chats[0]
	if chat.ToldRelay < chat.ReadSequence && !quiet {
		mark := &wire.MarkRead{ConversationID: chat.Conversation[:], Sequence: chat.ReadSequence}
		if _, err := request[*wire.Done](ctx, w.s, mark); err != nil && !hasCode(err, wire.ErrorConversationUnknown) {
			return false, err
		}
	}
	return true, w.update(ctx, func(tx *tx) error {
		now, err := tx.FindChat(chat.ID)
		if err != nil || now == nil {
			return err
		}
		if now.ToldSelf < chat.ReadSequence {
			err := tx.tell(&content.Content{Body: &content.ReadMark{ConversationID: chat.Conversation[:], Sequence: chat.ReadSequence}})
			if err != nil {
				return err
			}
		}
		now.ToldRelay = max(now.ToldRelay, chat.ReadSequence)
		now.ToldSelf = max(now.ToldSelf, chat.ReadSequence)
		return tx.SaveChat(now)
	})
}

// readsQuietly reports whether nobody is told that a chat was read: it is the notes,
// its contact is blocked, or the person shows that to nobody (X1).
func (tx *tx) readsQuietly(chat *store.Chat) (bool, error) {
	if tx.isOwn(chat.ID) {
		return true, nil
	}
	if hidden, err := tx.hides(receiptsSetting); err != nil || hidden {
		return hidden, err
	}
	return tx.isBlocked(chat.Account)
}

// markRead implements api.MarkRead.
func (c *Client) markRead(ctx context.Context, p api.MarkReadParams) (api.None, error) {
	id, err := parseChatID(p.ChatID)
	if err != nil {
		return api.None{}, err
	}
	err = c.update(ctx, func(tx *tx) error {
		chat, err := tx.FindChat(id)
		if err != nil {
			return err
		}
		if chat == nil {
			return api.ErrChatUnknown
		}
		if err := tx.setAppState(stateKey(unreadState, id), nil); err != nil {
			return err
		}
		last, err := tx.lastPlaced(chat, p.Order)
		if err != nil || last <= chat.ReadSequence {
			return err
		}
		chat.ReadSequence = last
		tx.chatChanged(id)
		return tx.SaveChat(chat)
	})
	c.nudge()
	return api.None{}, err
}

// lastPlaced is the sequence of the last message up to an order.
func (tx *tx) lastPlaced(chat *store.Chat, order int64) (uint64, error) {
	page, err := tx.FindMessages(store.MessagePage{Chat: chat.ID, Before: order + 1, Limit: defaultPage})
	if err != nil {
		return 0, err
	}
	var last uint64
	for _, m := range page {
		last = max(last, m.Sequence)
	}
	return last, nil
}

// takeTyping shows that somebody types; it fades by itself.
func (w *worker) takeTyping(e *wire.TypingEvent) {
	account, err := ident.IDFromBytes[ident.AccountID](e.AccountID)
	if err != nil || w.hidesTyping() {
		return
	}
	chat := w.typingChat(account, e.ConversationID)
	w.live.mu.Lock()
	if e.Active {
		w.live.typing[chat] = time.Now().Add(wire.TypingLifetime)
	} else {
		delete(w.live.typing, chat)
	}
	w.live.mu.Unlock()
	w.publishChat(chat)
	if e.Active {
		time.AfterFunc(wire.TypingLifetime, func() { w.typingFaded(chat) })
	}
}

func (c *Client) typingFaded(chat ident.ChatID) {
	c.live.mu.Lock()
	until, typing := c.live.typing[chat]
	faded := typing && !time.Now().Before(until)
	if faded {
		delete(c.live.typing, chat)
	}
	c.live.mu.Unlock()
	if faded && c.ctx.Err() == nil {
		c.publishChat(chat)
	}
}

func (l *live) stopTyping(chat ident.ChatID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.typing, chat)
}

// takePresence shows whether somebody is there.
func (w *worker) takePresence(e *wire.PresenceEvent) {
	account, err := ident.IDFromBytes[ident.AccountID](e.AccountID)
	if err != nil {
		return
	}
	w.live.mu.Lock()
	w.live.presence[account] = presence{e.Available, e.LastSeenMS}
	w.live.mu.Unlock()
	w.publishChat(ident.ChatWith(account))
}

// publishChat shows a chat anew for something that is not stored.
func (c *Client) publishChat(id ident.ChatID) {
	err := c.update(context.WithoutCancel(c.ctx), func(tx *tx) error {
		chat, err := tx.FindChat(id)
		if err == nil && chat != nil {
			tx.chatChanged(id)
		}
		return err
	})
	if err != nil {
		_ = c.present("show chat", err) // logs it; the next change shows the chat
	}
}
