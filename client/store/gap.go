package store

import "parley/ident"

// Gap is a range of sequences this device wants from its siblings.
type Gap struct {
	Request      ident.MessageID
	Conversation ident.ConversationID
	First, Last  uint64
	// Asked is when it was last asked for, Unix milliseconds, 0 for never.
	Asked int64
}

// CreateGap stores one.
func (tx *Tx) CreateGap(g Gap) error {
	return tx.exec("INSERT INTO gap (request_id, conversation_id, first, last, asked) VALUES (?, ?, ?, ?, ?)",
		g.Request[:], g.Conversation[:], int64(g.First), int64(g.Last), g.Asked)
}

// FindGaps returns those that were not asked for since a time.
func (tx *Tx) FindGaps(askedBefore int64) ([]Gap, error) {
	return collect(tx, func(row scanner) (Gap, error) {
		var g Gap
		var request, conversation []byte
		if err := row.Scan(&request, &conversation, &g.First, &g.Last, &g.Asked); err != nil {
			return g, err
		}
		g.Request, g.Conversation = ident.MessageID(request), ident.ConversationID(conversation)
		return g, nil
	}, "SELECT request_id, conversation_id, first, last, asked FROM gap WHERE asked < ? ORDER BY last DESC", askedBefore)
}

// HasGap reports whether a request is still open.
func (tx *Tx) HasGap(request ident.MessageID) (bool, error) {
	var n int
	_, err := tx.one("SELECT count(*) FROM gap WHERE request_id = ?", []any{request[:]}, &n)
	return n > 0, err
}

// TouchGap remembers when it was asked for.
func (tx *Tx) TouchGap(request ident.MessageID, asked int64) error {
	return tx.exec("UPDATE gap SET asked = ? WHERE request_id = ?", asked, request[:])
}

// DeleteGap closes a request that was answered.
func (tx *Tx) DeleteGap(request ident.MessageID) error {
	return tx.exec("DELETE FROM gap WHERE request_id = ?", request[:])
}
