package store

import "parley/ident"

// Receipt is how far an account has got in a conversation.
type Receipt struct {
	Conversation    ident.ConversationID
	Account         ident.AccountID
	Delivered, Read uint64
}

// FindReceipt returns a receipt with zeros if none is known.
func (tx *Tx) FindReceipt(conversation ident.ConversationID, account ident.AccountID) (Receipt, error) {
	r := Receipt{Conversation: conversation, Account: account}
	_, err := tx.one("SELECT delivered, read FROM receipt WHERE conversation_id = ? AND account_id = ?",
		[]any{conversation[:], account[:]}, &r.Delivered, &r.Read)
	return r, err
}

// SaveReceipt takes a receipt; it never goes back.
func (tx *Tx) SaveReceipt(r Receipt) error {
	return tx.exec(`INSERT INTO receipt (conversation_id, account_id, delivered, read) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET delivered = max(delivered, excluded.delivered), read = max(read, excluded.read)`,
		r.Conversation[:], r.Account[:], int64(r.Delivered), int64(r.Read))
}
