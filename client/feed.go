package client

import (
	"context"
	"errors"
	"fmt"

	"parley/client/store"
	"parley/ident"
	"parley/mls"
	"parley/wire"
)

// feedBatch is how many entries are applied in one transaction.
const feedBatch = 64

// takeEvents handles what the relay pushed since the last step.
func (w *worker) takeEvents(ctx context.Context) (bool, error) {
	if w.s.takeMissed() {
		w.needPull, w.receipted = true, false
	}
	if w.pullAsked.Swap(false) {
		w.needPull, w.toAcknowledge = true, 0
	}
	var pushed []*wire.Entry // in one transaction
	did := false
	for {
		select {
		case e := <-w.s.events:
			did = true
			if entries, ok := e.Happening.(*wire.FeedEntries); ok {
				pushed = append(pushed, entries.Entries...)
				continue
			}
			if err := w.takeEvent(ctx, e); err != nil {
				return did, err
			}
		default:
			return did, w.applyPushed(ctx, pushed)
		}
	}
}

func (w *worker) takeEvent(ctx context.Context, e *wire.Event) error {
	switch h := e.Happening.(type) {
	case *wire.FeedEntries:
		return w.applyPushed(ctx, h.Entries)
	case *wire.FeedWakeup:
		// Receipts may have been left out, too.
		w.needPull, w.receipted = true, false
	case *wire.ReceiptEvent:
		return w.takeReceipts(ctx, []*wire.Receipt{h.Receipt})
	case *wire.TypingEvent:
		w.takeTyping(h)
	case *wire.PresenceEvent:
		w.takePresence(h)
	case *wire.DevicesChanged:
		w.devicesListed = false
		return w.update(ctx, func(tx *tx) error { tx.devices = true; return nil })
	case *wire.BlockedChanged:
		w.blockedListed = false
	case *wire.JoinRequestsChanged:
		if id, err := ident.IDFromBytes[ident.ConversationID](h.ConversationID); err == nil {
			w.mu.Lock()
			w.joinsDue[id] = true
			w.mu.Unlock()
		}
	case *wire.TwoStepChanged:
		w.twoStepTold = false
	case *wire.Closing:
		return fmt.Errorf("%w: %w", errConnection, &wire.Error{Code: wire.ErrorUnavailable, RetryAfterMS: h.RetryAfterMS})
	}
	return nil
}

// pull reads one page of the feed.
func (w *worker) pull(ctx context.Context) (bool, error) {
	if !w.needPull {
		return false, nil
	}
	r, err := request[*wire.PullResult](ctx, w.s, &wire.Pull{After: w.position()})
	if err != nil {
		return false, err
	}
	if err := w.noteSkipped(ctx, r); err != nil {
		return false, err
	}
	if err := w.applyAll(ctx, r.Entries); err != nil {
		return false, err
	}
	w.needPull = r.Next < r.Head
	w.hasRead = w.hasRead || !w.needPull
	return true, w.skipTo(ctx, r.Next)
}

func (w *worker) position() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.progress.Feed
}

// applyPushed applies entries if they follow on from what is known; otherwise
// they will be pulled.
func (w *worker) applyPushed(ctx context.Context, entries []*wire.Entry) error {
	if len(entries) == 0 || w.needPull {
		return nil
	}
	if entries[0].Position > w.position()+1 {
		w.needPull = true
		return nil
	}
	return w.applyAll(ctx, entries)
}

