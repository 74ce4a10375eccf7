package client

import (
	"context"
	"errors"

	"parley/client/store"
	"parley/ident"
	"parley/wire"
)

// sendPending sends commits whose fate is open, once on each connection; the
// feed tells what became of them.
func (w *worker) sendPending(ctx context.Context) (did bool, err error) {
	var pending []*store.Conversation
	err = w.view(ctx, func(tx *tx) error {
		all, err := tx.FindConversations()
		for _, c := range all {
			if c.Pending != nil && !w.sent[c.Pending.MessageID] && !w.delayed(commitKey(c)) {
				pending = append(pending, c)
			}
		}
		return err
	})
	if err != nil {
		return false, err
	}
	for _, c := range pending {
		did = true
		if err := w.tryPending(ctx, c); err != nil {
			return did, err
		}
	}
	return did, nil
}

// commitKey names a conversation's commits among the delays.
func commitKey(c *store.Conversation) string { return "commit " + c.ID.String() }

// tryPending sends one commit. A refusal that time does not mend drops it: a
// creation or join begins anew, after a while.
func (w *worker) tryPending(ctx context.Context, c *store.Conversation) error {
	err := w.sendCommit(ctx, c)
	var refusal *wire.Error
	switch {
	case err == nil:
		w.sent[c.Pending.MessageID] = true
		delete(w.delays, commitKey(c))
		return nil
	case hasCode(err, wire.ErrorConversationExists):
		w.needPull, w.listed = true, false
		return w.dropCreation(ctx, c.ID)
	case hasCode(err, wire.ErrorStaleEpoch, wire.ErrorProposalsPending, wire.ErrorGroupChanged):
		if err := w.dropPending(ctx, c); err != nil {
			return err
		}
		if err := w.catchUp(ctx, c.ID[:], err); err != nil {
			return err
		}
	case errors.As(err, &refusal) && !isTemporary(refusal.Code):
		if err := w.dropPending(ctx, c); err != nil {
			return err
		}
		w.wishes.settle(c.Pending.MessageID, err)
		if refusal.Code == wire.ErrorNotAllowed && c.Pending.State != nil {
			return w.heldBack(ctx, c.ID)
		}
		if err := w.noteRefusedJoin(ctx, c, refusal); err != nil {
			return err
		}
	}
	return w.handleFailure(commitKey(c), err)
}

// isTemporary reports whether the same request may succeed later.
func isTemporary(code wire.ErrorCode) bool {
	switch code {
	case wire.ErrorInternal, wire.ErrorRateLimited, wire.ErrorStorageFull, wire.ErrorUnavailable,
		wire.ErrorNotAuthenticated, wire.ErrorDeviceRemoved:
		return true
	}
	return false
}

func (w *worker) sendCommit(ctx context.Context, conversation *store.Conversation) error {
	call, err := decodePending(conversation.Pending.Request)
	if err != nil {
		return err
	}
	_, err = request[*wire.SendResult](ctx, w.s, call)
	return err
}

// encodePending and decodePending keep which of the two requests it is.
func encodePending(call wire.RequestCall) []byte {
	r := wire.Request{Call: call}
	return r.AppendTo(nil)
}

func decodePending(b []byte) (wire.RequestCall, error) {
	var r wire.Request
	err := r.Unmarshal(b)
	return r.Call, err
}

// dropPending forgets a commit that the relay will not take. A join begins again
// with a newer GroupInfo, a creation with new key packages, a commit when it is
// next needed.
func (w *worker) dropPending(ctx context.Context, sent *store.Conversation) error {
	switch {
	case isResetting(sent):
		return w.dropReset(ctx, sent.ID)
	case isCreation(sent):
		return w.dropCreation(ctx, sent.ID)
	}
	return w.update(ctx, func(tx *tx) error {
		conversation, err := tx.FindConversation(sent.ID)
		if err != nil || conversation == nil || conversation.Pending == nil {
			return err
		}
		if conversation.Pending.State == nil {
			if err := tx.clearCommit(conversation); err != nil {
				return err
			}
		}
		conversation.Pending = nil
		return tx.SaveConversation(conversation)
	})
}

func (tx *tx) clearCommit(conversation *store.Conversation) error {
	g, err := tx.group(conversation)
	if err != nil || g == nil {
		return err
	}
	g.ClearPendingCommit()
	g.stateChanged = true
	return nil
}

// dropCreation forgets a conversation that somebody else created first.
func (w *worker) dropCreation(ctx context.Context, id ident.ConversationID) error {
	return w.update(ctx, func(tx *tx) error {
		tx.closeGroup(id)
		return tx.DeleteConversation(id)
	})
}
