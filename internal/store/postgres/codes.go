package postgres

import (
	"time"

	"parley/ident"
	"parley/internal/store"
)

func scanCode(row scanner) (store.Code, error) {
	var c store.Code
	var phone string
	var expires int64
	err := row.Scan(&phone, &c.Kind, &c.Salt, &c.Hash, &expires, &c.Tries)
	c.Phone, c.Expires = ident.Phone(phone), time.UnixMilli(expires)
	return c, err
}

// ListCodes implements store.Reader.
func (t *tx) ListCodes(phone ident.Phone) ([]store.Code, error) {
	return list(t, scanCode, "listCodes", string(phone))
}

// PutCode implements store.Tx.
func (t *tx) PutCode(c store.Code) error {
	return t.do("putCode", string(c.Phone), int64(c.Kind), c.Salt, c.Hash, c.Expires.UnixMilli(), c.Tries)
}

// UpdateCodeTries implements store.Tx.
func (t *tx) UpdateCodeTries(phone ident.Phone, kind store.CodeKind, tries int) error {
	return t.do("updateCodeTries", tries, string(phone), int64(kind))
}

// DeleteCodes implements store.Tx.
func (t *tx) DeleteCodes(phone ident.Phone) error { return t.do("deleteCodes", string(phone)) }
