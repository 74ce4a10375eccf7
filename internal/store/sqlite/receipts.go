package sqlite

import (
	"errors"
	"time"

	"parley/ident"
	"parley/internal/store"
)

// progress is how far an account has come in a conversation.
type progress struct {
	conversation ident.ConversationID
	sequence     int64
}

func scanProgress(row scanner) (progress, error) {
	var p progress
	var id []byte
	err := row.Scan(&id, &p.sequence)
	p.conversation = idBytes[ident.ConversationID](id)
	return p, err
}

// Ack implements store.Tx.
func (t *tx) Ack(device ident.DeviceID, position uint64, now time.Time) ([]store.Receipt, error) {
	var accountID []byte
	var cursor, head, delivered int64
	if err := t.row("findAckState", device[:]).Scan(&accountID, &cursor, &head, &delivered); err != nil {
		return nil, asStoreError(err)
	}
	to := int64(min(position, uint64(head)))
	if to <= cursor {
		return nil, nil
	}
	if err := t.do("updateCursor", to, device[:]); err != nil {
		return nil, err
	}
	if to <= delivered {
		return nil, nil
	}
	account := idBytes[ident.AccountID](accountID)
	if err := t.do("updateDelivered", to, accountID); err != nil {
		return nil, err
	}
	return t.raiseDelivered(account, delivered, to, now)
}

// raiseDelivered updates the receipts for what lies between two positions.
func (t *tx) raiseDelivered(account ident.AccountID, from, to int64, now time.Time) ([]store.Receipt, error) {
	news, err := list(t, scanProgress, "listNewlyDelivered", account[:], from, to)
	if err != nil {
		return nil, err
	}
	var receipts []store.Receipt
	for _, p := range news {
		r, err := t.raise("raiseDelivered", p.conversation, account, p.sequence, now)
		if err != nil {
			return nil, err
		}
		if r != nil {
			receipts = append(receipts, *r)
		}
	}
	return receipts, nil
}

// raise moves a receipt forward; it returns nil if it stands there already.
func (t *tx) raise(name string, id ident.ConversationID, account ident.AccountID, sequence int64, now time.Time) (*store.Receipt, error) {
	t.wrote = true
	var delivered, read int64
	r := &store.Receipt{Conversation: id, Account: account}
	change := t.store.change.Add(1)
	err := asStoreError(t.row(name, id[:], account[:], sequence, change, now.UnixMilli()).Scan(&delivered, &read, &r.DeliveredAt, &r.ReadAt))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	r.Delivered, r.Read = uint64(delivered), uint64(read)
	return r, err
}

// MarkRead implements store.Tx.
func (t *tx) MarkRead(id ident.ConversationID, account ident.AccountID, sequence uint64, now time.Time) (*store.Receipt, error) {
	c, err := t.FindConversation(id)
	if err != nil {
		return nil, err
	}
	return t.raise("raiseRead", id, account, int64(min(sequence, c.LastSequence)), now)
}

// ListReceipts implements store.Reader.
func (t *tx) ListReceipts(account ident.AccountID, since uint64, limit int) ([]store.Receipt, uint64, error) {
	last := int64(since)
	receipts, err := list(t, func(row scanner) (r store.Receipt, err error) {
		var conversation, other []byte
		var delivered, read, change int64
		err = row.Scan(&conversation, &other, &delivered, &read, &change, &r.DeliveredAt, &r.ReadAt)
		r.Conversation, r.Account = idBytes[ident.ConversationID](conversation), idBytes[ident.AccountID](other)
		r.Delivered, r.Read = uint64(delivered), uint64(read)
		last = max(last, change)
		return r, err
	}, "listReceipts", account[:], int64(since), limit)
	return receipts, uint64(last), err
}
