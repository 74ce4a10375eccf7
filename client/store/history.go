package store

import (
	"bytes"
	"cmp"
	"slices"

	"parley/ident"
)

// HistoryCursor is a place in the order of history: by time, then by message
// id, the latest first. The zero value is before the latest.
type HistoryCursor struct {
	At int64
	ID []byte
}

// IsStart reports whether nothing is before the cursor.
func (c HistoryCursor) IsStart() bool { return len(c.ID) == 0 }

// Behind reports whether c comes after another in the order of history.
func (c HistoryCursor) Behind(other HistoryCursor) bool {
	switch {
	case c.IsStart():
		return false
	case other.IsStart():
		return true
	}
	return cmp.Or(cmp.Compare(c.At, other.At), bytes.Compare(c.ID, other.ID)) < 0
}

// Equal reports whether both are the same place.
func (c HistoryCursor) Equal(other HistoryCursor) bool {
	return c.At == other.At && bytes.Equal(c.ID, other.ID)
}

// History is what this device knows of the history it asks its siblings for.
type History struct {
	Request ident.MessageID
	// PrivateKey opens the chunks; nil once everything is here.
	PrivateKey []byte
	// Since is the earliest that is wanted, Unix milliseconds.
	Since int64
	// Round counts how often it was begun again at Behind.
	Round uint64
	// Behind is what has been taken up to, Ahead what has been announced.
	Behind, Ahead HistoryCursor
	// Overview: the overview has been taken.
	Overview bool
	// Ask: the sender waits to be asked for more.
	Ask bool
	// Tries is how often it was begun again since something was taken; Due is
	// when to begin again if nothing comes, Unix milliseconds.
	Tries int
	Due   int64
	// Total and Remaining are what the sender says, Taken is what is new here.
	Total, Remaining, Taken uint64
	// Sender is who sent last; zero before.
	Sender ident.DeviceID
	// Partial: some of what was taken since the start is from a device that waited
	// for history itself. Mixed: it is from more than one device.
	Partial, Mixed bool
	// Had are the devices that have handed over all they had while they waited
	// for history themselves.
	Had []ident.DeviceID
}

// Done reports whether everything is here.
func (h *History) Done() bool { return h.PrivateKey == nil }

// FindHistory returns nil if none was asked for.
func (tx *Tx) FindHistory() (*History, error) {
	h := new(History)
	var request, sender, had []byte
	found, err := tx.one(`SELECT request_id, private_key, since, round, behind_at, behind_id, ahead_at, ahead_id,
		overview, ask, tries, due, total, remaining, taken, sender, partial, mixed, had FROM history WHERE id = ?`, []any{1},
		&request, &h.PrivateKey, &h.Since, &h.Round, &h.Behind.At, &h.Behind.ID, &h.Ahead.At, &h.Ahead.ID,
		&h.Overview, &h.Ask, &h.Tries, &h.Due, &h.Total, &h.Remaining, &h.Taken, &sender,
		&h.Partial, &h.Mixed, &had)
	if err != nil || !found {
		return nil, err
	}
	h.Request, h.Sender = ident.MessageID(request), ident.DeviceID(sender)
	for id := range slices.Chunk(had, len(ident.DeviceID{})) {
		h.Had = append(h.Had, ident.DeviceID(id))
	}
	return h, nil
}

// SaveHistory creates or replaces it.
func (tx *Tx) SaveHistory(h *History) error {
	had := []byte{}
	for _, id := range h.Had {
		had = append(had, id[:]...)
	}
	return tx.exec(`INSERT OR REPLACE INTO history (id, request_id, private_key, since, round, behind_at, behind_id, ahead_at,
		ahead_id, overview, ask, tries, due, total, remaining, taken, sender, partial, mixed, had)
		VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		h.Request[:], nullable(h.PrivateKey), h.Since, int64(h.Round), h.Behind.At, blob(h.Behind.ID), h.Ahead.At, blob(h.Ahead.ID),
		h.Overview, h.Ask, h.Tries, h.Due, int64(h.Total), int64(h.Remaining), int64(h.Taken), h.Sender[:],
		h.Partial, h.Mixed, had)
}

// blob is b as a value that is not NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// DeleteHistory forgets that it was asked for.
func (tx *Tx) DeleteHistory() error { return tx.exec("DELETE FROM history WHERE id = ?", 1) }

// HistoryPart is a chunk that waits at the relay.
type HistoryPart struct {
	rowID   int64
	ChunkID []byte
	Hash    []byte
	// Behind and End are the places between which it lies.
	Behind, End      HistoryCursor
	Total, Remaining uint64
	Done             bool
	// Partial: the sender waits for history itself.
	Partial bool
	// Wanted is not set if it is only to be deleted.
	Wanted bool
}

// CreateHistoryPart stores one.
func (tx *Tx) CreateHistoryPart(p *HistoryPart) error {
	return tx.exec(`INSERT INTO history_part (chunk_id, hash, behind_at, behind_id, end_at, end_id, total, remaining, done, wanted, partial)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, p.ChunkID, blob(p.Hash), p.Behind.At, blob(p.Behind.ID), p.End.At, blob(p.End.ID),
		int64(p.Total), int64(p.Remaining), p.Done, p.Wanted, p.Partial)
}

