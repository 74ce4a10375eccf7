package store

import "parley/ident"

// AmendmentKind is what an amendment does, by the number of its field in
// content.Content.
type AmendmentKind uint32

// Kinds of amendments.
const (
	AmendEdit     AmendmentKind = 40
	AmendReaction AmendmentKind = 41
	AmendDeletion AmendmentKind = 42
	AmendVote     AmendmentKind = 43
	AmendViewed   AmendmentKind = 44
)

// Amendment is content that changes how another message of a chat is shown.
type Amendment struct {
	// ID is that of the entry that brought it.
	ID ident.MessageID
	// Target is the message it is about; it may not be there yet.
	Target ident.MessageID
	Chat   ident.ChatID
	Kind   AmendmentKind
	// Sequence is the place in the conversation, 0 while pending.
	Sequence uint64
	Sender   ident.AccountID
	// SentAt is by the relay's clock, Unix milliseconds.
	SentAt  int64
	Content []byte
}

const amendmentColumns = "message_id, target, chat, kind, sequence, sender, sent_at, content"

func scanAmendment(row scanner) (*Amendment, error) {
	a := new(Amendment)
	var id, target, chat, sender []byte
	if err := row.Scan(&id, &target, &chat, &a.Kind, &a.Sequence, &sender, &a.SentAt, &a.Content); err != nil {
		return nil, err
	}
	a.ID, a.Target, a.Chat, a.Sender = ident.MessageID(id), ident.MessageID(target), ident.ChatID(chat), ident.AccountID(sender)
	return a, nil
}

