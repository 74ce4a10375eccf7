package api

// Settings are what the person chose for all own devices. What was never chosen
// is empty, and then each device has its own way.
type Settings struct {
	// system, light or dark.
	Theme string `json:"theme,omitempty"`
	// system, or a language like "fr" (BCP 47).
	Language string `json:"language,omitempty"`
}

// SettingsChange changes settings on all own devices; what is absent stays.
type SettingsChange struct {
	Theme    *string `json:"theme,omitempty"`
	Language *string `json:"language,omitempty"`
}
