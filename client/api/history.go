package api

// History is what is on its way from one of the account's devices to another
// (M9-M11).
type History struct {
	// To this device; absent if it never asked for any.
	Receiving *HistoryReceiving `json:"receiving,omitempty"`
	// From this device, at the moment.
	Sending []HistorySending `json:"sending"`
}

// HistoryReceiving is how much of its history this device has.
type HistoryReceiving struct {
	State HistoryState `json:"state"`
	// Messages; both are 0 until another device has answered.
	Received int `json:"received"`
	Total    int `json:"total"`
	// The device it comes from; empty until one has answered, or if its name is
	// not known.
	DeviceName string `json:"deviceName,omitempty"`
}

// HistoryState is how far history is.
type HistoryState string

// States of history.
const (
	// The account's other devices were asked, and nothing has come yet.
	HistoryAsked HistoryState = "asked"
	// So they were, but none is online. One answers when it is back.
	HistoryWaiting HistoryState = "waiting"
	HistoryComing  HistoryState = "coming"
	HistoryDone    HistoryState = "done"
)

// HistorySending is how much of its history another device has been sent.
type HistorySending struct {
	DeviceID   string `json:"deviceId"`
	DeviceName string `json:"deviceName"`
	Sent       int    `json:"sent"`
	Total      int    `json:"total"`
	// Everything has been sent; shown for a while.
	Done bool `json:"done"`
}
