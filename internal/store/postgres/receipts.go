package postgres

import (
	"time"

	"parley/ident"
	"parley/internal/store"
	"parley/internal/store/sqlstore"
)

// Ack implements store.Tx.
func (t *tx) Ack(device ident.DeviceID, position uint64, now time.Time) ([]store.Receipt, error) {
	if t.set != nil {
		if receipts, ok, err := t.set.ack(device, position, now); ok {
			t.wrote = t.wrote || err == nil
			return receipts, err
		}
	}
	var accountID []byte
	var delivered, upTo int64
	var first bool
	if err := t.Change("ack", device[:], int64(position)).Scan(&accountID, &delivered, &upTo, &first); err != nil {
		return nil, err
	}
	if !first {
		return nil, nil
	}
	return t.raise(sqlstore.ID[ident.AccountID](accountID), "raiseNewlyDelivered", accountID, delivered, upTo, now.UnixMilli())
}

// raise runs a query that moves receipts of an account forward, and returns those.
func (t *tx) raise(account ident.AccountID, name string, args ...any) ([]store.Receipt, error) {
	return sqlstore.List(t, func(row sqlstore.Scanner) (store.Receipt, error) {
		var conversation []byte
		var delivered, read int64
		r := store.Receipt{Account: account}
		err := row.Scan(&conversation, &delivered, &read, &r.DeliveredAt, &r.ReadAt, &r.Group)
		r.Conversation, r.Delivered, r.Read = sqlstore.ID[ident.ConversationID](conversation), uint64(delivered), uint64(read)
		return r, err
	}, name, args...)
}

// MarkRead implements store.Tx.
func (t *tx) MarkRead(id ident.ConversationID, account ident.AccountID, sequence uint64, now time.Time) (*store.Receipt, error) {
	if t.set != nil {
		if receipt, ok := t.set.markRead(id, account, sequence, now); ok {
			t.wrote = t.wrote || receipt != nil
			return receipt, nil
		}
	}
	raised, err := t.raise(account, "raiseRead", id[:], account[:], int64(sequence), now.UnixMilli())
	if err != nil || len(raised) == 0 {
		return nil, err
	}
	return &raised[0], nil
}
