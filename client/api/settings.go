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
	// on or off: whether devices show notifications of messages (M104). Whether a
	// system lets them is each device's own.
	Notifications string `json:"notifications,omitempty"`
	// on, off or chosen: whether those show what was written; chosen means in
	// chats with Chat.Preview (M105).
	Previews string `json:"previews,omitempty"`
	// on or off: whether they make a sound.
	Sounds string `json:"sounds,omitempty"`
	// off, or a time each day at which nothing is shown, like "2200-0700" in the
	// time of the device (M106).
	QuietHours string `json:"quietHours,omitempty"`
	// on or off: whether pages are asked, through the relay, for previews of links that
	// the person is about to send.
	LinkPreviews string `json:"linkPreviews,omitempty"`
	// What is drawn behind the messages of chats without a wallpaper of their own, by a name
	// that the app knows.
	Wallpaper string `json:"wallpaper,omitempty"`
	// off, 24h, 7d or 90d: how long messages are kept in chats that the person begins
	// from then on (X3).
	Timer string `json:"timer,omitempty"`
}

// SettingsChange changes settings on all own devices; what is absent stays.
type SettingsChange struct {
	Theme    *string `json:"theme,omitempty"`
	Language *string `json:"language,omitempty"`

	ReadReceipts *string `json:"readReceipts,omitempty"`
	Typing       *string `json:"typing,omitempty"`
	Presence     *string `json:"presence,omitempty"`

	Notifications *string `json:"notifications,omitempty"`
	Previews      *string `json:"previews,omitempty"`
	Sounds        *string `json:"sounds,omitempty"`
	QuietHours    *string `json:"quietHours,omitempty"`
	LinkPreviews  *string `json:"linkPreviews,omitempty"`
	Timer         *string `json:"timer,omitempty"`

	Wallpaper *string `json:"wallpaper,omitempty"`
}