// applyAll applies entries in order, many in one transaction, and skips those
// that are known.
func (w *worker) applyAll(ctx context.Context, entries []*wire.Entry) error {
	for len(entries) > 0 {
		batch := entries[:min(len(entries), feedBatch)]
		entries = entries[len(batch):]
		err := w.update(ctx, func(tx *tx) error {
			for _, e := range batch {
				if e.Position <= tx.progress.Feed {
					continue
				}
				if err := tx.apply(e); err != nil {
					return fmt.Errorf("apply entry: %w", err)
				}
				tx.progress.Feed = e.Position
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// apply takes one entry. Only failures of storage are errors: an entry that is
// wrong in any other way must not stop the feed.
func (tx *tx) apply(e *wire.Entry) error {
	id, err := ident.IDFromBytes[ident.ConversationID](e.ConversationID)
	if err != nil {
		return nil //nolint:nilerr // a malformed entry is skipped
	}
	conversation, err := tx.FindConversation(id)
	if err != nil {
		return err
	}
	if conversation == nil {
		if conversation, err = tx.meet(id, e); err != nil || conversation == nil {
			return err
		}
	}
	switch {
	case conversation.Reread && conversation.LastSequence > 0:
		conversation.LastSequence = min(conversation.LastSequence, e.Sequence-1)
	case e.Sequence <= conversation.LastSequence:
		return nil
	case conversation.LastSequence == 0:
		if err := tx.firstSeen(conversation, e.Sequence); err != nil {
			return err
		}
	}
	conversation.Reread = false
	if err := tx.noteHole(conversation, e.Sequence); err != nil {
		return err
	}
	if err := tx.applyTo(conversation, e); err != nil {
		return err
	}
	conversation.LastSequence = e.Sequence
	if conversation.Replace == nil && e.Sequence > conversation.Ahead {
		conversation.Ahead = 0
	}
	return tx.SaveConversation(conversation)
}

func (tx *tx) applyTo(conversation *store.Conversation, e *wire.Entry) error {
	own := string(e.SenderDevice) == string(tx.identity.Device[:])
	switch e.Kind {
	case wire.EntryCommit:
		if isReset(e) {
			return tx.applyReset(conversation, e)
		}
		if own {
			return tx.confirmCommit(conversation, e)
		}
		return tx.applyCommit(conversation, e)
	case wire.EntryProposal:
		return tx.applyProposal(conversation, e)
	case wire.EntryApplication:
		if own {
			return tx.confirmSent(conversation, e)
		}
		return tx.applyMessage(conversation, e)
	}
	return nil
}

// meet makes a conversation known that an entry mentions for the first time.
func (tx *tx) meet(id ident.ConversationID, e *wire.Entry) (*store.Conversation, error) {
	if e.Kind == wire.EntryProposal {
		return nil, nil // the rest of what took this account out
	}
	conversation := &store.Conversation{ID: id, Kind: uint32(e.ConversationKind)}
	sender, err := ident.IDFromBytes[ident.AccountID](e.SenderAccount)
	if err != nil {
		return nil, nil //nolint:nilerr // a malformed entry is skipped
	}
	switch {
	case e.ConversationKind == wire.ConversationSelf, e.ConversationKind == wire.ConversationGroup:
	case e.ConversationKind == wire.ConversationDirect && sender != tx.identity.Account:
		conversation.Peer = sender
	default:
		// Begun by a device of our own, with somebody the entry does not name: the
		// chat does if linking brought it, else the list of conversations.
		chat, err := tx.FindChatByConversation(id)
		if err != nil {
			return nil, err
		}
		if chat == nil {
			tx.c.relist.Store(true)
			return conversation, tx.SaveConversation(conversation)
		}
		conversation.Peer = chat.Account
	}
	if err := tx.SaveConversation(conversation); err != nil {
		return nil, err
	}
	return conversation, tx.attachChat(conversation)
}

// attachChat ties a direct conversation to the chat with its peer.
func (tx *tx) attachChat(conversation *store.Conversation) error {
	if conversation.Kind == store.KindGroup {
		return tx.attachGroup(conversation)
	}
	if conversation.Kind != store.KindDirect || conversation.Peer.IsZero() {
		return nil
	}
	chat, err := tx.chatWith(conversation.Peer)
	if err != nil {
		return err
	}
	chat.Conversation = conversation.ID
	return tx.SaveChat(chat)
}

// chatWith returns the chat with an account, new if there is none.
func (tx *tx) chatWith(account ident.AccountID) (*store.Chat, error) {
	chat, err := tx.FindChat(ident.ChatWith(account))
	if err != nil || chat != nil {
		return chat, err
	}
	chat = store.DirectChat(account)
	chat.Updated = tx.c.relayNow().UnixMilli()
	return chat, tx.SaveChat(chat)
}

// applyProposal keeps a proposal for the next commit. Only the relay's
// removals reach us as entries.
func (tx *tx) applyProposal(conversation *store.Conversation, e *wire.Entry) error {
	g, err := tx.group(conversation)
	if err != nil || g == nil {
		return err
	}
	received, err := g.Process(e.Message)
	if err != nil {
		tx.skip("proposal", err)
		return nil
	}
	g.stateChanged = true
	p := received.Proposal
	if p == nil {
		return nil
	}
	if p.Proposal.Type != mls.ProposalRemove || p.Sender.Type != mls.SenderExternal {
		g.DropProposal(p.Ref) // others would refuse a commit of it
		return nil
	}
	// The primary finishes what it began at once; others when they next send.
	// In a group that would be a thousand commits for one.
	conversation.CommitDue = conversation.Kind != store.KindGroup && tx.identity.Primary || conversation.Kind == store.KindSelf
	if conversation.Kind == store.KindGroup && p.Proposal.Removed == g.OwnLeaf() {
		return tx.leftGroup(conversation, store.GroupLeft, tx.identity.Account, e.TimeMS)
	}
	return tx.noteLeft(conversation, g, e)
}

// skip notes an entry that was passed over; never with content.
func (tx *tx) skip(what string, err error) {
	tx.c.log.Warn("entry passed over", "kind", what, "error", err)
}

// applyMessage opens an application message and takes what it says.
func (tx *tx) applyMessage(conversation *store.Conversation, e *wire.Entry) error {
	id, err := ident.IDFromBytes[ident.MessageID](e.MessageID)
	if err != nil {
		return nil //nolint:nilerr // a malformed entry is skipped
	}
	g, err := tx.group(conversation)
	if err != nil {
		return err
	}
	if g == nil || !conversation.Joined || e.Sequence <= conversation.JoinSequence {
		return tx.missing(conversation, e, id)
	}
	received, err := g.Process(e.Message)
	if err != nil {
		return tx.unreadable(conversation, e, id, err)
	}
	m := received.Application
	if m == nil || string(m.AuthenticatedData) != string(id[:]) {
		tx.skip("application", mls.ErrUnexpectedMessage)
		return nil
	}
	certificate, err := ident.ReadVerifiedCertificate(m.Credential.Identity)
	if err != nil {
		tx.skip("application", err)
		return nil
	}
	return tx.takeContent(conversation, e, id, certificate, m.Data)
}

// unreadable deals with a message that does not open.
func (tx *tx) unreadable(conversation *store.Conversation, e *wire.Entry, id ident.MessageID, cause error) error {
	tx.skip("application", cause)
	tx.noteRewound(conversation, cause)
	if errors.Is(cause, mls.ErrSecretConsumed) && e.Sequence <= conversation.Ahead {
		return nil // read before the relay went back
	}
	if errors.Is(cause, mls.ErrFutureEpoch) || errors.Is(cause, mls.ErrWrongGroup) && e.Sequence > conversation.Ahead {
		// What led to that epoch, or group, was retired while this device was away.
		if err := tx.lost(conversation); err != nil {
			return err
		}
	}
	return tx.missing(conversation, e, id)
}