// SaveAmendment stores an amendment, or moves one that is known to a later place; changed
// tells. Of reactions, votes and views the latest of a sender stays.
func (tx *Tx) SaveAmendment(a *Amendment) (changed bool, err error) {
	if a.Kind != AmendEdit {
		var later int
		found, err := tx.one(`SELECT 1 FROM amendment WHERE target = ? AND chat = ? AND kind = ? AND sender = ?
			AND message_id <> ? AND sequence > ? AND ? > 0`,
			[]any{a.Target[:], a.Chat[:], a.Kind, a.Sender[:], a.ID[:], int64(a.Sequence), int64(a.Sequence)}, &later)
		if err != nil || found {
			return false, err
		}
	}
	changed, err = tx.changed(`INSERT INTO amendment (`+amendmentColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (message_id) DO UPDATE SET sequence = excluded.sequence, sent_at = excluded.sent_at
		WHERE sender = excluded.sender AND sequence < excluded.sequence`,
		a.ID[:], a.Target[:], a.Chat[:], a.Kind, int64(a.Sequence), a.Sender[:], a.SentAt, a.Content)
	if err != nil || !changed || a.Sequence == 0 {
		return changed, err
	}
	return true, tx.dropReplaced(a)
}

// dropReplaced removes what an amendment that has its place takes the place of.
func (tx *Tx) dropReplaced(a *Amendment) error {
	if a.Kind == AmendEdit {
		return nil
	}
	return tx.exec(`DELETE FROM amendment WHERE target = ? AND chat = ? AND kind = ? AND sender = ? AND message_id <> ?
		AND sequence > 0 AND sequence < ?`, a.Target[:], a.Chat[:], a.Kind, a.Sender[:], a.ID[:], int64(a.Sequence))
}

// KeepWaiting marks an amendment as one whose message is not here, and removes the
// earliest of those in its chat beyond a number.
func (tx *Tx) KeepWaiting(a *Amendment, most int) error {
	if err := tx.exec("UPDATE amendment SET waits = 1 WHERE message_id = ?", a.ID[:]); err != nil {
		return err
	}
	return tx.exec(`DELETE FROM amendment WHERE message_id IN (
		SELECT message_id FROM amendment WHERE chat = ? AND waits = 1 ORDER BY sequence DESC LIMIT -1 OFFSET ?)`, a.Chat[:], most)
}

// EndWaiting marks the amendments of a message that is here.
func (tx *Tx) EndWaiting(chat ident.ChatID, target ident.MessageID) error {
	return tx.exec("UPDATE amendment SET waits = 0 WHERE target = ? AND chat = ? AND waits = 1", target[:], chat[:])
}

// FindAmendment returns nil if there is none with this id.
func (tx *Tx) FindAmendment(id ident.MessageID) (*Amendment, error) {
	return first(collect(tx, scanAmendment, "SELECT "+amendmentColumns+" FROM amendment WHERE message_id = ?", id[:]))
}

// FindAmendments returns what there is about a message of a chat, in order; what waits
// to be sent comes last.
func (tx *Tx) FindAmendments(chat ident.ChatID, target ident.MessageID) ([]*Amendment, error) {
	return collect(tx, scanAmendment, "SELECT "+amendmentColumns+` FROM amendment WHERE target = ? AND chat = ?
		ORDER BY sequence = 0, sequence, sent_at`, target[:], chat[:])
}

// FindAmendmentsInRange returns the amendments of a chat that have a place between two
// sequences, both included.
func (tx *Tx) FindAmendmentsInRange(chat ident.ChatID, firstSequence, lastSequence uint64) ([]*Amendment, error) {
	return collect(tx, scanAmendment, "SELECT "+amendmentColumns+` FROM amendment
		WHERE chat = ? AND sequence >= ? AND sequence <= ? AND sequence > 0 ORDER BY sequence`,
		chat[:], int64(firstSequence), int64(lastSequence))
}

// FindOwnAmendments returns those of an account that have a place behind a sequence.
func (tx *Tx) FindOwnAmendments(chat ident.ChatID, own ident.AccountID, behind uint64) ([]*Amendment, error) {
	return collect(tx, scanAmendment, "SELECT "+amendmentColumns+` FROM amendment
		WHERE chat = ? AND sender = ? AND sequence > ? ORDER BY sequence`, chat[:], own[:], int64(behind))
}

// PlaceAmendment gives an amendment its place at the relay.
func (tx *Tx) PlaceAmendment(a *Amendment) error {
	err := tx.exec("UPDATE amendment SET sequence = ?, sent_at = ? WHERE message_id = ?", int64(a.Sequence), a.SentAt, a.ID[:])
	if err != nil {
		return err
	}
	return tx.dropReplaced(a)
}

// DeleteAmendment removes one.
func (tx *Tx) DeleteAmendment(id ident.MessageID) error {
	return tx.exec("DELETE FROM amendment WHERE message_id = ?", id[:])
}

// DeleteAmendmentsBut removes all about a message of a chat but those of a kind; 0 for
// all.
func (tx *Tx) DeleteAmendmentsBut(chat ident.ChatID, target ident.MessageID, but AmendmentKind) error {
	return tx.exec("DELETE FROM amendment WHERE target = ? AND chat = ? AND kind <> ?", target[:], chat[:], but)
}

// SettleMessage saves what a message says after its amendments.
func (tx *Tx) SettleMessage(m *Message) error {
	return tx.exec(`UPDATE message SET kind = ?, text = ?, content = ?, original = ?, amended = ?, addressed = ?, written = ?, counts = ?
		WHERE message_id = ?`, m.Kind, m.Text, nullable(m.Content), nullable(m.Original), m.Amended, m.Addressed,
		IsWritten(m.Kind), countsAsUnread(m.Kind), m.ID[:])
}

// FindExpired returns messages that have a place and were to be deleted by a time, Unix
// milliseconds.
func (tx *Tx) FindExpired(now int64, limit int) ([]*Message, error) {
	return collect(tx, scanMessage, "SELECT "+messageColumns+` FROM message
		WHERE expires_after > 0 AND sequence > 0 AND sent_at + expires_after * 1000 <= ? LIMIT ?`, now, limit)
}

// FindNextExpiry returns when the next message is to be deleted, 0 if none is.
func (tx *Tx) FindNextExpiry() (at int64, err error) {
	_, err = tx.one(`SELECT coalesce(min(sent_at + expires_after * 1000), 0) FROM message
		WHERE expires_after > 0 AND sequence > ?`, []any{0}, &at)
	return at, err
}
