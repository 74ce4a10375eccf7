package sqlstore

import (
	"time"

	"parley/ident"
	"parley/internal/store"
)

func scanCode(row Scanner) (store.Code, error) {
	var c store.Code
	var phone string
	var expires int64
	err := row.Scan(&phone, &c.Kind, &c.Salt, &c.Hash, &expires, &c.Tries)
	c.Phone, c.Expires = ident.Phone(phone), time.UnixMilli(expires)
	return c, err
}

// ListCodes implements store.Reader.
func (t *Tx) ListCodes(phone ident.Phone) ([]store.Code, error) {
	return List(t, scanCode, "listCodes", string(phone))
}

// PutCode implements store.Tx.
func (t *Tx) PutCode(c store.Code) error {
	return t.Do("putCode", string(c.Phone), int64(c.Kind), c.Salt, c.Hash, c.Expires.UnixMilli(), c.Tries)
}

// UpdateCodeTries implements store.Tx.
func (t *Tx) UpdateCodeTries(phone ident.Phone, kind store.CodeKind, tries int) error {
	return t.Do("updateCodeTries", tries, string(phone), int64(kind))
}

// DeleteCodes implements store.Tx.
func (t *Tx) DeleteCodes(phone ident.Phone) error { return t.Do("deleteCodes", string(phone)) }
