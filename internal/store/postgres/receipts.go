package postgres

import (
	"time"

	"parley/ident"
	"parley/internal/store"
)

// Ack implements store.Tx.
func (t *tx) Ack(device ident.DeviceID, position uint64, now time.Time) ([]store.Receipt, error) {
	t.wrote = true
	var accountID []byte
	var delivered, upTo int64
	var first bool
	if err := t.row("ack", device[:], int64(position)).Scan(&accountID, &delivered, &upTo, &first); err != nil {
		return nil, asStoreError(err)
	}
	if !first {
		return nil, nil
	}
	return t.raise(idBytes[ident.AccountID](accountID), "raiseNewlyDelivered", accountID, delivered, upTo, now.UnixMilli())
}

// raise runs a query that moves receipts of an account forward, and returns those.
func (t *tx) raise(account ident.AccountID, name string, args ...any) ([]store.Receipt, error) {
	t.wrote = true
	return list(t, func(row scanner) (store.Receipt, error) {
		var conversation []byte
		var delivered, read int64
		r := store.Receipt{Account: account}
		err := row.Scan(&conversation, &delivered, &read, &r.DeliveredAt, &r.ReadAt)
		r.Conversation, r.Delivered, r.Read = idBytes[ident.ConversationID](conversation), uint64(delivered), uint64(read)
		return r, err
	}, name, args...)
}

// MarkRead implements store.Tx.
func (t *tx) MarkRead(id ident.ConversationID, account ident.AccountID, sequence uint64, now time.Time) (*store.Receipt, error) {
	raised, err := t.raise(account, "raiseRead", id[:], account[:], int64(sequence), now.UnixMilli())
	if err != nil || len(raised) == 0 {
		return nil, err
	}
	return &raised[0], nil
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
