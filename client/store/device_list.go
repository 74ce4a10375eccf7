package store

import "parley/ident"

// DeviceList is the latest signed list of an account's devices.
type DeviceList struct {
	Account ident.AccountID
	// List is the encoding of an ident.DeviceList that was verified.
	List []byte
	// Cut is the serial of the last list that took a device away.
	Cut uint64
}

// FindDeviceLists returns the lists of all accounts.
func (tx *Tx) FindDeviceLists() ([]DeviceList, error) {
	return collect(tx, func(row scanner) (DeviceList, error) {
		var l DeviceList
		var account []byte
		if err := row.Scan(&account, &l.List, &l.Cut); err != nil {
			return l, err
		}
		l.Account = ident.AccountID(account)
		return l, nil
	}, "SELECT account_id, list, cut FROM device_list ORDER BY account_id")
}

// SaveDeviceList creates or replaces an account's list.
func (tx *Tx) SaveDeviceList(l DeviceList) error {
	return tx.exec(`INSERT INTO device_list (account_id, list, cut) VALUES (?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET list = excluded.list, cut = excluded.cut`, l.Account[:], l.List, int64(l.Cut))
}

// FindChatBehindList returns a chat with a conversation that was told of no list
// of our own devices from serial on, nil if there is none. The notes to oneself are
// not told.
func (tx *Tx) FindChatBehindList(serial uint64) (*Chat, error) {
	return first(collect(tx, scanChat, "SELECT "+chatColumns+` FROM chat
		WHERE kind IN (2, 3) AND conversation_id IS NOT NULL AND told_list < ?
		AND chat_id NOT IN (SELECT account_id FROM identity) LIMIT 1`, int64(serial)))
}
