package store

import "parley/ident"

// Outgoing is a message that waits to be sent.
type Outgoing struct {
	ID ident.MessageID
	// Chat is nil for the self conversation.
	Chat *ident.ChatID
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

const outgoingColumns = "message_id, chat, content, sealed, epoch"

// FindOutgoing returns the message of each chat that is to be sent next, the
// oldest first: order is kept within a chat.
func (tx *Tx) FindOutgoing() ([]*Outgoing, error) {
	return collect(tx, scanOutgoing, "SELECT "+outgoingColumns+` FROM outbox
		WHERE id IN (SELECT min(id) FROM outbox GROUP BY chat) ORDER BY id`)
}

// FindNextOutgoing returns the next message of a chat, nil if none waits.
func (tx *Tx) FindNextOutgoing(chat *ident.ChatID) (*Outgoing, error) {
	var id []byte
	if chat != nil {
		id = chat[:]
	}
	return first(collect(tx, scanOutgoing, "SELECT "+outgoingColumns+" FROM outbox WHERE chat IS ? ORDER BY id LIMIT 1", nullable(id)))
}

func scanOutgoing(row scanner) (*Outgoing, error) {
	o := new(Outgoing)
	var id, chat []byte
	if err := row.Scan(&id, &chat, &o.Content, &o.Sealed, &o.Epoch); err != nil {
		return nil, err
	}
	o.ID = ident.MessageID(id)
	if chat != nil {
		of := ident.ChatID(chat)
		o.Chat = &of
	}
	return o, nil
}

// CountOutgoing returns how many messages of people wait, for their files, too.
func (tx *Tx) CountOutgoing() (n int, err error) {
	_, err = tx.one(`SELECT (SELECT count(*) FROM outbox JOIN message USING (message_id))
		+ (SELECT count(*) FROM media WHERE state = 1)`, nil, &n)
	return n, err
}

// SealOutgoing remembers the last encryption; nil forgets it.
func (tx *Tx) SealOutgoing(id ident.MessageID, sealed []byte, epoch uint64) error {
	return tx.exec("UPDATE outbox SET sealed = ?, epoch = ? WHERE message_id = ?", nullable(sealed), int64(epoch), id[:])
}

// UnsealOutgoing forgets the encryptions of what waits in a chat, of the self
// conversation with nil: the group that they are of is given up.
func (tx *Tx) UnsealOutgoing(chat *ident.ChatID) error {
	var id []byte
	if chat != nil {
		id = chat[:]
	}
	return tx.exec("UPDATE outbox SET sealed = NULL, epoch = 0 WHERE chat IS ?", nullable(id))
}

// DeleteOutgoing removes what the relay has; found tells whether it was there.
func (tx *Tx) DeleteOutgoing(id ident.MessageID) (found bool, err error) {
	return tx.changed("DELETE FROM outbox WHERE message_id = ?", id[:])
}
