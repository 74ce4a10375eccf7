package sqlstore

import (
	"parley/ident"
	"parley/internal/store"
)

// FindPushKey implements store.Reader.
func (t *Tx) FindPushKey() (key []byte, err error) {
	err = t.Row("findPushKey").Scan(&key)
	return key, err
}

// PutPushKey implements store.Tx.
func (t *Tx) PutPushKey(key []byte) error { return t.Do("putPushKey", key) }

func scanPushSubscription(row Scanner) (store.PushSubscription, error) {
	var s store.PushSubscription
	var device, account []byte
	err := row.Scan(&device, &account, &s.Endpoint)
	if err != nil {
		return s, err
	}
	s.Device, s.Account = ID[ident.DeviceID](device), ID[ident.AccountID](account)
	return s, nil
}

// FindPushSubscription implements store.Reader.
func (t *Tx) FindPushSubscription(device ident.DeviceID) (store.PushSubscription, error) {
	s, err := scanPushSubscription(t.Row("findPushSubscription", device[:]))
	return s, err
}

// ListPushSubscriptions implements store.Reader.
func (t *Tx) ListPushSubscriptions() ([]store.PushSubscription, error) {
	return List(t, scanPushSubscription, "listPushSubscriptions")
}

// PutPushSubscription implements store.Tx.
func (t *Tx) PutPushSubscription(device ident.DeviceID, endpoint string) error {
	return t.Do("putPushSubscription", device[:], endpoint)
}

// DeletePushSubscription implements store.Tx.
func (t *Tx) DeletePushSubscription(device ident.DeviceID, endpoint string) error {
	return t.Do("deletePushSubscription", device[:], endpoint)
}
