package postgres

import (
	"crypto/ed25519"
	"time"

	"parley/ident"
	"parley/internal/store"
)

func scanAccount(row scanner) (store.Account, error) {
	var id, key []byte
	var phone string
	var created, head int64
	if err := row.Scan(&id, &phone, &key, &created, &head); err != nil {
		return store.Account{}, err
	}
	return store.Account{
		ID: idBytes[ident.AccountID](id), Phone: ident.Phone(phone), Key: ed25519.PublicKey(key),
		Created: time.UnixMilli(created), Head: uint64(head),
	}, nil
}

// FindAccount implements store.Reader.
func (t *tx) FindAccount(id ident.AccountID) (store.Account, error) {
	a, err := scanAccount(t.row("findAccount", id[:]))
	return a, asStoreError(err)
}

// FindAccountByPhone implements store.Reader.
func (t *tx) FindAccountByPhone(phone ident.Phone) (store.Account, error) {
	a, err := scanAccount(t.row("findAccountByPhone", string(phone)))
	return a, asStoreError(err)
}

// ListAccounts implements store.Reader.
func (t *tx) ListAccounts() ([]store.Account, error) {
	return list(t, scanAccount, "listAccounts")
}

// CreateAccount implements store.Tx.
func (t *tx) CreateAccount(a store.Account) error {
	return t.do("createAccount", a.ID[:], string(a.Phone), []byte(a.Key), a.Created.UnixMilli())
}

// UpdateAccountKey implements store.Tx.
func (t *tx) UpdateAccountKey(id ident.AccountID, key []byte) error {
	return t.do("updateAccountKey", key, id[:])
}
