package postgres

import (
	"parley/ident"
	"parley/internal/store"
)

// FindPushKey implements store.Reader.
func (t *tx) FindPushKey() (key []byte, err error) {
	err = asStoreError(t.row("findPushKey").Scan(&key))
	return key, err
}

// PutPushKey implements store.Tx.
func (t *tx) PutPushKey(key []byte) error { return t.do("putPushKey", key) }

func scanPushSubscription(row scanner) (store.PushSubscription, error) {
	var s store.PushSubscription
	var device, account []byte
	err := row.Scan(&device, &account, &s.Endpoint)
	if err != nil {
		return s, err
	}
	s.Device, s.Account = idBytes[ident.DeviceID](device), idBytes[ident.AccountID](account)
	return s, nil
}

// FindPushSubscription implements store.Reader.
func (t *tx) FindPushSubscription(device ident.DeviceID) (store.PushSubscription, error) {
	s, err := scanPushSubscription(t.row("findPushSubscription", device[:]))
	return s, asStoreError(err)
}

// ListPushSubscriptions implements store.Reader.
func (t *tx) ListPushSubscriptions() ([]store.PushSubscription, error) {
	return list(t, scanPushSubscription, "listPushSubscriptions")
}

// PutPushSubscription implements store.Tx.
func (t *tx) PutPushSubscription(device ident.DeviceID, endpoint string) error {
	return t.do("putPushSubscription", device[:], endpoint)
}

// DeletePushSubscription implements store.Tx.
func (t *tx) DeletePushSubscription(device ident.DeviceID, endpoint string) error {
	return t.do("deletePushSubscription", device[:], endpoint)
}
