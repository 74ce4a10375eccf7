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

// UpdateReceipt is SaveReceipt for an account that has a receipt; for another one it does nothing.
func (tx *Tx) UpdateReceipt(r Receipt) error {
	return tx.exec("UPDATE receipt SET delivered = max(delivered, ?), read = max(read, ?) WHERE conversation_id = ? AND account_id = ?",
		int64(r.Delivered), int64(r.Read), r.Conversation[:], r.Account[:])
}

// SaveReceipt takes a receipt; it never goes back.
func (tx *Tx) SaveReceipt(r Receipt) error {
	return tx.exec(`INSERT INTO receipt (conversation_id, account_id, delivered, read) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET delivered = max(delivered, excluded.delivered), read = max(read, excluded.read)`,
		r.Conversation[:], r.Account[:], int64(r.Delivered), int64(r.Read))
}

// receiptSteps is how many steps of a receipt are kept.
const receiptSteps = 32

// SaveReceiptTime keeps when an account had received, or read, a conversation up to a
// sequence: Unix milliseconds by the relay's clock.
func (tx *Tx) SaveReceiptTime(conversation ident.ConversationID, account ident.AccountID, read bool, sequence uint64, at int64) error {
	err := tx.exec("INSERT OR IGNORE INTO receipt_time (conversation_id, account_id, read, sequence, at) VALUES (?, ?, ?, ?, ?)",
		conversation[:], account[:], read, int64(sequence), at)
	if err != nil {
		return err
	}
	return tx.exec(`DELETE FROM receipt_time WHERE conversation_id = ?1 AND account_id = ?2 AND read = ?3 AND sequence <=
		(SELECT sequence FROM receipt_time WHERE conversation_id = ?1 AND account_id = ?2 AND read = ?3 ORDER BY sequence DESC LIMIT 1 OFFSET ?4)`,
		conversation[:], account[:], read, receiptSteps)
}

// FindReceiptTime returns when an account had received, or read, what stands at a
// sequence; 0 if that is not known.
func (tx *Tx) FindReceiptTime(conversation ident.ConversationID, account ident.AccountID, read bool, sequence uint64) (at int64, err error) {
	_, err = tx.one(`SELECT at FROM receipt_time WHERE conversation_id = ? AND account_id = ? AND read = ? AND sequence >= ?
		ORDER BY sequence LIMIT 1`, []any{conversation[:], account[:], read, int64(sequence)}, &at)
	return at, err
}

// HasOwnBetween reports whether a message of our own has a place in a range, the lower
// end excluded.
func (tx *Tx) HasOwnBetween(chat ident.ChatID, behind, upTo uint64) (bool, error) {
	var one int
	return tx.one("SELECT 1 FROM message WHERE chat = ? AND sort > ? AND sort <= ? AND mine = 1 AND sequence > ? LIMIT 1",
		[]any{chat[:], int64(behind) * sortStep, int64(upTo) * sortStep, int64(behind)}, &one)
}