// CountHistoryParts counts them.
func (tx *Tx) CountHistoryParts() (n int, err error) {
	_, err = tx.one("SELECT count(*) FROM history_part", nil, &n)
	return n, err
}

// FindHistoryPart returns the first that came, nil if there is none.
func (tx *Tx) FindHistoryPart() (*HistoryPart, error) {
	p := new(HistoryPart)
	found, err := tx.one(`SELECT id, chunk_id, hash, behind_at, behind_id, end_at, end_id, total, remaining, done, wanted, partial
		FROM history_part ORDER BY id LIMIT 1`, nil, &p.rowID, &p.ChunkID, &p.Hash, &p.Behind.At, &p.Behind.ID, &p.End.At, &p.End.ID,
		&p.Total, &p.Remaining, &p.Done, &p.Wanted, &p.Partial)
	if err != nil || !found {
		return nil, err
	}
	return p, nil
}

// TakeHistoryPart notes that one is only to be deleted at the relay.
func (tx *Tx) TakeHistoryPart(p *HistoryPart) error {
	return tx.exec("UPDATE history_part SET wanted = 0 WHERE id = ?", p.rowID)
}

// DeleteHistoryPart forgets one.
func (tx *Tx) DeleteHistoryPart(p *HistoryPart) error {
	return tx.exec("DELETE FROM history_part WHERE id = ?", p.rowID)
}

// DeleteHistoryParts forgets all.
func (tx *Tx) DeleteHistoryParts() error { return tx.exec("DELETE FROM history_part WHERE id > ?", 0) }

// SaveHistoryReach keeps how far history goes in a conversation.
func (tx *Tx) SaveHistoryReach(id ident.ConversationID, sequence uint64) error {
	return tx.exec("INSERT OR REPLACE INTO history_reach (conversation_id, sequence) VALUES (?, ?)", id[:], int64(sequence))
}

// TakeHistoryReach returns how far history goes in a conversation, 0 if it has
// nothing of it, and forgets it.
func (tx *Tx) TakeHistoryReach(id ident.ConversationID) (sequence uint64, err error) {
	if _, err := tx.one("SELECT sequence FROM history_reach WHERE conversation_id = ?", []any{id[:]}, &sequence); err != nil {
		return 0, err
	}
	return sequence, tx.exec("DELETE FROM history_reach WHERE conversation_id = ?", id[:])
}

// latest is a time after all others.
const latest = 1 << 62

// FindMessagesBehind returns messages that have a place and were not sent before
// since, in the order of history.
func (tx *Tx) FindMessagesBehind(cursor HistoryCursor, since int64, limit int) ([]*Message, error) {
	at := cursor.At
	if cursor.IsStart() {
		at = latest
	}
	return collect(tx, scanMessage, "SELECT "+messageColumns+` FROM message INDEXED BY message_by_time
		WHERE written = 1 AND sequence > 0 AND (sent_at, message_id) < (?, ?) AND sent_at >= ?
		ORDER BY sent_at DESC, message_id DESC LIMIT ?`, at, blob(cursor.ID), since, limit)
}

// CountMessagesBehind counts what FindMessagesBehind returns without a limit.
func (tx *Tx) CountMessagesBehind(cursor HistoryCursor, since int64) (n uint64, err error) {
	at := cursor.At
	if cursor.IsStart() {
		at = latest
	}
	_, err = tx.one(`SELECT count(*) FROM message INDEXED BY message_by_time
		WHERE written = 1 AND sequence > 0 AND (sent_at, message_id) < (?, ?) AND sent_at >= ?`, []any{at, blob(cursor.ID), since}, &n)
	return n, err
}

// FindLatestTime returns when the latest message was sent, 0 if there is none.
func (tx *Tx) FindLatestTime() (at int64, err error) {
	_, err = tx.one("SELECT coalesce(max(sent_at), 0) FROM message WHERE written = 1 AND sequence > ?", []any{0}, &at)
	return at, err
}

// FindWaiting returns the ids of all placeholders.
func (tx *Tx) FindWaiting() (map[ident.MessageID]bool, error) {
	ids, err := collect(tx, func(row scanner) (ident.MessageID, error) {
		var id []byte
		if err := row.Scan(&id); err != nil {
			return ident.MessageID{}, err
		}
		return ident.MessageID(id), nil
	}, "SELECT message_id FROM message WHERE kind = 'waiting'")
	waiting := make(map[ident.MessageID]bool, len(ids))
	for _, id := range ids {
		waiting[id] = true
	}
	return waiting, err
}
