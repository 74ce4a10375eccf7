package api

// DiagnoseParams says what to look at.
type DiagnoseParams struct {
	// URL of the relay to try on a device that has no account; may be empty. One
	// that has an account tries its own.
	Relay string `json:"relay,omitempty"`
}

// Diagnosis is what works on this device and what does not (M192-M199). It holds
// no numbers, names, keys or texts: it can be given to the operator as it is.
type Diagnosis struct {
	// In the order in which one thing needs the other.
	Checks []Check `json:"checks"`
}

// Check is one thing that was looked at. Code says what was found; codes are
// stable, and docs/troubleshooting.md lists them.
type Check struct {
	ID    CheckID    `json:"id"`
	State CheckState `json:"state"`
	Code  string     `json:"code"`
	// What was measured, where it says something.
	// How many: messages, chats, key packages; of how many.
	Count int `json:"count,omitempty"`
	Total int `json:"total,omitempty"`
	// This device's clock minus the relay's, milliseconds.
	OffsetMS int64 `json:"offsetMs,omitempty"`
	// How long it took, how long ago it was, and how long is left, milliseconds.
	TookMS int64 `json:"tookMs,omitempty"`
	AgeMS  int64 `json:"ageMs,omitempty"`
	LeftMS int64 `json:"leftMs,omitempty"`
	// Bytes that are free.
	FreeBytes int64 `json:"freeBytes,omitempty"`
	// The HTTP status that came.
	HTTPStatus int `json:"httpStatus,omitempty"`
	// The software on this side and on the other.
	Software      string `json:"software,omitempty"`
	RelaySoftware string `json:"relaySoftware,omitempty"`
	// The code of the error that is in the way.
	Cause string `json:"cause,omitempty"`
}

// CheckState is how a check ended.
type CheckState string

// States of a check.
const (
	CheckOK CheckState = "ok"
	// It works, but the person should know.
	CheckWarning CheckState = "warning"
	CheckFailed  CheckState = "failed"
	// It could not be found out.
	CheckUnknown CheckState = "unknown"
)

// CheckID names what was looked at.
type CheckID string

// What is looked at. The first three are left out where the platform does not
// tell them apart, and those that make no sense on this device, too.
const (
	// The name of the relay is found, its certificate is good, it answers by HTTP.
	CheckDNS  CheckID = "dns"
	CheckTLS  CheckID = "tls"
	CheckHTTP CheckID = "http"
	// It answers by WebSocket, is the one this device knows, and speaks its protocol.
	CheckWebSocket CheckID = "websocket"
	CheckRelay     CheckID = "relay"
	CheckVersions  CheckID = "versions"
	CheckClock     CheckID = "clock"
	// This device has an account, is in its list of devices, and the primary is active.
	CheckAccount CheckID = "account"
	CheckDevice  CheckID = "device"
	CheckPrimary CheckID = "primary"
	// This device can save, and has room.
	CheckStorage CheckID = "storage"
	CheckRoom    CheckID = "room"
	// What waits: to be sent, to be joined, to be read, to come from other devices.
	CheckOutbox      CheckID = "outbox"
	CheckChats       CheckID = "chats"
	CheckMessages    CheckID = "messages"
	CheckHistory     CheckID = "history"
	CheckKeyPackages CheckID = "keyPackages"
)
