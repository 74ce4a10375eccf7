package api

// AccountID names a person.
type AccountID struct {
	AccountID string `json:"accountId"`
}

// Picture is a person's picture. Whoever sets one has taken out what cameras
// write into pictures, such as the place: the core passes on what it gets.
type Picture struct {
	// image/jpeg, image/png or image/webp; not needed to set one.
	Type string `json:"type,omitempty"`
	// In base64, at most 24 KiB of picture; empty for none.
	Data string `json:"data"`
}
