package store

import "parley/ident"

// JoinRequest is an account that asks to come into a group.
type JoinRequest struct {
	Account ident.AccountID
	AskedAt int64 // Unix milliseconds
}

// FindJoinRequests returns those of a group, the oldest first.
func (tx *Tx) FindJoinRequests(id ident.ConversationID) ([]JoinRequest, error) {
	return collect(tx, func(row scanner) (r JoinRequest, err error) {
		var account []byte
		if err = row.Scan(&account, &r.AskedAt); err == nil {
			r.Account = ident.AccountID(account)
		}
		return r, err
	}, "SELECT account_id, asked_at FROM join_request WHERE conversation_id = ? ORDER BY asked_at, account_id", id[:])
}

// SaveJoinRequests replaces those of a group.
func (tx *Tx) SaveJoinRequests(id ident.ConversationID, requests []JoinRequest) error {
	if err := tx.exec("DELETE FROM join_request WHERE conversation_id = ?", id[:]); err != nil {
		return err
	}
	for _, r := range requests {
		err := tx.exec("INSERT OR IGNORE INTO join_request (conversation_id, account_id, asked_at) VALUES (?, ?, ?)", id[:], r.Account[:], r.AskedAt)
		if err != nil {
			return err
		}
	}
	return nil
}

// CountJoinRequests counts those of a group.
func (tx *Tx) CountJoinRequests(id ident.ConversationID) (n int, err error) {
	_, err = tx.one("SELECT count(*) FROM join_request WHERE conversation_id = ?", []any{id[:]}, &n)
	return n, err
}

// FindWaitingGroups returns the groups into which this account asks to come.
func (tx *Tx) FindWaitingGroups() ([]ident.ConversationID, error) {
	return collect(tx, func(row scanner) (id ident.ConversationID, err error) {
		var b []byte
		if err = row.Scan(&b); err == nil {
			id = ident.ConversationID(b)
		}
		return id, err
	}, "SELECT conversation_id FROM group_chat WHERE waiting = 1")
}
