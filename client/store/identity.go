package store

import (
	"crypto/ed25519"
	"fmt"

	"parley/ident"
)

// Identity is who this device is. It holds private keys and prints as redacted.
type Identity struct {
	LoggedOut    bool
	LogoutReason string
	// LogoutAfter is the silence that was allowed, milliseconds; 0 for reasons
	// that have nothing to do with time.
	LogoutAfter int64
	RelayURL    string
	RelayID     []byte
	Account     ident.AccountID
	AccountKey  ed25519.PublicKey
	// AccountSeed is the private account key; only on the primary, and on a device
	// that is to become it.
	AccountSeed []byte
	Device      ident.DeviceID
	DeviceSeed  []byte
	Certificate []byte
	// Serial is that of the last certificate signed here.
	Serial         uint64
	Primary        bool
	Phone          ident.Phone
	ProfileName    string
	ProfileNameSet int64
}

// Format implements fmt.Formatter: nothing of it is printed.
func (*Identity) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[identity]") }

// FindIdentity returns nil if the device has none.
func (tx *Tx) FindIdentity() (*Identity, error) {
	i := new(Identity)
	var state string
	var account, accountKey, device []byte
	found, err := tx.one(`SELECT state, logout_reason, relay_url, relay_id, account_id, account_key, account_seed,
		device_id, device_seed, certificate, serial, is_primary, phone, profile_name, profile_name_set, logout_after FROM identity`, nil,
		&state, &i.LogoutReason, &i.RelayURL, &i.RelayID, &account, &accountKey, &i.AccountSeed,
		&device, &i.DeviceSeed, &i.Certificate, &i.Serial, &i.Primary, &i.Phone, &i.ProfileName, &i.ProfileNameSet, &i.LogoutAfter)
	if err != nil || !found {
		return nil, err
	}
	i.LoggedOut = state == "loggedOut"
	i.AccountKey = accountKey
	copy(i.Account[:], account)
	copy(i.Device[:], device)
	return i, nil
}

// SaveIdentity makes this the device's identity.
func (tx *Tx) SaveIdentity(i *Identity) error {
	state := "ready"
	if i.LoggedOut {
		state = "loggedOut"
	}
	return tx.exec(`INSERT OR REPLACE INTO identity (id, state, logout_reason, relay_url, relay_id, account_id, account_key,
		account_seed, device_id, device_seed, certificate, serial, is_primary, phone, profile_name, profile_name_set, logout_after)
		VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		state, i.LogoutReason, i.RelayURL, i.RelayID, i.Account[:], []byte(i.AccountKey),
		nullable(i.AccountSeed), i.Device[:], nullable(i.DeviceSeed), i.Certificate, int64(i.Serial), i.Primary,
		string(i.Phone), i.ProfileName, i.ProfileNameSet, i.LogoutAfter)
}

// nullable turns an empty byte string into NULL.
func nullable(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

// Progress is how far the device has got at the relay.
type Progress struct {
	// Feed is the last position that was processed.
	Feed uint64
	// Acknowledged is the last position the relay knows of.
	Acknowledged uint64
	// Receipts is where to go on with PullReceipts.
	Receipts uint64
	// ClockOffset is this clock minus the relay's, milliseconds.
	ClockOffset int64
	// ExternalSender is the relay's, as it told.
	ExternalSender []byte
}

// FindProgress returns the progress; there always is one.
func (tx *Tx) FindProgress() (Progress, error) {
	var p Progress
	_, err := tx.one("SELECT feed, acknowledged, receipts, clock_offset, external_sender FROM progress", nil,
		&p.Feed, &p.Acknowledged, &p.Receipts, &p.ClockOffset, &p.ExternalSender)
	return p, err
}

// SaveProgress replaces the progress.
func (tx *Tx) SaveProgress(p Progress) error {
	return tx.exec("UPDATE progress SET feed = ?, acknowledged = ?, receipts = ?, clock_offset = ?, external_sender = ?",
		int64(p.Feed), int64(p.Acknowledged), int64(p.Receipts), p.ClockOffset, nullable(p.ExternalSender))
}
