package api

// LinkCode is the code that a new device shows to be typed on the primary.
type LinkCode struct {
	// Eight letters and digits, shown as XXXX-XXXX.
	Code string `json:"code"`
	// When it stops being good; start again for a new one.
	ExpiresAt int64 `json:"expiresAt"`
}

// LinkCodeParams is a code as the person typed it: case, blanks, dashes, and
// letters that look like digits do not matter.
type LinkCodeParams struct {
	Code string `json:"code"`
}

// LinkWords are what the person compares on the two screens.
type LinkWords struct {
	// The numbers of four words in client/linkwords/words.txt, from 0.
	Words []int `json:"words"`
	// For InspectLink, AcceptLink and RejectLink; as secret as a QR code.
	URI string `json:"uri"`
	// When the decision is too late.
	ExpiresAt int64 `json:"expiresAt"`
}

// LinkWordsAnswer is what the person at the new device has seen.
type LinkWordsAnswer struct {
	// The words that were shown: an answer about others does nothing.
	Words []int `json:"words"`
	// The primary shows the same words. Otherwise linking ends on both.
	Same bool `json:"same"`
}

// RejectLinkParams says no to the device of a link code.
type RejectLinkParams struct {
	URI string `json:"uri"`
	// The reason: the two devices show different words.
	WordsDiffer bool `json:"wordsDiffer,omitempty"`
}
