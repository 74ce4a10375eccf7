package api

// Status is who this device is and how it is doing.
type Status struct {
	// new: no account yet; linking: waiting for a primary; ready; loggedOut:
	// the account's data were removed from this device.
	State State `json:"state"`
	// With loggedOut: removed (from the list of devices, or here), reregistered
	// (the number was registered on another phone), primarySilent (the primary
	// was not used for too long, M14) or unused (this device was not).
	LogoutReason string `json:"logoutReason,omitempty"`
	// With primarySilent and unused: how long it may be.
	LogoutAfterMS int64 `json:"logoutAfterMs,omitempty"`
	// Whether the relay is reachable at the moment.
	Connection Connection `json:"connection"`
	// While waiting: when the next attempt is made.
	RetryAt int64 `json:"retryAt,omitempty"`
	// Why the connection failed, in plain words; empty when online.
	ConnectionProblem *Error `json:"connectionProblem,omitempty"`
	// URL of the relay.
	Relay     string `json:"relay,omitempty"`
	AccountID string `json:"accountId,omitempty"`
	Phone     string `json:"phone,omitempty"`
	Name      string `json:"name,omitempty"`
	// Changes with the person's own picture, for GetPicture; 0 if there is none.
	PictureAt  int64  `json:"pictureAt,omitempty"`
	DeviceID   string `json:"deviceId,omitempty"`
	DeviceName string `json:"deviceName,omitempty"`
	Primary    bool   `json:"primary"`
	// This device's clock minus the relay's, milliseconds (M29); 0 if unknown.
	ClockOffsetMS int64 `json:"clockOffsetMs"`
	// The clock is so far off that people should know. Everything still works.
	ClockWrong bool `json:"clockWrong"`
	// disk, opfs or memory; what is in memory is gone after closing.
	Storage Storage `json:"storage"`
	// Messages that wait to be sent.
	Outbox int `json:"outbox"`
	// Everything that was waiting at the relay has been received.
	CaughtUp bool `json:"caughtUp"`
	// Version of the core.
	Version string `json:"version"`
}

// State is whether this device has an account.
type State string

// States of a device.
const (
	StateNew       State = "new"
	StateLinking   State = "linking"
	StateReady     State = "ready"
	StateLoggedOut State = "loggedOut"
)

// Connection is how the connection to the relay is.
type Connection string

// States of the connection.
const (
	ConnectionOffline    Connection = "offline"
	ConnectionConnecting Connection = "connecting"
	ConnectionOnline     Connection = "online"
)

// Storage is where this device keeps its data.
type Storage string

// Kinds of storage.
const (
	StorageDisk   Storage = "disk"
	StorageOPFS   Storage = "opfs"
	StorageMemory Storage = "memory"
)

// RequestCodeParams asks for a registration code.
type RequestCodeParams struct {
	// URL of the relay; for the web app its own origin.
	Relay string `json:"relay"`
	Phone string `json:"phone"`
	// Language of the text that brings the code: BCP 47, such as "fr-BE". Empty
	// or unknown is English.
	Language string `json:"language,omitempty"`
}

// RequestCodeResult says how the code travels.
type RequestCodeResult struct {
	// console (the operator sees it), smtp or sms.
	Sender       string `json:"sender"`
	RetryAfterMS int64  `json:"retryAfterMs"`
	ExpiresInMS  int64  `json:"expiresInMs"`
}

// RegisterParams makes this device the primary of an account.
type RegisterParams struct {
	Relay string `json:"relay"`
	Phone string `json:"phone"`
	Code  string `json:"code"`
	// The person's name as others see it.
	Name string `json:"name"`
	// What this device is called in the list of devices; may be empty.
	DeviceName string `json:"deviceName,omitempty"`
}

// StartLinkParams begins linking this new device.
type StartLinkParams struct {
	Relay      string `json:"relay"`
	DeviceName string `json:"deviceName"`
	// This device is to become the account's primary, and the primary a linked one (M4).
	Move bool `json:"move,omitempty"`
}

// LinkOffer is the code that the new device shows.
type LinkOffer struct {
	// To be shown as QR code and as text; starts with parley://link.
	URI string `json:"uri"`
	// When it stops being good; start again for a new one.
	ExpiresAt int64 `json:"expiresAt"`
}

// LinkProgress is what happens to the code that the new device shows.
type LinkProgress struct {
	State LinkState `json:"state"`
	// With claimed and accepted: the number of the account, if known yet (M26).
	Phone string `json:"phone,omitempty"`
	// With comparing: as in LinkWords.
	Words []int `json:"words,omitempty"`
	// With failed.
	Error *Error `json:"error,omitempty"`
}

