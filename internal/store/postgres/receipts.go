package postgres

import (
	"parley/ident"
	"parley/internal/store"
)

// Ack implements store.Tx.
func (t *tx) Ack(device ident.DeviceID, position uint64) ([]store.Receipt, error) {
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
	return t.raise(idBytes[ident.AccountID](accountID), "raiseNewlyDelivered", accountID, delivered, upTo)
}

// raise runs a query that moves receipts of an account forward, and returns those.
func (t *tx) raise(account ident.AccountID, name string, args ...any) ([]store.Receipt, error) {
	t.wrote = true
	return list(t, func(row scanner) (store.Receipt, error) {
		var conversation []byte
		var delivered, read int64
		err := row.Scan(&conversation, &delivered, &read)
		return store.Receipt{
			Conversation: idBytes[ident.ConversationID](conversation), Account: account,
			Delivered: uint64(delivered), Read: uint64(read),
		}, err
	}, name, args...)
}

// MarkRead implements store.Tx.
func (t *tx) MarkRead(id ident.ConversationID, account ident.AccountID, sequence uint64) (*store.Receipt, error) {
	raised, err := t.raise(account, "raiseRead", id[:], account[:], int64(sequence))
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
		err = row.Scan(&conversation, &other, &delivered, &read, &change)
		r.Conversation, r.Account = idBytes[ident.ConversationID](conversation), idBytes[ident.AccountID](other)
		r.Delivered, r.Read = uint64(delivered), uint64(read)
		last = max(last, change)
		return r, err
	}, "listReceipts", account[:], int64(since), limit)
	return receipts, uint64(last), err
}
