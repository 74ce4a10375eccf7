package postgres

import (
	"time"

	"parley/ident"
	"parley/internal/store"
)

// PutJoinRequest implements store.Tx.
func (t *tx) PutJoinRequest(r store.JoinRequest) error {
	return t.do("createJoinRequest", r.Conversation[:], r.Account[:], r.Time.UnixMilli())
}

// DeleteJoinRequest implements store.Tx.
func (t *tx) DeleteJoinRequest(id ident.ConversationID, account ident.AccountID) error {
	return t.do("deleteJoinRequest", id[:], account[:])
}

// DeleteJoinRequestsBefore implements store.Tx.
func (t *tx) DeleteJoinRequestsBefore(at time.Time) error {
	return t.do("deleteJoinRequestsBefore", at.UnixMilli())
}

func scanJoinRequest(row scanner) (r store.JoinRequest, err error) {
	var conversation, account []byte
	var asked int64
	err = row.Scan(&conversation, &account, &asked)
	r.Conversation, r.Account = idBytes[ident.ConversationID](conversation), idBytes[ident.AccountID](account)
	r.Time = time.UnixMilli(asked)
	return r, err
}

// ListJoinRequests implements store.Reader.
func (t *tx) ListJoinRequests(id ident.ConversationID) ([]store.JoinRequest, error) {
	return list(t, scanJoinRequest, "listJoinRequests", id[:])
}

// ListOwnJoinRequests implements store.Reader.
func (t *tx) ListOwnJoinRequests(account ident.AccountID) ([]store.JoinRequest, error) {
	return list(t, scanJoinRequest, "listOwnJoinRequests", account[:])
}

// HasJoinRequest implements store.Reader.
func (t *tx) HasJoinRequest(id ident.ConversationID, account ident.AccountID) (has bool, err error) {
	err = t.row("hasJoinRequest", id[:], account[:]).Scan(&has)
	return has, err
}