// LinkState is how far linking has got.
type LinkState string

// States of linking, in order; the last four end it.
const (
	// The code is on the screen.
	LinkOpen LinkState = "open"
	// The code was typed: both devices show words, and ConfirmLinkWords is awaited.
	LinkComparing LinkState = "comparing"
	// A primary has scanned it, or the words are confirmed here, and the primary asks
	// its person.
	LinkClaimed LinkState = "claimed"
	// This device belongs to the account now.
	LinkAccepted LinkState = "accepted"
	LinkRejected LinkState = "rejected"
	LinkExpired  LinkState = "expired"
	LinkFailed   LinkState = "failed"
)

// LinkURI names a scanned or pasted link code, on the primary.
type LinkURI struct {
	URI string `json:"uri"`
}

// LinkRequest is what the primary shows before the person confirms (M25, M26).
type LinkRequest struct {
	DeviceName string `json:"deviceName"`
	Platform   string `json:"platform"`
	// The account that the device would get.
	Phone string `json:"phone"`
	Name  string `json:"name"`
	// When the decision is too late.
	ExpiresAt int64 `json:"expiresAt"`
	// The device asks to become the primary: AcceptMove, not AcceptLink.
	Move bool `json:"move,omitempty"`
	// With Move: the PIN of two-step verification is asked for.
	PINNeeded bool `json:"pinNeeded,omitempty"`
}

// AcceptMoveParams gives the account to the inspected device.
type AcceptMoveParams struct {
	URI string `json:"uri"`
	// With PINNeeded.
	PIN string `json:"pin,omitempty"`
}

// Device is one of the account's devices (M17).
type Device struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Platform string `json:"platform"`
	Primary  bool   `json:"primary"`
	// This very device.
	Current      bool  `json:"current"`
	Online       bool  `json:"online"`
	CreatedAt    int64 `json:"createdAt"`
	LastActiveAt int64 `json:"lastActiveAt"`
	// The IP address of its last connection, as the relay saw it; may be empty.
	Address string `json:"address,omitempty"`
	// The name of the device that linked it; empty for a primary, or if unknown.
	LinkedBy string `json:"linkedBy,omitempty"`
	// When it is logged out if it goes on not being used, or the primary does; 0
	// while that is far.
	LogoutAt int64 `json:"logoutAt,omitempty"`
}

// DevicesCSV is the list of devices as a file (RFC 4180, UTF-8, times in UTC).
// Fields that a spreadsheet could take for a formula begin with an apostrophe.
type DevicesCSV struct {
	Text string `json:"text"`
}

// Notice is something the account's person should know about one of its
// devices. Each device keeps its own notices until they are answered there.
type Notice struct {
	ID   string     `json:"id"`
	Kind NoticeKind `json:"kind"`
	// The device that it is about. Its name may come later than the notice.
	DeviceID   string `json:"deviceId"`
	DeviceName string `json:"deviceName"`
	Platform   string `json:"platform"`
	// When the device was added, or was last active.
	At int64 `json:"at"`
	// When it, or with primarySilent every linked device, is going to be logged
	// out; with returned when it came back.
	Until int64 `json:"until,omitempty"`
	// How long it may be silent.
	LimitMS int64 `json:"limitMs,omitempty"`
}

// NoticeKind is what a notice tells.
type NoticeKind string

// Kinds of notices.
const (
	// A device was added to the account (M19).
	NoticeDeviceAdded NoticeKind = "deviceAdded"
	// The primary has been silent for so long that all linked devices will be
	// logged out soon (M14).
	NoticePrimarySilent NoticeKind = "primarySilent"
	// A linked device has not been used for so long that it will be logged out.
	NoticeDeviceUnused NoticeKind = "deviceUnused"
	// This very device is back after such a silence of its own.
	NoticeReturned NoticeKind = "returned"
)

// Notices are the notices to be answered, the latest first.
type Notices struct {
	Notices []Notice `json:"notices"`
}

// NoticeID names a notice.
type NoticeID struct {
	ID string `json:"id"`
}

// Devices is the list of the account's devices, the primary first.
type Devices struct {
	Devices []Device `json:"devices"`
	// How many linked devices there may be beside the primary.
	Limit int `json:"limit"`
}

// DeviceID names a device.
type DeviceID struct {
	ID string `json:"id"`
}

// RenameDeviceParams gives a device another name (M18).
type RenameDeviceParams struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// SetNameParams changes the person's own name.
type SetNameParams struct {
	Name string `json:"name"`
}
