package api

// Settings are what the person chose for all own devices. What was never chosen
// is empty, and then each device has its own way.
type Settings struct {
	// system, light or dark.
	Theme string `json:"theme,omitempty"`
	// system, or a language like "fr" (BCP 47).
	Language string `json:"language,omitempty"`
	// What others learn, and the person of them (X1). on or off: whether they see that
	// messages were read, and when the person types.
	ReadReceipts string `json:"readReceipts,omitempty"`
	Typing       string `json:"typing,omitempty"`
	// everyone, contacts (those to whom the person has written) or nobody: who sees
	// when the person is there, or was.
	Presence string `json:"presence,omitempty"`
}

// SettingsChange changes settings on all own devices; what is absent stays.
type SettingsChange struct {
	Theme    *string `json:"theme,omitempty"`
	Language *string `json:"language,omitempty"`

	ReadReceipts *string `json:"readReceipts,omitempty"`
	Typing       *string `json:"typing,omitempty"`
	Presence     *string `json:"presence,omitempty"`
}
