package sqlstore

import (
	"parley/ident"
	"parley/internal/store"
)

// ListReceipts implements store.Reader.
func (t *Tx) ListReceipts(account ident.AccountID, since uint64, limit int) ([]store.Receipt, uint64, error) {
	last := int64(since)
	receipts, err := List(t, func(row Scanner) (r store.Receipt, err error) {
		var conversation, other []byte
		var delivered, read, change int64
		err = row.Scan(&conversation, &other, &delivered, &read, &change, &r.DeliveredAt, &r.ReadAt)
		r.Conversation, r.Account = ID[ident.ConversationID](conversation), ID[ident.AccountID](other)
		r.Delivered, r.Read = uint64(delivered), uint64(read)
		last = max(last, change)
		return r, err
	}, "listReceipts", account[:], int64(since), limit)
	return receipts, uint64(last), err
}
