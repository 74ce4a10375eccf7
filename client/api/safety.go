package api

// SafetyNumber is what two people compare to know that nobody stands between
// them (X6). It is the same on both sides and changes with the keys only.
type SafetyNumber struct {
	// Twelve groups of five digits, to be read aloud.
	Groups []string `json:"groups"`
	// The text of the QR code that the other person scans.
	Code string `json:"code"`
	// The person marked the contact as verified under its present key.
	Verified bool `json:"verified"`
}

// CompareSafetyCodeParams is what this device scanned from the contact's screen.
type CompareSafetyCodeParams struct {
	ChatID string `json:"chatId"`
	Code   string `json:"code"`
}

// SafetyComparison is whether both sides see the same keys. If so the contact
// is verified now; if not, somebody may stand between them, and it is not.
type SafetyComparison struct {
	Match bool `json:"match"`
}

// SetVerifiedParams marks a contact after comparing digits, or takes it back.
type SetVerifiedParams struct {
	ChatID   string `json:"chatId"`
	Verified bool   `json:"verified"`
}
