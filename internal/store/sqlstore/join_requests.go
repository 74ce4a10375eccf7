package sqlstore

import (
	"time"

	"parley/ident"
	"parley/internal/store"
)

// PutJoinRequest implements store.Tx.
func (t *Tx) PutJoinRequest(r store.JoinRequest) error {
	return t.Do("createJoinRequest", r.Conversation[:], r.Account[:], r.Time.UnixMilli())
}

// DeleteJoinRequest implements store.Tx.
func (t *Tx) DeleteJoinRequest(id ident.ConversationID, account ident.AccountID) error {
	return t.Do("deleteJoinRequest", id[:], account[:])
}

// DeleteJoinRequestsBefore implements store.Tx.
func (t *Tx) DeleteJoinRequestsBefore(at time.Time) error {
	return t.Do("deleteJoinRequestsBefore", at.UnixMilli())
}

func scanJoinRequest(row Scanner) (r store.JoinRequest, err error) {
	var conversation, account []byte
	var asked int64
	err = row.Scan(&conversation, &account, &asked)
	r.Conversation, r.Account = ID[ident.ConversationID](conversation), ID[ident.AccountID](account)
	r.Time = time.UnixMilli(asked)
	return r, err
}

// ListJoinRequests implements store.Reader.
func (t *Tx) ListJoinRequests(id ident.ConversationID) ([]store.JoinRequest, error) {
	return List(t, scanJoinRequest, "listJoinRequests", id[:])
}

// ListOwnJoinRequests implements store.Reader.
func (t *Tx) ListOwnJoinRequests(account ident.AccountID) ([]store.JoinRequest, error) {
	return List(t, scanJoinRequest, "listOwnJoinRequests", account[:])
}

// HasJoinRequest implements store.Reader.
func (t *Tx) HasJoinRequest(id ident.ConversationID, account ident.AccountID) (has bool, err error) {
	err = t.Row("hasJoinRequest", id[:], account[:]).Scan(&has)
	return has, err
}
