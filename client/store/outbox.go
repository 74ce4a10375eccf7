package store

import "parley/ident"

// Outgoing is a message that waits to be sent.
type Outgoing struct {
	ID ident.MessageID
	// Chat is nil for the self conversation.
	Chat *ident.AccountID
	// Content is an encoded content.Content.
	Content []byte
	// Sealed is its last encryption, made in Epoch; nil if there is none.
	Sealed []byte
	Epoch  uint64
}

// CreateOutgoing appends to the outbox; an id that is there already is left alone.
func (tx *Tx) CreateOutgoing(o Outgoing) error {
	var chat any
	if o.Chat != nil {
		chat = o.Chat[:]
	}
	return tx.exec("INSERT INTO outbox (message_id, chat, content) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", o.ID[:], chat, o.Content)
}

// FindOutgoing returns what waits, in order, at most limit.
func (tx *Tx) FindOutgoing(limit int) ([]Outgoing, error) {
	return collect(tx, func(row scanner) (Outgoing, error) {
		var o Outgoing
		var id, chat []byte
		if err := row.Scan(&id, &chat, &o.Content, &o.Sealed, &o.Epoch); err != nil {
			return o, err
		}
		o.ID = ident.MessageID(id)
		if chat != nil {
			account := ident.AccountID(chat)
			o.Chat = &account
		}
		return o, nil
	}, "SELECT message_id, chat, content, sealed, epoch FROM outbox ORDER BY id LIMIT ?", limit)
}

// CountOutgoing returns how many messages of people wait.
func (tx *Tx) CountOutgoing() (n int, err error) {
	_, err = tx.one("SELECT count(*) FROM outbox JOIN message USING (message_id)", nil, &n)
	return n, err
}

// SealOutgoing remembers the last encryption; nil forgets it.
func (tx *Tx) SealOutgoing(id ident.MessageID, sealed []byte, epoch uint64) error {
	return tx.exec("UPDATE outbox SET sealed = ?, epoch = ? WHERE message_id = ?", nullable(sealed), int64(epoch), id[:])
}

// DeleteOutgoing removes what the relay has; found tells whether it was there.
func (tx *Tx) DeleteOutgoing(id ident.MessageID) (found bool, err error) {
	return tx.changed("DELETE FROM outbox WHERE message_id = ?", id[:])
}
