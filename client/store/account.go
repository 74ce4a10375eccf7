package store

import (
	"crypto/ed25519"

	"parley/ident"
)

// Account is somebody we know.
type Account struct {
	ID    ident.AccountID
	Key   ed25519.PublicKey
	Phone ident.Phone
	// Name is what they call themselves.
	Name string
}

// FindAccount returns nil if the account is not known.
func (tx *Tx) FindAccount(id ident.AccountID) (*Account, error) {
	a := &Account{ID: id}
	var key []byte
	found, err := tx.one("SELECT account_key, phone, name FROM account WHERE account_id = ?", []any{id[:]}, &key, &a.Phone, &a.Name)
	if err != nil || !found {
		return nil, err
	}
	a.Key = key
	return a, nil
}

// FindAccountByPhone returns nil if no known account has the number.
func (tx *Tx) FindAccountByPhone(phone ident.Phone) (*Account, error) {
	var raw []byte
	found, err := tx.one("SELECT account_id FROM account WHERE phone = ?", []any{string(phone)}, &raw)
	if err != nil || !found {
		return nil, err
	}
	return tx.FindAccount(ident.AccountID(raw))
}

// FindAccounts returns all known accounts.
func (tx *Tx) FindAccounts() ([]Account, error) {
	return collect(tx, scanAccount, "SELECT account_id, account_key, phone, name FROM account ORDER BY account_id")
}

// FindAccountsWithoutPhone returns the accounts whose number is not known yet and is shown:
// of those with a chat, and of the members of groups up to a size, since the relay
// counts each question.
func (tx *Tx) FindAccountsWithoutPhone(groupSize int) ([]Account, error) {
	return collect(tx, scanAccount, `SELECT account_id, account_key, phone, name FROM account a WHERE phone = '' AND (
		EXISTS (SELECT 1 FROM chat c WHERE c.chat_id = a.account_id) OR EXISTS (
			SELECT 1 FROM group_member m WHERE m.account_id = a.account_id AND m.gone = 0 AND (
				SELECT count(*) FROM group_member n WHERE n.conversation_id = m.conversation_id AND n.gone = 0) <= ?))`, groupSize)
}

func scanAccount(row scanner) (Account, error) {
	var a Account
	var id, key []byte
	if err := row.Scan(&id, &key, &a.Phone, &a.Name); err != nil {
		return a, err
	}
	a.ID, a.Key = ident.AccountID(id), key
	return a, nil
}

// SaveAccount creates or replaces an account.
func (tx *Tx) SaveAccount(a *Account) error {
	return tx.exec(`INSERT INTO account (account_id, account_key, phone, name) VALUES (?, ?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET account_key = excluded.account_key, phone = excluded.phone, name = excluded.name`,
		a.ID[:], []byte(a.Key), string(a.Phone), a.Name)
}

// DeviceName is the name of one of our own devices.
type DeviceName struct {
	Device ident.DeviceID
	Name   string
	// SetAt decides between two names: the later wins.
	SetAt int64
}

// FindDeviceNames returns the names by device.
func (tx *Tx) FindDeviceNames() (map[ident.DeviceID]DeviceName, error) {
	names, err := collect(tx, func(row scanner) (DeviceName, error) {
		var n DeviceName
		var id []byte
		if err := row.Scan(&id, &n.Name, &n.SetAt); err != nil {
			return n, err
		}
		n.Device = ident.DeviceID(id)
		return n, nil
	}, "SELECT device_id, name, set_at FROM device_name")
	byDevice := make(map[ident.DeviceID]DeviceName, len(names))
	for _, n := range names {
		byDevice[n.Device] = n
	}
	return byDevice, err
}

// SaveDeviceName takes a name unless a later one is known; changed tells.
func (tx *Tx) SaveDeviceName(n DeviceName) (changed bool, err error) {
	return tx.changed(`INSERT INTO device_name (device_id, name, set_at) VALUES (?, ?, ?)
		ON CONFLICT (device_id) DO UPDATE SET name = excluded.name, set_at = excluded.set_at WHERE excluded.set_at >= set_at`,
		n.Device[:], n.Name, n.SetAt)
}
