package sqlite

import (
	"errors"
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/internal/store/sqlstore"
)

// progress is how far an account has come in a conversation.
type progress struct {
	conversation ident.ConversationID
	sequence     int64
}

func scanProgress(row sqlstore.Scanner) (progress, error) {
	var p progress
	var id []byte
	err := row.Scan(&id, &p.sequence)
	p.conversation = sqlstore.ID[ident.ConversationID](id)
	return p, err
}

// Ack implements store.Tx.
func (t *tx) Ack(device ident.DeviceID, position uint64, now time.Time) ([]store.Receipt, error) {
	var accountID []byte
	var cursor, head, delivered int64
	if err := t.Row("findAckState", device[:]).Scan(&accountID, &cursor, &head, &delivered); err != nil {
		return nil, err
	}
	h, moved := t.batch.heads[sqlstore.ID[ident.AccountID](accountID)]
	if moved {
		head = h.last
	}
	to := int64(min(position, uint64(head)))
	if moved && to > h.written { // hardly ever: a device has what was committed
		if err := t.batch.flush(); err != nil {
			return nil, err
		}
	}
	if to <= cursor {
		return nil, nil
	}
	if err := t.Do("updateCursor", to, device[:]); err != nil {
		return nil, err
	}
	if to <= delivered {
		return nil, nil
	}
	account := sqlstore.ID[ident.AccountID](accountID)
	if err := t.Do("updateDelivered", to, accountID); err != nil {
		return nil, err
	}
	return t.raiseDelivered(account, delivered, to, now)
}

// raiseDelivered updates the receipts for what lies between two positions.
func (t *tx) raiseDelivered(account ident.AccountID, from, to int64, now time.Time) ([]store.Receipt, error) {
	news, err := sqlstore.List(t, scanProgress, "listNewlyDelivered", account[:], from, to)
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
	var delivered, read int64
	r := &store.Receipt{Conversation: id, Account: account}
	change := t.store.change.Add(1)
	err := t.Change(name, id[:], account[:], sequence, change, now.UnixMilli()).Scan(&delivered, &read, &r.DeliveredAt, &r.ReadAt, &r.Group)
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
