package sqlstore

import (
	"crypto/ed25519"
	"time"

	"parley/ident"
	"parley/internal/store"
)

func scanAccount(row Scanner) (store.Account, error) {
	var id, key []byte
	var phone string
	var created, head int64
	if err := row.Scan(&id, &phone, &key, &created, &head); err != nil {
		return store.Account{}, err
	}
	return store.Account{
		ID: ID[ident.AccountID](id), Phone: ident.Phone(phone), Key: ed25519.PublicKey(key),
		Created: time.UnixMilli(created), Head: uint64(head),
	}, nil
}

// FindAccount implements store.Reader.
func (t *Tx) FindAccount(id ident.AccountID) (store.Account, error) {
	a, err := scanAccount(t.Row("findAccount", id[:]))
	return a, err
}

// FindAccountByPhone implements store.Reader.
func (t *Tx) FindAccountByPhone(phone ident.Phone) (store.Account, error) {
	a, err := scanAccount(t.Row("findAccountByPhone", string(phone)))
	return a, err
}

// ListAccounts implements store.Reader.
func (t *Tx) ListAccounts() ([]store.Account, error) {
	return List(t, scanAccount, "listAccounts")
}

// CreateAccount implements store.Tx.
func (t *Tx) CreateAccount(a store.Account) error {
	return t.Do("createAccount", a.ID[:], string(a.Phone), []byte(a.Key), a.Created.UnixMilli())
}

// UpdateAccountKey implements store.Tx.
func (t *Tx) UpdateAccountKey(id ident.AccountID, key []byte) error {
	return t.Do("updateAccountKey", key, id[:])
}
