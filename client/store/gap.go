package store

import "parley/ident"

// Gap is a range of sequences this device wants from others.
type Gap struct {
	Request      ident.MessageID
	Conversation ident.ConversationID
	First, Last  uint64
	// Tries is how often it was asked for; Due is when to ask again, Unix
	// milliseconds.
	Tries int
	Due   int64
}

// CreateGap stores one.
func (tx *Tx) CreateGap(g Gap) error {
	return tx.exec("INSERT INTO gap (request_id, conversation_id, first, last, tries, due) VALUES (?, ?, ?, ?, ?, ?)",
		g.Request[:], g.Conversation[:], int64(g.First), int64(g.Last), g.Tries, g.Due)
}

// FindGaps returns those that are due at a time, the latest first.
func (tx *Tx) FindGaps(now int64) ([]Gap, error) {
	return collect(tx, func(row scanner) (Gap, error) {
		var g Gap
		var request, conversation []byte
		if err := row.Scan(&request, &conversation, &g.First, &g.Last, &g.Tries, &g.Due); err != nil {
			return g, err
		}
		g.Request, g.Conversation = ident.MessageID(request), ident.ConversationID(conversation)
		return g, nil
	}, "SELECT request_id, conversation_id, first, last, tries, due FROM gap WHERE due <= ? ORDER BY last DESC", now)
}

// FindGap returns an open request, nil if it was answered.
func (tx *Tx) FindGap(request ident.MessageID) (*Gap, error) {
	g := &Gap{Request: request}
	var conversation []byte
	found, err := tx.one("SELECT conversation_id, first, last, tries, due FROM gap WHERE request_id = ?", []any{request[:]},
		&conversation, &g.First, &g.Last, &g.Tries, &g.Due)
	if err != nil || !found {
		return nil, err
	}
	g.Conversation = ident.ConversationID(conversation)
	return g, nil
}

// FindGapTries returns how often the entry at a place was asked for by itself, 0 if
// it was not.
func (tx *Tx) FindGapTries(id ident.ConversationID, sequence uint64) (tries int, err error) {
	_, err = tx.one("SELECT coalesce(max(tries), 0) FROM gap WHERE conversation_id = ? AND first = ? AND last = ?",
		[]any{id[:], int64(sequence), int64(sequence)}, &tries)
	return tries, err
}

// FindNextGap returns when the next of those that were asked for is due, Unix
// milliseconds; 0 if there is none.
func (tx *Tx) FindNextGap() (due int64, err error) {
	_, err = tx.one("SELECT coalesce(min(due), 0) FROM gap WHERE tries > 0", nil, &due)
	return due, err
}

// HastenGaps makes all due at a time that would be later, as if they had been
// asked for once.
func (tx *Tx) HastenGaps(now int64) error {
	return tx.exec("UPDATE gap SET due = ?, tries = 1 WHERE due > ?", now, now)
}

// PostponeGap notes that it was asked for once more, and when to ask again.
func (tx *Tx) PostponeGap(request ident.MessageID, due int64) error {
	return tx.exec("UPDATE gap SET tries = tries + 1, due = ? WHERE request_id = ?", due, request[:])
}

// NarrowGap leaves the range up to a sequence open, to be asked for at once.
func (tx *Tx) NarrowGap(request ident.MessageID, last uint64) error {
	return tx.exec("UPDATE gap SET last = ?, tries = 0, due = 0 WHERE request_id = ? AND last > ?", int64(last), request[:], int64(last))
}

// DeleteGap closes a request that was answered.
func (tx *Tx) DeleteGap(request ident.MessageID) error {
	return tx.exec("DELETE FROM gap WHERE request_id = ?", request[:])
}
