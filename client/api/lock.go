package api

// LockState is how the app lock of this device is (M38).
type LockState string

// States of the lock.
const (
	// LockOff: there is none; the database lies open on this device.
	LockOff LockState = "off"
	// LockClosed: the database is encrypted and its key is not in memory.
	LockClosed LockState = "locked"
	// LockOpen: the database is encrypted and in use.
	LockOpen LockState = "open"
)

// LockStatus is the app lock of this device. It is known while locked, too.
type LockStatus struct {
	State LockState `json:"state"`
	// A passphrase opens the lock: always, while there is one.
	Passphrase bool `json:"passphrase"`
	// The passkeys that open it as well, the oldest first.
	Passkeys []Passkey `json:"passkeys"`
	// After how much time without use the app locks itself; 0 for never. The app
	// keeps that clock and calls Lock: the core does not know who is there.
	LockAfterMS int64 `json:"lockAfterMs"`
}

// Passkey is a WebAuthn credential with the PRF extension that opens the lock.
type Passkey struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// What the authenticator calls it, and the input of its PRF, in base64.
	CredentialID string `json:"credentialId"`
	PRFSalt      string `json:"prfSalt"`
	Created      int64  `json:"created"`
}

// SetLockParams turns the lock on.
type SetLockParams struct {
	// At least 8 characters.
	Passphrase  string `json:"passphrase"`
	LockAfterMS int64  `json:"lockAfterMs"`
}

// ChangePassphraseParams changes what opens the lock.
type ChangePassphraseParams struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// PassphraseParams carries the passphrase.
type PassphraseParams struct {
	Passphrase string `json:"passphrase"`
}

// AddPasskeyParams adds a passkey to the passphrase.
type AddPasskeyParams struct {
	// Checked if given.
	Passphrase string `json:"passphrase,omitempty"`
	// What the person calls it; 1 to 64 characters.
	Name string `json:"name"`
	// In base64: what the authenticator calls it, the input of its PRF (32 bytes),
	// and the output (32 bytes), which is not kept.
	CredentialID string `json:"credentialId"`
	PRFSalt      string `json:"prfSalt"`
	PRFOutput    string `json:"prfOutput"`
}

// PasskeyID names a passkey of this device's lock.
type PasskeyID struct {
	ID string `json:"id"`
}

// UnlockParams opens the lock with the passphrase, or else with a passkey.
type UnlockParams struct {
	Passphrase string `json:"passphrase,omitempty"`
	// In base64: the passkey's, and the 32 bytes of its PRF.
	CredentialID string `json:"credentialId,omitempty"`
	PRFOutput    string `json:"prfOutput,omitempty"`
}

// LockAfterParams says after how much time without use the app locks itself.
type LockAfterParams struct {
	// 0 for never.
	LockAfterMS int64 `json:"lockAfterMs"`
}

// Errors of the app lock. With wrong_passphrase and lock_wait, RetryAfterMS
// says how long to wait before the next try.
var (
	ErrLocked          = &Error{Code: "locked", Message: "Parley is locked on this device. Unlock it first."}
	ErrWrongPassphrase = &Error{Code: "wrong_passphrase", Message: "This is not the passphrase. Check capital letters and the keyboard's language, then try again."}
	ErrWrongPasskey    = &Error{Code: "wrong_passkey", Message: "This passkey does not open Parley on this device. Use another one, or your passphrase."}
	ErrLockWait        = &Error{Code: "lock_wait", Message: "There were too many wrong tries. Wait a little, then try again."}
	ErrPassphraseShort = &Error{Code: "passphrase_short", Message: "A passphrase has at least 8 characters. Use a few words that only you put together."}
	ErrLockOff         = &Error{Code: "lock_off", Message: "This device has no app lock. Turn it on first."}
	ErrLockOn          = &Error{Code: "lock_on", Message: "This device has an app lock already. Change its passphrase, or turn it off first."}
	ErrLockIsOpen      = &Error{Code: "lock_open", Message: "Parley is not locked on this device. To remove your data from it, log it out."}
	ErrLockUnavailable = &Error{Code: "lock_unavailable", Message: "This browser window keeps nothing on the device, so there is nothing to lock. Use a normal window."}
)
